"""A pair as the model reads and writes it: the one way for training, evaluation and chat. Knows no training."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import UserError
from engine.messages import CardUsed, Lesson, Message
from engine.run.cards import with_note
from engine.run.loaded import Loaded
from engine.run.packing import Example
from engine.text.tokenizer import encodable


def messages_of(lesson: Lesson, asked: str, card: Lesson | CardUsed | None) -> list[Message]:
    """The conversation before the answer: instructions with the card, earlier turns, the question as asked."""
    system = with_note(lesson.system, card)
    return [*([Message("system", system)] if system else []), *lesson.earlier, Message("user", asked)]


def prompt(loaded: Loaded, lesson: Lesson, asked: str, card: Lesson | CardUsed | None = None) -> list[int]:
    return loaded.ids(messages_of(lesson, asked, card))


def answer_ids(loaded: Loaded, answer: str) -> list[int]:
    """The answer and the token that ends a turn: without learning it a model never stops."""
    ends = loaded.checkpoint.token_ids.eos
    return [*loaded.tokenizer.encode(encodable(answer), start=False), *ends[:1]]


def example(loaded: Loaded, before: Sequence[int], answer: str, key: int = 0) -> Example:
    """UserError where it does not fit into the context: a cut answer would teach it to stop in the middle."""
    after = answer_ids(loaded, answer)
    if len(before) + len(after) > loaded.info.context:
        raise UserError(
            f"“{answer[:40]}…” is {len(before) + len(after)} tokens long with its question, and this model reads at "
            f"most {loaded.info.context}",
            "Shorten the answer, or take the pair out.",
        )
    return Example((*before, *after), len(before), key)
