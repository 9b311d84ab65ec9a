"""What a step of training makes small: losses as functions of a model and packed examples.

Knows no loop, no optimizer and no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.model.transformer import Transformer
from engine.run.cross_entropy import summed_cross_entropy
from engine.run.divergence import rest_of, summed_divergence
from engine.run.packing import Packed

KEPT = 64
"""Likeliest tokens of which the untaught model's probabilities are kept; all others count as one."""

SPARING_FROM = 512
"""Tokens of a micro-batch from which memory counts for more than time: one of 900 keeps 0.9 GB of a small model."""


def predicted(model: Transformer, packed: Packed) -> Tensor:
    """Float32 log-probabilities [N, vocab] at the wanted positions only: the head is a third of a small model."""
    return model.logits(_wanted(model, packed)).log_softmax(-1)


def _wanted(model: Transformer, packed: Packed) -> Tensor:
    """The stream [N, hidden] before each target."""
    sparing = packed.tokens > SPARING_FROM and torch.is_grad_enabled()
    stream = model.read(packed.ids.to(model.device), layout=packed.layout, sparing=sparing)
    return stream.flatten(0, 1)[packed.places.to(model.device)]


def target_logprobs(model: Transformer, packed: Packed) -> Tensor:
    """Float32 log-probability of each target [N], in nats."""
    targets = packed.targets.to(model.device)
    return predicted(model, packed).gather(-1, targets[:, None])[:, 0]


def answer_loss(model: Transformer, packed: Packed) -> Tensor:
    """Cross-entropy of the targets, in nats, summed: each token weighs the same whatever batch it is in."""
    return summed_cross_entropy(_wanted(model, packed), _head(model), packed.targets.to(model.device), model.dtype)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the untaught model thought at each target: ids [N, K], log-probabilities [N, K], and of all others [N]."""

    ids: Tensor
    logprobs: Tensor
    rest: Tensor

    def of(self, which: Tensor) -> Kept:
        """Of some of the targets, bool [N]."""
        return Kept(self.ids[which], self.logprobs[which], self.rest[which])

    @classmethod
    def joined(cls, several: Sequence[Kept]) -> Kept:
        """Of several examples, one after another."""
        return cls(*(torch.cat([getattr(one, f) for one in several]) for f in ("ids", "logprobs", "rest")))


@torch.no_grad()
def keep(model: Transformer, packed: Packed, kept: int = KEPT) -> Kept:
    """The distribution to hold on to, read once before a run."""
    logprobs, ids = predicted(model, packed).topk(kept, -1)
    return Kept(ids, logprobs, rest_of(logprobs))


def replay_loss(model: Transformer, packed: Packed, kept: Kept) -> Tensor:
    """KL(untaught ‖ taught) in nats, summed over the targets; what is not kept counts as one token."""
    return summed_divergence(_wanted(model, packed), _head(model), kept.ids, kept.logprobs, kept.rest)


def next_token_loss(model: Transformer, ids: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Cross-entropy of every token but the first of each row [B, T + 1], in nats, summed. Products in `dtype`."""
    with torch.autocast(ids.device.type, dtype, enabled=dtype is not torch.float32):
        stream = model.read(ids[:, :-1])
    return summed_cross_entropy(stream.flatten(0, 1), _head(model), ids[:, 1:].flatten(), dtype)


def _head(model: Transformer) -> Tensor:
    return model.embed.weight if model.head is None else model.head.weight
