"""Cross-entropy straight from the stream: a few rows of logits at a time, so that they never leave the cache.

All logits of a micro-batch would be the largest tensors of a run and go to memory and back six times. The gradient is
made in the same pass, while a row's probabilities are there: (softmax − target) times the head, and times the stream.
Knows no model and no text.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from engine.model.linear import back, linear

ROWS = 256
"""Whose logits are held at a time, for 4,096 tokens of vocabulary 4 MiB."""


def summed_cross_entropy(stream: Tensor, head: Tensor, targets: Tensor, dtype: torch.dtype) -> Tensor:
    """−Σ log softmax(stream · headᵀ)[target] in nats: [N, hidden], [V, hidden], [N] -> []. Products in `dtype`."""
    return _CrossEntropy.apply(stream, head, targets, dtype)  # type: ignore[no-any-return]


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, stream: Tensor, head: Tensor, targets: Tensor, dtype: torch.dtype) -> Tensor:  # type: ignore[override]
        with torch.autocast(stream.device.type, enabled=False):
            loss, of_stream, of_head = _pass(stream, head, targets, dtype, *ctx.needs_input_grad[:2])
        ctx.save_for_backward(of_stream, of_head)
        return loss

    @staticmethod
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:  # type: ignore[override]
        of_stream, of_head = (None if of is None else of * above for of in ctx.saved_tensors)
        return of_stream, of_head, None, None


def _pass(
    stream: Tensor, head: Tensor, targets: Tensor, dtype: torch.dtype, stream_learns: bool, head_learns: bool
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """The loss, and the gradients that are wanted."""
    rows, words = stream.to(dtype), head.to(dtype)
    of_stream = torch.empty_like(stream) if stream_learns else None
    of_head = torch.zeros(head.shape, dtype=torch.float32, device=head.device) if head_learns else None
    loss = stream.new_zeros((), dtype=torch.float32)
    for begin in range(0, len(rows), ROWS):
        some, right = rows[begin : begin + ROWS], targets[begin : begin + ROWS, None]
        logprobs = linear(some, words).float().log_softmax(-1)
        loss -= logprobs.gather(1, right).sum()
        if of_stream is None and of_head is None:
            continue
        logprobs.exp_().scatter_add_(1, right, torch.full_like(right, -1, dtype=torch.float32))
        blame = logprobs.to(dtype)
        if of_stream is not None:
            of_stream[begin : begin + ROWS] = back(blame, words)
        if of_head is not None:
            of_head += blame.T @ some
    return loss, of_stream, of_head
