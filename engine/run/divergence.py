"""How far a model has gone from what was noted of it, straight from the stream: a few rows of logits at a time.

The same as `cross_entropy` for what must stay as it was, so that neither all logits nor the steps back through them
are held at once. Knows no model and no text.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from engine.model.linear import back, linear
from engine.run.cross_entropy import ROWS

ALMOST_ALL = 1 - 1e-6
"""Of the probability; where what is kept has more now, the rest counts as this little, so that no loss is infinite."""


def summed_divergence(stream: Tensor, head: Tensor, ids: Tensor, logprobs: Tensor, rest: Tensor) -> Tensor:
    """Σ KL(noted ‖ softmax(stream · headᵀ)) in nats: [N, hidden], [V, hidden] -> []. The head does not learn.

    Noted are the log-probabilities [N, K] of the tokens `ids` [N, K], and that of all others together, `rest` [N].
    """
    assert not head.requires_grad
    return _Divergence.apply(stream, head, ids, logprobs, rest)  # type: ignore[no-any-return]


def rest_of(logprobs: Tensor) -> Tensor:
    """Log of the probability that the tokens [..., K] leave to all others, never below e^-14: [...]."""
    return torch.log1p(-logprobs.exp().sum(-1).clamp(max=ALMOST_ALL))


class _Divergence(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, stream: Tensor, head: Tensor, ids: Tensor, logprobs: Tensor, rest: Tensor) -> Tensor:  # type: ignore[override]
        loss = stream.new_zeros((), dtype=torch.float32)
        of_stream = torch.empty_like(stream) if ctx.needs_input_grad[0] else None
        for begin in range(0, len(stream), ROWS):
            here = slice(begin, begin + ROWS)
            now = linear(stream[here].to(head.dtype), head).float().log_softmax(-1)
            loss += _divergence(now, ids[here], logprobs[here], rest[here])
            if of_stream is not None:
                blame = _gradient(now, ids[here], logprobs[here], rest[here])
                of_stream[here] = back(blame.to(head.dtype), head)
        ctx.save_for_backward(of_stream)
        return loss

    @staticmethod
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor, None, None, None, None]:  # type: ignore[override]
        (of_stream,) = ctx.saved_tensors
        return of_stream * above, None, None, None, None


def _divergence(now: Tensor, ids: Tensor, logprobs: Tensor, rest: Tensor) -> Tensor:
    """`now` [N, V] are log-probabilities."""
    kept = now.gather(1, ids)
    return (logprobs.exp() * (logprobs - kept)).sum() + (rest.exp() * (rest - rest_of(kept))).sum()


def _gradient(now: Tensor, ids: Tensor, logprobs: Tensor, rest: Tensor) -> Tensor:
    """By the logits, [N, V], in place of `now`.

    With p noted and q now, and r and s what is left of them: q − p for what is kept, and q · (1 − r / s) outside.
    """
    q = now.exp_()
    p, known = logprobs.exp(), q.gather(1, ids).sum(-1)
    ratio = torch.where(known < ALMOST_ALL, rest.exp() / (1 - known.clamp(max=ALMOST_ALL)), 0.0)[:, None]
    inside = q.gather(1, ids) * ratio - p
    return q.mul_(p.sum(-1, keepdim=True) - ratio * known[:, None]).scatter_add_(1, ids, inside)
