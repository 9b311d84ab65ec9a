"""Conversations of several turns: every answer in one becomes a pair, with the turns before its question.

Only the answer of a pair is learned, so each answer is learned exactly once and none is lost. Turns of one side that
follow each other count as one. Knows the layouts of OpenAI and ShareGPT and of plain lists, not the file they are in.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.data.pairs.collecting import Collected
from engine.data.pairs.rows import history
from engine.messages import Message

USERS = {"user", "human", "person", "prompter", "customer"}
ASSISTANTS = {"assistant", "gpt", "bot", "chatgpt", "model", "agent", "claude", "bing", "bard", "chatbot", "ai"}
SYSTEMS = {"system", "developer"}


class Turn(NamedTuple):
    """`role` is user, assistant or system, or whatever else it was called; `learn` is False where a file says so."""

    role: str
    text: str
    learn: bool = True


def role_of(name: object) -> str:
    plain = str(name).strip().lower()
    for role, names in (("user", USERS), ("assistant", ASSISTANTS), ("system", SYSTEMS)):
        if plain in names:
            return role
    return plain or "nobody"


def add_conversation(
    row: int, turns: Sequence[Turn], found: Collected, system: str = "", before: Sequence[Message] = ()
) -> None:
    """Every answer of a conversation, as a pair of its own."""
    earlier, question, answered = list(before), "", False
    for turn in _joined(row, turns, found):
        if turn.role == "system":
            if earlier or question:
                found.skip(row, "Instructions in the middle of a conversation are left out.", turn.text)
            else:
                system = "\n\n".join(filter(None, (system, turn.text)))
        elif turn.role == "user":
            question = turn.text
        elif not question:
            earlier.append(Message("assistant", turn.text))
        else:
            if turn.learn:
                found.pair(row, question, turn.text, system, earlier)
            else:
                found.skip(row, "An answer with weight 0 is read, but not learned.", turn.text)
            earlier += [Message("user", question), Message("assistant", turn.text)]
            question, answered = "", True
    if question:
        found.skip(row, "The last question of the conversation has no answer.", question)
    elif not answered:
        found.skip(row, "The conversation has no question with an answer.", " ".join(turn.text for turn in turns[:3]))


def _joined(row: int, turns: Sequence[Turn], found: Collected) -> list[Turn]:
    """Without turns that are nobody's, and with those of one side put together."""
    kept: list[Turn] = []
    for turn in turns:
        if turn.role not in ("user", "assistant", "system"):
            found.skip(row, f"A turn by “{turn.role[:40]}” is left out.", turn.text)
        elif not turn.text.strip():
            found.skip(row, f"An empty turn by the {turn.role} is left out.")
        elif kept and kept[-1].role == turn.role:
            kept[-1] = Turn(turn.role, f"{kept[-1].text}\n\n{turn.text}", kept[-1].learn and turn.learn)
        else:
            kept.append(turn)
    return kept


def add_messages(row: int, record: AnyMapping[str, Any], messages: Sequence[Any], found: Collected) -> None:
    """OpenAI's `messages` (role, content, weight) and ShareGPT's `conversations` (from, value)."""
    turns: list[Turn] = []
    for message in messages:
        if not isinstance(message, dict):
            found.skip(row, "A turn without a role is left out.", str(message))
            continue
        role = role_of(message.get("role", message.get("from", message.get("sender", ""))))
        content = message.get("content", message.get("value", message.get("text")))
        text, missing = text_of_parts(content)
        if missing:
            found.skip(row, "A part of a turn that is no text is left out.", missing)
        if text or not missing:
            turns.append(Turn(role, text, str(message.get("weight", "1")) not in ("0", "0.0", "False")))
    system = record.get("system", "")
    before = history(record.get("history")) or ()
    add_conversation(row, turns, found, system if isinstance(system, str) else "", before)


def text_of_parts(content: object) -> tuple[str, str]:
    """The text of a turn that is written in one piece or in parts, and a name for what is no text (a picture)."""
    if isinstance(content, str):
        return content, ""
    texts: list[str] = []
    missing = ""
    for part in content if isinstance(content, list) else [content]:
        inner = part.get("text") if isinstance(part, dict) else part
        if isinstance(inner, str):
            texts.append(inner)
        elif part is not None:
            missing = str(part.get("type", part.get("content_type", "part"))) if isinstance(part, dict) else str(part)
    return "\n\n".join(filter(None, texts)), missing


def add_statements(row: int, statements: Sequence[object], found: Collected) -> None:
    """A plain list of statements, as ChatterBot keeps it: each one answers the one before it.

    The turns before are kept with the roles seen from the one who answers.
    """
    texts = [text for text in statements if isinstance(text, str) and text.strip()]
    if len(texts) < len(statements):
        found.skip(row, "An entry of the conversation that is no text is left out.", str(statements))
    if len(texts) < 2:
        return found.skip(row, "It is one text, not a question with its answer.", " ".join(texts))
    for i in range(1, len(texts)):
        first = max(0, i - 1 - MOST_EARLIER)
        earlier = [Message("assistant" if (i - k) % 2 == 0 else "user", texts[k]) for k in range(first, i - 1)]
        found.pair(row, texts[i - 1], texts[i], earlier=earlier)
    return None


MOST_EARLIER = 32
"""Statements kept before a question, so that a list of thousands does not grow by its square."""
