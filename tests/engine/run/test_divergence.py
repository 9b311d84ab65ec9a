"""The divergence from a few rows of logits at a time against torch's own steps through all of them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.run.cross_entropy import ROWS
from engine.run.divergence import ALMOST_ALL, rest_of, summed_divergence

KEPT, WORDS, WIDTH = 6, 90, 24


def noted(stream: Tensor, head: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What a model says, as `objectives.keep` notes it."""
    logprobs, ids = (stream @ head.T).log_softmax(-1).topk(KEPT, -1)
    return ids, logprobs, rest_of(logprobs)


def plain(stream: Tensor, head: Tensor, ids: Tensor, logprobs: Tensor, rest: Tensor) -> Tensor:
    now = (stream @ head.T).log_softmax(-1).gather(-1, ids)
    others = torch.log1p(-now.exp().sum(-1).clamp(max=ALMOST_ALL))
    return ((logprobs.exp() * (logprobs - now)).sum(-1) + rest.exp() * (rest - others)).sum()


@pytest.mark.parametrize("rows", [1, ROWS, 2 * ROWS + 7])
@pytest.mark.parametrize("sure", [1.0, 200.0], ids=["unsure", "so sure that nothing is left"])
def test_it_and_its_gradient_equal_torchs(rows: int, sure: float) -> None:
    torch.manual_seed(rows)
    head, before = torch.randn(WORDS, WIDTH), torch.randn(rows, WIDTH)
    told = noted(before, head)
    stream = (sure * (before + 0.3 * torch.randn(rows, WIDTH))).requires_grad_()
    other = stream.detach().double().requires_grad_()
    ours = summed_divergence(stream, head, *told)
    theirs = plain(other, head.double(), told[0], told[1].double(), told[2].double())
    (0.37 * ours).backward()
    (0.37 * theirs).backward()
    assert float(ours.detach()) == pytest.approx(float(theirs.detach()), rel=1e-4)
    assert stream.grad is not None and other.grad is not None
    torch.testing.assert_close(stream.grad, other.grad, rtol=1e-3, atol=2e-4, check_dtype=False)


def test_what_has_not_changed_has_neither_loss_nor_gradient() -> None:
    torch.manual_seed(2)
    head, stream = torch.randn(WORDS, WIDTH), torch.randn(9, WIDTH, requires_grad=True)
    loss = summed_divergence(stream, head, *noted(stream.detach(), head))
    loss.backward()
    assert stream.grad is not None and abs(float(loss.detach())) < 1e-4 and float(stream.grad.abs().max()) < 1e-4
