"""Attention in blocks against torch's own: the same outputs, the same gradients."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.model.causal import BLOCK, causal_attention


def torchs(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
    return F.scaled_dot_product_attention(query, key, value, is_causal=True, scale=scale, enable_gqa=True)


def tensors(length: int, heads: int, shared: int, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(length)
    query, key, value = (
        torch.randn(2, n, length, 16, dtype=dtype, requires_grad=True) for n in (heads, shared, shared)
    )
    return query, key, value


@pytest.mark.parametrize("length", [1, 5, BLOCK, BLOCK + 1, 3 * BLOCK - 2])
@pytest.mark.parametrize(("heads", "shared"), [(4, 4), (6, 2), (3, 1)])
def test_outputs_and_gradients_equal_torchs(length: int, heads: int, shared: int) -> None:
    mine = tensors(length, heads, shared, torch.float64)
    theirs = tensors(length, heads, shared, torch.float64)
    ours, other = causal_attention(*mine, 0.3), torchs(*theirs, 0.3)
    above = torch.randn_like(ours)
    ours.backward(above)
    other.backward(above)
    torch.testing.assert_close(ours, other, rtol=1e-9, atol=1e-9)
    for one, two in zip(mine, theirs, strict=True):
        # of_key and of_value are summed in float32, whatever the precision of the rest
        torch.testing.assert_close(one.grad, two.grad, rtol=1e-5, atol=1e-5)


def test_under_autocast_it_is_as_near_as_torchs() -> None:
    exact = torchs(*tensors(2 * BLOCK, 4, 2, torch.float32), 0.25)
    with torch.autocast("cpu", torch.bfloat16):
        ours = causal_attention(*tensors(2 * BLOCK, 4, 2, torch.float32), 0.25)
        other = torchs(*tensors(2 * BLOCK, 4, 2, torch.float32), 0.25)
    assert ours.dtype is other.dtype is torch.bfloat16
    error, theirs = ((one - exact).detach().abs().mean() for one in (ours, other))
    assert error < 2 * theirs


def test_no_query_sees_what_comes_after_it() -> None:
    query, key, value = tensors(BLOCK + 30, 2, 1, torch.float32)
    before = causal_attention(query, key, value, 0.25)
    with torch.no_grad():
        key[:, :, BLOCK + 5 :] += 100.0
        value[:, :, BLOCK + 5 :] -= 100.0
    after = causal_attention(query, key, value, 0.25)
    assert torch.equal(before[:, :, : BLOCK + 5], after[:, :, : BLOCK + 5])
    assert not torch.equal(before[:, :, BLOCK + 5 :], after[:, :, BLOCK + 5 :])
