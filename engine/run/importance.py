"""What each message of a conversation does for the reply, measured: its log-probability without that message.

Knows one loaded model. Attention would be a guess; this is what happens (leave one out).
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import replace

from engine.errors import UserError
from engine.messages import Importance, Message
from engine.run.loaded import Loaded
from engine.run.overflow import fit
from engine.run.prefix import Prefix
from engine.run.score import part_of, score
from engine.text.tokenizer import encodable

SPARE = 64
"""Tokens kept free: without its instructions a template may bring its own."""


def weigh(
    loaded: Loaded, messages: Sequence[Message], reply: str, *, card: bool = False
) -> Generator[tuple[int, int], None, tuple[Importance, ...]]:
    """Yields (done, total) in tokens. `card`: whether the question has one before it.

    UserError for an empty reply, or where question and reply alone do not fit.
    """
    after = loaded.tokenizer.encode(encodable(reply), start=False)
    kept = _read(loaded, messages, after)
    # From the last message backwards, so that what two conversations begin with is read once.
    before = {None: loaded.ids([messages[n] for n in kept])}
    before |= {n: ids for n in reversed(kept) if (ids := _without(loaded, messages, kept, n))}
    prefix, found = Prefix(loaded.model, adapters=loaded.speaking(card=card)), dict[int | None, float]()
    for number, (n, ids) in enumerate(before.items()):
        work = score([*ids, *after], prefix, loaded.tokenizer, loaded.info.context, len(ids))
        scored = yield from part_of(work, number * len(after), len(before) * len(after))
        found[n] = math.fsum(token.logprob for token in scored.tokens[len(ids) :] if token.logprob is not None)
    sizes = [len(loaded.tokenizer.encode(encodable(message.text), start=False)) for message in messages]
    return tuple(Importance(n, size, found[None] - found[n] if n in found else None) for n, size in enumerate(sizes))


def _read(loaded: Loaded, messages: Sequence[Message], after: Sequence[int]) -> list[int]:
    """Which messages the model reads before the reply: all, or without the oldest, as when it is written."""
    context = loaded.info.context
    if not messages or not after:
        raise UserError("There is no reply to measure by", "Choose one that the model has written.")
    if len(after) + SPARE >= context:
        raise UserError(
            f"The reply is {len(after)} tokens long, and the model reads at most {context}", "Choose a shorter one."
        )
    fitted = fit(messages, loaded.ids, context=context, reply=len(after), reserve=SPARE, policy="drop_oldest")
    fitted.require()
    turns = [n for n, message in enumerate(messages) if message.role != "system"]
    gone = {*turns[: fitted.dropped]}
    return [n for n in range(len(messages)) if n not in gone]


def _without(loaded: Loaded, messages: Sequence[Message], kept: Sequence[int], left_out: int) -> list[int]:
    """The ids before the reply when this message is left out; nothing where nothing would be left."""
    try:
        return loaded.ids([messages[n] for n in kept if n != left_out])
    except UserError:  # the template wants turns to alternate, or to begin with a question
        emptied = [replace(messages[n], text="") if n == left_out else messages[n] for n in kept]
        return loaded.ids(emptied)
