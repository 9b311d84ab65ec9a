"""A linear layer gives the same whichever way the processor takes."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from engine.model import linear as module
from engine.model.linear import MANY_ROWS, linear


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("native", [True, False])
def test_many_rows_in_bfloat16_are_as_precise_as_bfloat16_is(
    bias: bool, native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_multiplies_bfloat16", lambda device: native)
    monkeypatch.setattr(module, "SLICE", 1000)  # several slices
    generator = torch.Generator().manual_seed(0)
    x, weight = (torch.randn(shape, generator=generator).bfloat16() for shape in ((2, MANY_ROWS, 64), (48, 64)))
    added = torch.randn(48, generator=generator).bfloat16() if bias else None
    found = linear(x, weight, added)
    assert (found.dtype, found.shape) == (torch.bfloat16, (2, MANY_ROWS, 48))
    exact = F.linear(x.float(), weight.float(), None if added is None else added.float())
    torch.testing.assert_close(found.float(), exact, atol=0.05, rtol=0.02)


def test_float32_and_single_rows_are_left_to_torch() -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(48, 64, generator=generator)
    for x in (torch.randn(1, 100, 64, generator=generator), torch.randn(1, 1, 64, generator=generator)):
        assert torch.equal(linear(x, weight), F.linear(x, weight))
        half = x[:, :1].bfloat16()
        assert torch.equal(linear(half, weight.bfloat16()), F.linear(half, weight.bfloat16()))


def test_gradients_flow_through_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for native in (True, False):
        monkeypatch.setattr(module, "_multiplies_bfloat16", lambda device, native=native: native)
        weight = torch.ones(8, 16, dtype=torch.bfloat16, requires_grad=True)
        linear(torch.ones(MANY_ROWS, 16, dtype=torch.bfloat16), weight).sum().backward()
        found.append(weight.grad)
    assert torch.equal(found[0], found[1])
