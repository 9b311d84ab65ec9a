"""Products in bfloat16 stay near those in float32, and are taken only where they are asked for."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from engine.model import halved
from engine.model.linear import back, linear


def numbers() -> tuple[torch.Tensor, torch.Tensor]:
    luck = torch.Generator().manual_seed(0)
    return torch.randn(2, 40, 64, generator=luck), torch.randn(48, 64, generator=luck)


def test_product_and_gradient_are_as_near_as_bfloat16_is() -> None:
    x, weight = numbers()
    gradients = []
    for wanted in (True, False):
        asked = x.clone().requires_grad_()
        with halved.halved(wanted):
            found = linear(asked, weight, torch.ones(48))
        found.square().sum().backward()
        gradients.append(asked.grad)
        torch.testing.assert_close(found, F.linear(x, weight) + 1, atol=0.2, rtol=0.02)
    near, exact = gradients
    assert near is not None and exact is not None
    assert float((near - exact).norm() / exact.norm()) < 0.01


def test_outside_of_the_block_and_after_an_error_products_are_exact() -> None:
    x, weight = numbers()
    with pytest.raises(ValueError, match="stop"), halved.halved(True):
        assert halved.applies(x, weight)
        raise ValueError("stop")
    assert not halved.applies(x, weight)
    assert torch.equal(linear(x, weight), F.linear(x, weight))


def test_a_weight_that_learns_and_bfloat16_are_left_to_torch() -> None:
    x, weight = numbers()
    with halved.halved(True):
        assert not halved.applies(x, weight.requires_grad_())
        assert not halved.applies(x.bfloat16(), weight.detach().bfloat16())


def test_what_comes_back_through_a_product_is_near_too() -> None:
    x, weight = numbers()
    above = F.linear(x[0], weight)
    with halved.halved(True):
        near = back(above, weight)
    assert float((near - above @ weight).norm() / (above @ weight).norm()) < 0.01


def test_it_pays_only_where_it_is_measured_to(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = iter((3.0, 1.0, 1.0, 1.0))
    monkeypatch.setattr(halved, "_seconds", lambda work: next(taken))
    assert halved.pays() and not halved.pays()
