"""Causal attention for training on a processor, a block of queries at a time, as plain matrix products.

torch's flash kernel for processors takes 2 to 3 times as long there (decision 013): its products are too small for the
arithmetic units. What it saves is memory: here the probabilities are kept for the backward pass, half of T² a head.
Knows nothing of caches and windows.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

BLOCK = 128
"""Queries at a time. Smaller ones waste less on what lies ahead of a query, larger ones are better products."""


def causal_attention(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
    """[B, H, T, D] on [B, K, T, D], each group of H / K heads on one key-value head -> [B, H, T, D].

    Under autocast its products are in that precision, as those of torch's own attention are.
    """
    if torch.is_autocast_enabled("cpu"):
        dtype = torch.get_autocast_dtype("cpu")
        query, key, value = query.to(dtype), key.to(dtype), value.to(dtype)
    return _Causal.apply(query, key, value, scale)  # type: ignore[no-any-return]


class _Causal(torch.autograd.Function):
    """Softmax(scale · Q·Kᵀ)·V and its gradients: dS = P ∘ (dP − Σ dP ∘ P), dP = dO·Vᵀ (arXiv 2205.14135, B.2)."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:  # type: ignore[override]
        scaled, seen, kept = query * scale, torch.empty_like(query), []
        for begin, end in _blocks(query.shape[2]):
            scores = torch.bmm(_grouped(scaled, key, begin, end), _first(key, end).mT)
            _hide(scores, begin, end)
            kept.append(scores.softmax(-1))
            seen[:, :, begin:end] = torch.bmm(kept[-1], _first(value, end)).view(*seen.shape[:2], end - begin, -1)
        ctx.save_for_backward(scaled, key, value, *kept)
        ctx.scale = scale
        return seen

    @staticmethod
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:  # type: ignore[override]
        scaled, key, value, *kept = ctx.saved_tensors
        of_query = torch.empty_like(scaled)
        # Summed over blocks in float32: late keys are in one block, early ones in all.
        of_key, of_value = (torch.zeros(t.shape, dtype=torch.float32).flatten(0, 1) for t in (key, value))
        for (begin, end), kept_one in zip(_blocks(scaled.shape[2]), kept, strict=True):
            given = _grouped(above, key, begin, end)
            of_value[:, :end] += torch.bmm(kept_one.mT, given)
            of_kept = torch.bmm(given, _first(value, end).mT)
            of_scores = torch.ops.aten._softmax_backward_data(of_kept, kept_one, -1, kept_one.dtype)
            of_query[:, :, begin:end] = torch.bmm(of_scores, _first(key, end)).view(*above.shape[:2], end - begin, -1)
            of_key[:, :end] += torch.bmm(of_scores.mT, _grouped(scaled, key, begin, end))
        return of_query * ctx.scale, of_key.view(key.shape).to(key.dtype), of_value.view(key.shape).to(key.dtype), None


def _blocks(length: int) -> list[tuple[int, int]]:
    return [(begin, min(begin + BLOCK, length)) for begin in range(0, length, BLOCK)]


def _grouped(query: Tensor, key: Tensor, begin: int, end: int) -> Tensor:
    """The heads of a group under one another: [B·K, G·(end - begin), D]."""
    return query[:, :, begin:end].reshape(key.shape[0] * key.shape[1], -1, query.shape[3])


def _first(keys: Tensor, end: int) -> Tensor:
    """[B·K, end, D]"""
    return keys[:, :, :end].flatten(0, 1)


def _hide(scores: Tensor, begin: int, end: int) -> None:
    """What lies ahead of a query of this block: only the last keys do of some."""
    size = end - begin
    ahead = torch.ones(size, size, dtype=torch.bool).triu(1)
    scores.view(len(scores), -1, size, end)[..., begin:].masked_fill_(ahead, float("-inf"))
