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
    """The conversation before the answer: instructions, earlier turns, the card and the question as asked."""
    system = [Message("system", lesson.system)] if lesson.system else []
    return [*system, *lesson.earlier, Message("user", with_note(asked, card))]


def prompt(loaded: Loaded, lesson: Lesson, asked: str, card: Lesson | CardUsed | None = None) -> list[int]:
    return loaded.ids(messages_of(lesson, asked, card))


def answer_ids(loaded: Loaded, answer: str) -> list[int]:
    """The answer and the token that ends a turn: without learning it a model never stops."""
    return [*loaded.tokenizer.encode(encodable(answer), start=False), *end_of_turn(loaded)]


def end_of_turn(loaded: Loaded) -> list[int]:
    """What the template writes after a reply; a model may have other ends too, which mean something else."""
    question = Message("user", "a")
    if loaded.template is not None:
        asked = loaded.template.render([question], loaded.tokenizer)
        whole = [question, Message("assistant", "a")]
        told = loaded.template.render(whole, loaded.tokenizer, add_generation_prompt=False)
        found = next((token for token in told[len(asked) :] if token in loaded.ends), None)
        if found is not None:
            return [found]
    return list(loaded.checkpoint.token_ids.eos[:1])


def fitting(loaded: Loaded, before: Sequence[int], answer: str, key: int = 0) -> Example | None:
    """None where it does not fit into the context: a cut answer would teach it to stop in the middle."""
    after = answer_ids(loaded, answer)
    if len(before) + len(after) > loaded.info.context:
        return None
    return Example((*before, *after), len(before), key)


def example(loaded: Loaded, before: Sequence[int], answer: str, key: int = 0) -> Example:
    """As `fitting`; UserError where it does not fit."""
    found = fitting(loaded, before, answer, key)
    if found is None:
        raise UserError(
            f"“{answer[:40]}…” does not fit with its question into the {loaded.info.context} tokens that this model "
            "reads",
            "Shorten the answer, or take the pair out.",
        )
    return found
