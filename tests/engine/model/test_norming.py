"""RMSNorm against torch's own: the same outputs, the same gradients, whatever learns."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.model.norming import rms_norm

EPS = 1e-5


def both(shape: tuple[int, ...], x_learns: bool, weight_learns: bool) -> tuple[Tensor, Tensor]:
    """Rows from tiny to large."""
    torch.manual_seed(len(shape))
    x = torch.randn(shape, dtype=torch.float64) * torch.logspace(-4, 3, shape[-2], dtype=torch.float64)[:, None]
    weight = torch.rand(shape[-1], dtype=torch.float64) + 0.5
    return x.requires_grad_(x_learns), weight.requires_grad_(weight_learns)


@pytest.mark.parametrize(("x_learns", "weight_learns"), [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("shape", [(2, 7, 24), (3, 5, 4, 8), (2, 1, 16)])
def test_outputs_and_gradients_equal_torchs(shape: tuple[int, ...], x_learns: bool, weight_learns: bool) -> None:
    """Of tensors that do not lie in one piece too."""
    mine, theirs = both(shape, x_learns, weight_learns), both(shape, x_learns, weight_learns)
    ours = rms_norm(mine[0].transpose(0, 1), mine[1], EPS)
    other = F.rms_norm(theirs[0].transpose(0, 1), shape[-1:], theirs[1], EPS)
    torch.testing.assert_close(ours, other, rtol=1e-12, atol=1e-12)
    above = torch.randn_like(other)
    ours.backward(above)
    other.backward(above)
    for one, two in zip(mine, theirs, strict=True):
        assert (one.grad is None) == (two.grad is None)
        if one.grad is not None:
            torch.testing.assert_close(one.grad, two.grad, rtol=1e-10, atol=1e-10)


def test_a_row_of_zeros_has_a_gradient_and_no_length() -> None:
    mine, theirs = (torch.zeros(2, 8, requires_grad=True) for _ in range(2))
    weight = torch.ones(8)
    (ours, other) = rms_norm(mine, weight, EPS), F.rms_norm(theirs, (8,), weight, EPS)
    assert torch.equal(ours, other)
    (above := torch.randn(2, 8))
    ours.backward(above)
    other.backward(above)
    assert mine.grad is not None and theirs.grad is not None
    torch.testing.assert_close(mine.grad, theirs.grad)


def test_it_is_torchs_own_where_nothing_learns() -> None:
    x, weight = torch.randn(3, 8), torch.randn(8)
    assert torch.equal(rms_norm(x, weight, EPS), F.rms_norm(x, (8,), weight, EPS))
    learning = x.clone().requires_grad_()
    found = rms_norm(learning, weight, EPS)
    assert found.grad_fn is not None and found.grad_fn.name() == "_RMSNormBackward"
    with torch.no_grad():
        assert rms_norm(learning, weight, EPS).grad_fn is None
