"""Where in the open chat one looks: at a token of a reply, at its end, or in what a person writes.

Knows the conversation; asks no engine and draws nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from desktop.chat.conversation import Conversation
from desktop.chat.options import SAMPLING
from desktop.chat.prompt import prompt_of
from engine.data.chats import StoredMessage
from engine.data.receipts import Token, Turn
from engine.messages import Message, Sampling

Kind = Literal["token", "writing", "draft"]


@dataclass(frozen=True, slots=True)
class Place:
    """`before` is the text of this message up to here; `asked` what `NextInChat` is asked with."""

    kind: Kind
    before: str
    asked: dict[str, Any]
    message: StoredMessage | None = None
    position: int = 0
    """Of the token that comes next in the reply."""
    written: Token | None = None
    """The token that the reply has here."""
    seed: int | None = None
    model: str = ""
    """Which other model wrote the reply; empty where it is the one in use."""


def at_token(talk: Conversation, message: StoredMessage, position: int) -> Place | None:
    """None where the reply has no receipt for this token."""
    token, turn = talk.receipts.token(message.id, position), talk.receipts.turn(message.id)
    asked = _asked(talk, message, turn, position)
    if token is None or turn is None or asked is None:
        return None
    text = message.text[: token.start]
    return Place("token", text, asked, message, position, token, turn.seed, _other(talk, turn))


def at_end(talk: Conversation, message: StoredMessage, text: str) -> Place | None:
    """Behind what is written of a reply, which may be more than `message` has: `text`."""
    turn, count = talk.receipts.turn(message.id), len(talk.receipts.ids(message.id))
    writing = talk.writer.message == message.id
    if not writing and turn is not None and turn.reason == "stop" and count:
        return at_token(talk, message, count - 1)  # the token that ends the turn
    asked = _asked(talk, message, turn, count)
    if turn is None or asked is None:
        return None
    kind: Kind = "writing" if writing else "token"
    return Place(kind, text, asked, message, count, None, turn.seed, _other(talk, turn))


def in_draft(talk: Conversation, messages: Sequence[StoredMessage], draft: str) -> Place:
    """In the next message of the person, behind `draft`; `messages` come before it."""
    chosen = talk.options.of(talk.chat)
    prompt = prompt_of(talk.options.instructions(talk.chat), messages)
    asked = {"messages": prompt, "sampling": chosen.sampling(), "draft": draft}
    return Place("draft", draft, asked | {"overflow": chosen.overflow, "reserve": chosen.max_new_tokens})


def _asked(talk: Conversation, message: StoredMessage, turn: Turn | None, position: int) -> dict[str, Any] | None:
    """What the reply was written from, as its receipt says; None where its question is not in the open chat."""
    until = next((n for n, one in enumerate(talk.messages) if one.id == message.parent), None)
    if turn is None or until is None:
        return None
    own = json.loads(turn.sampling)
    usual = talk.options.of(talk.chat)
    messages: tuple[Message, ...] = prompt_of(turn.instructions or "", talk.messages[: until + 1])
    return {
        "messages": messages,
        "sampling": Sampling(**{key: own[key] for key in SAMPLING if key in own}),
        "ids": talk.receipts.ids(message.id)[:position],
        "cards": turn.cards,
        "overflow": own.get("overflow", usual.overflow),
        "reserve": int(own.get("max_new_tokens", usual.max_new_tokens)),
    }


def _other(talk: Conversation, turn: Turn) -> str:
    return "" if talk.model is not None and talk.model.sha256 == turn.model_sha256 else turn.model
