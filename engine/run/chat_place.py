"""What the model reads before a place of a chat: in a reply, or in the message that a person is writing.

Knows the loaded model's template; searches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from engine.errors import UserError
from engine.messages import Message, NextInChat
from engine.run.leaning import leaning_on
from engine.run.loaded import Loaded
from engine.run.overflow import Render, fit
from engine.text.tokenizer import encodable


def before(loaded: Loaded, command: NextInChat) -> tuple[list[int], int]:
    """The ids, and how many of them are the prompt. The same that a reply to these messages is written from.

    Raises UserError where there are none, or more than the model reads.
    """
    if command.draft is None:
        prompt, after = _prompt(loaded, command), list(command.ids)
    else:
        prompt, after = _drafted(loaded, command, command.draft), []
    if not prompt:
        raise UserError("Nothing stands before this place", "Write something first.")
    if len(prompt) + len(after) >= loaded.info.context:
        raise UserError("This place lies outside of what the model reads", "Choose an earlier one.")
    if any(not 0 <= token < loaded.model.config.vocab_size for token in after):
        raise UserError("This reply was written by a model with another vocabulary", "Load that model to look into it.")
    return [*prompt, *after], len(prompt)


def _prompt(loaded: Loaded, command: NextInChat) -> list[int]:
    messages = command.messages
    for card in command.cards:
        messages = leaning_on(card, messages)
    return _fitted(loaded, messages, command, loaded.ids)


def _drafted(loaded: Loaded, command: NextInChat, draft: str) -> list[int]:
    """The beginning of a turn of the person's, and in it what is written of it."""

    def begun(messages: Sequence[Message]) -> list[int]:
        if loaded.template is None:
            return loaded.ids(messages)
        opening = opening_of(loaded, messages[:-1])
        return [*opening, *loaded.tokenizer.encode(encodable(messages[-1].text), start=not opening)]

    return _fitted(loaded, [*command.messages, Message("user", draft)], command, begun)


def _fitted(loaded: Loaded, messages: Sequence[Message], command: NextInChat, render: Render) -> list[int]:
    fitted = fit(
        messages, render, context=loaded.info.context, reply=0, reserve=command.reserve, policy=command.overflow
    )
    return fitted.require()


def opening_of(loaded: Loaded, messages: Sequence[Message]) -> list[int]:
    """How a message of the person begins behind others: what two different ones have in common."""
    assert loaded.template is not None
    both = [
        loaded.template.render([*messages, Message("user", text)], loaded.tokenizer, add_generation_prompt=False)
        for text in ("a", "b")
    ]
    return [one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(*both, strict=False))]
