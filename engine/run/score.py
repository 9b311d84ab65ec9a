"""What a model thinks of a text: the chances of the next token, and of every token that is there.

All before any sampler. Knows no commands.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import UserError
from engine.messages import Alternative
from engine.run.generate import refuse_overflow, token_text
from engine.run.prefix import Prefix
from engine.text.tokenizer import Tokenizer

CHUNK = 64
"""Fewer than a prompt is read in: every position has the logits of a whole vocabulary."""


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


def next_tokens(ids: Sequence[int], top: int, prefix: Prefix, tokenizer: Tokenizer, context: int) -> Distribution:
    """Raises UserError for an empty or overlong text."""
    require_room(ids, context)
    if top < 1:
        raise UserError(f"{top} tokens cannot be listed", "Choose a number from 1 upwards.")
    kept = prefix.reuse(ids)
    for at in range(kept, len(ids) - 1, 256):
        prefix.read(ids[at : min(at + 256, len(ids) - 1)])
    logits = prefix.read(ids[-1:])
    refuse_overflow(logits)
    logprobs = logits.log_softmax(-1)
    best = logprobs.topk(min(top, len(logprobs)))
    pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    items = tuple(Alternative(i, token_text(tokenizer, i), logprob) for i, logprob in pairs)
    return Distribution(items, float(torch.special.entr(logprobs.exp()).sum()))


def score(
    ids: Sequence[int], prefix: Prefix, tokenizer: Tokenizer, context: int
) -> Generator[tuple[int, int], None, Score]:
    """Yields (done, total) in tokens. Raises UserError for an empty or overlong text."""
    require_room(ids, context + 1)
    prefix.reuse([])
    scored = [Scored(ids[0], tokenizer.piece(ids[0]), None, None, None)]
    for at in range(0, len(ids) - 1, CHUNK):
        chunk = ids[at : min(at + CHUNK, len(ids) - 1)]
        logits = prefix.read(chunk, every=True)
        refuse_overflow(logits)
        scored += _scored(logits, ids[at + 1 : at + 1 + len(chunk)], tokenizer)
        yield at + len(chunk), len(ids) - 1
    return _summed(scored, tokenizer)


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


def _summed(scored: list[Scored], tokenizer: Tokenizer) -> Score:
    known = [(token.id, token.logprob) for token in scored if token.logprob is not None]
    if not known:
        return Score(tuple(scored), None, None)
    nats = -sum(logprob for _, logprob in known)
    size = sum(len(tokenizer.token_bytes(i)) for i, _ in known)
    return Score(tuple(scored), math.exp(min(nats / len(known), 700.0)), nats / math.log(2) / size if size else None)
