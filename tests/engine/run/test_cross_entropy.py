"""The fused loss against torch's own: the same numbers, the same gradients."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from engine.run.cross_entropy import ROWS, summed_cross_entropy


@pytest.mark.parametrize("rows", [1, ROWS, 2 * ROWS + 7])
def test_loss_and_gradients_equal_torchs(rows: int) -> None:
    torch.manual_seed(rows)
    stream, head = torch.randn(rows, 24, requires_grad=True), torch.randn(90, 24, requires_grad=True)
    targets = torch.randint(0, 90, (rows,))
    other_stream, other_head = (t.detach().double().requires_grad_() for t in (stream, head))
    ours = summed_cross_entropy(stream, head, targets, torch.float32)
    theirs = F.cross_entropy(other_stream @ other_head.T, targets, reduction="sum")
    (ours * 0.37).backward()
    (theirs * 0.37).backward()
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-6)
    assert stream.grad is not None and head.grad is not None
    torch.testing.assert_close(stream.grad, other_stream.grad, rtol=1e-4, atol=1e-5, check_dtype=False)
    torch.testing.assert_close(head.grad, other_head.grad, rtol=1e-4, atol=1e-4, check_dtype=False)


def test_bfloat16_products_stay_near_and_sum_in_float32() -> None:
    torch.manual_seed(1)
    stream, head = torch.randn(600, 32, requires_grad=True), torch.randn(200, 32)
    targets = torch.randint(0, 200, (600,))
    near = summed_cross_entropy(stream, head, targets, torch.bfloat16)
    exact = F.cross_entropy(stream @ head.T, targets, reduction="sum")
    assert near.dtype is torch.float32
    assert float(near.detach()) == pytest.approx(float(exact.detach()), rel=2e-3)


def test_without_gradients_none_are_made() -> None:
    with torch.no_grad():
        loss = summed_cross_entropy(torch.randn(5, 8), torch.randn(11, 8), torch.randint(0, 11, (5,)), torch.float32)
    assert loss.grad_fn is None
