"""What a model thinks of a text: the chances of the next token, and of every token that is there.

A text longer than the context is read in windows that overlap by half. All before any sampler. Knows no commands.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from engine.errors import UserError
from engine.messages import Alternative
from engine.run.generate import refuse_overflow
from engine.run.prefix import Prefix
from engine.run.receipt import token_text
from engine.text.tokenizer import Tokenizer

T = TypeVar("T")

CHUNK = 64
"""Fewer than a prompt is read in: every position has the logits of a whole vocabulary."""
READ = 256
"""Tokens read at once where only the last one's logits are wanted."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """The likeliest next tokens, and the entropy of all in nats."""

    items: tuple[Alternative, ...]
    entropy: float


@dataclass(frozen=True, slots=True)
class Scored:
    """A token of a text. Nothing comes before the first, so it has no log-probability (nats), rank or entropy."""

    id: int
    piece: str
    logprob: float | None
    rank: int | None
    """1 when the model thought it the likeliest."""
    entropy: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """`perplexity` is per token, `bits_per_byte` over the bytes of the tokens that have a log-probability."""

    tokens: tuple[Scored, ...]
    perplexity: float | None
    bits_per_byte: float | None
    windows: int = 1


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens `begin` to `end` of a text, read at once; those from `new` on have not been scored before."""

    begin: int
    new: int
    end: int


def next_tokens(ids: Sequence[int], top: int, prefix: Prefix, tokenizer: Tokenizer, context: int) -> Distribution:
    """Raises UserError for an empty or overlong text."""
    require_room(ids, context)
    if top < 1:
        raise UserError(f"{top} tokens cannot be listed", "Choose a number from 1 upwards.")
    for _ in _reading(ids, prefix):
        continue
    logits = prefix.read(ids[-1:])
    refuse_overflow(logits)
    logprobs = logits.log_softmax(-1)
    best = logprobs.topk(min(top, len(logprobs)))
    pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    items = tuple(Alternative(i, token_text(tokenizer, i), logprob) for i, logprob in pairs)
    return Distribution(items, float(torch.special.entr(logprobs.exp()).sum()))


def windows(length: int, head: int, context: int) -> list[Window]:
    """How a text of `length` tokens is read when every window begins with its first `head` ones.

    Each window after the first begins with the second half of the one before, so that no token stands without text
    before it. UserError where the head leaves no room.
    """
    room = context - head
    if room < 2 and length > context:
        raise UserError(
            f"What comes before the text is {head} tokens long, and the model reads at most {context}",
            "Shorten it, or choose a model with a longer context.",
        )
    found = [Window(head, max(head, 1), min(head + room, length))]
    while found[-1].end < length:
        last = found[-1].end
        found.append(Window(last - room // 2, last, min(last - room // 2 + room, length)))
    return found


def score(
    ids: Sequence[int], prefix: Prefix, tokenizer: Tokenizer, context: int, head: int = 0
) -> Generator[tuple[int, int], None, Score]:
    """Every token after the first `head` ones, which begin every window: a start token, or a question.

    Yields (done, total) in tokens. Raises UserError for an empty text.
    """
    require_room(ids, len(ids) + 1)
    unscored = max(head, 1)
    scored = [Scored(i, tokenizer.piece(i), None, None, None) for i in ids[:unscored]]
    cut = windows(len(ids), head, context)
    for window in cut:
        for _ in _reading([*ids[:head], *ids[window.begin : window.new]], prefix):
            yield len(scored) - unscored, len(ids) - unscored
        for at in range(window.new - 1, window.end - 1, CHUNK):
            upto = min(at + CHUNK, window.end - 1)
            logits = prefix.read(ids[at:upto], every=True)
            refuse_overflow(logits)
            scored += _scored(logits, ids[at + 1 : upto + 1], tokenizer)
            yield len(scored) - unscored, len(ids) - unscored
    return _summed(scored, tokenizer, len(cut))


def _reading(ids: Sequence[int], prefix: Prefix) -> Iterator[None]:
    """Read all but the last, whose logits are wanted. What was read before and is the same is not read again."""
    for at in range(prefix.reuse(ids), len(ids) - 1, READ):
        prefix.read(ids[at : min(at + READ, len(ids) - 1)])
        yield


def part_of(work: Generator[tuple[int, int], None, T], before: int, total: int) -> Generator[tuple[int, int], None, T]:
    """The steps of one text, counted among those of all."""
    while True:
        try:
            done, _ = next(work)
        except StopIteration as finished:
            return finished.value
        yield before + done, total


def require_room(ids: Sequence[int], context: int) -> None:
    if not ids:
        raise UserError("There is nothing to read: the text is empty", "Give a text of at least one character.")
    if len(ids) >= context:
        raise UserError(
            f"The text is {len(ids)} tokens long, and the model reads at most {context - 1}",
            "Shorten it, or choose a model with a longer context.",
        )


def _scored(logits: Tensor, targets: Sequence[int], tokenizer: Tokenizer) -> list[Scored]:
    logprobs = logits.log_softmax(-1)
    taken = logprobs.gather(1, torch.tensor(targets)[:, None])
    ranks = (logprobs > taken).sum(-1) + 1
    entropies = torch.special.entr(logprobs.exp()).sum(-1)
    rows = zip(targets, taken[:, 0].tolist(), ranks.tolist(), entropies.tolist(), strict=True)
    return [Scored(i, tokenizer.piece(i), logprob, rank, entropy) for i, logprob, rank, entropy in rows]


def _summed(scored: list[Scored], tokenizer: Tokenizer, count: int) -> Score:
    known = [(token.id, token.logprob) for token in scored if token.logprob is not None]
    if not known:
        return Score(tuple(scored), None, None)
    nats = -sum(logprob for _, logprob in known)
    size = sum(len(tokenizer.token_bytes(i)) for i, _ in known)
    perplexity = math.exp(min(nats / len(known), 700.0))
    return Score(tuple(scored), perplexity, nats / math.log(2) / size if size else None, count)
