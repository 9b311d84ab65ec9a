"""Rounded weights are near those they stand for, and what is as small already is left alone."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.model.step.packed import Kind, Packed, multiplied
from engine.model.step.rounding import fitted, quantized, round_weights, take_rounded
from engine.model.step.unpacked import unpacked
from tests.engine.formats.taught import finished
from tests.engine.model.step.test_packed import UP, Make, in_eight_bits, in_four_bits, model_with


def normal(rows: int, columns: int, seed: int = 4) -> Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))


def off(weight: Tensor, near: Tensor) -> float:
    return float((near - weight).norm() / weight.norm())


@pytest.mark.parametrize(
    ("kind", "left"), [(Kind.INT8, in_eight_bits), (Kind.INT8, in_four_bits), (Kind.BLOCKS_INT4, in_four_bits)]
)
def test_what_is_no_wider_is_left_alone(kind: Kind, left: Make) -> None:
    model = model_with(left(normal(8, 64), 2))
    before = {name: weight.clone() for name, weight in multiplied(model).items()}
    found = finished(round_weights(model, kind))
    changed = {name for name, weight in multiplied(model).items() if not torch.equal(weight, before[name])}
    assert changed == before.keys() - {UP} == found.rounding.keys()
    for name in changed:
        assert found.rounding[name] == pytest.approx(float((model.get_parameter(name) - before[name]).norm()))


# ---- eight bits ------------------------------------------------------------------------
def test_int8_is_no_further_from_a_weight_than_half_a_step() -> None:
    weight = normal(30, 50) * torch.logspace(-6, 6, 30)[:, None]
    weight[3] = 0
    found = quantized(weight)
    assert found.rows.dtype is torch.int8 and found.rows.abs().max() == 127 and found.scale is not None
    assert ((unpacked(found) - weight).abs() <= found.scale[:, None] * 0.5001).all()
    assert torch.equal(unpacked(quantized(unpacked(found))), unpacked(found))


# ---- four bits -------------------------------------------------------------------------
def test_int4_is_nearer_than_steps_between_the_ends_of_a_block() -> None:
    weight = normal(256, 640)
    found = finished(fitted(weight))
    assert found is not None and found.kind is Kind.BLOCKS_INT4 and found.nbytes == 256 * 640 * 20 / 32
    blocks = weight.view(256, 20, 32)
    low, high = blocks.aminmax(dim=-1, keepdim=True)
    scale = (high - low) / 15
    between = ((blocks - low) / scale).round() * scale + low
    plain, ours = off(weight, between.view_as(weight)), off(weight, unpacked(found))
    assert 0.06 < ours < 0.95 * plain


def test_what_four_bits_hold_stays_as_it_is() -> None:
    """The ends of a block are where the search begins, so it finds what is exact."""
    weight = in_four_bits(normal(64, 96), 2)
    found = finished(fitted(weight))
    assert found is not None and torch.equal(unpacked(found), weight)


@pytest.mark.parametrize("size", [0.003, 0.02, 0.035])
def test_what_was_taught_to_a_model_of_four_bits_is_not_rounded_away(size: float) -> None:
    """The steps of the base are the nearest, so all that an adapter added would be lost, and nobody would see it in
    the perplexity of a text (docs/decisions/020-four-bits.md)."""
    base, change = in_four_bits(normal(256, 640), 2), normal(256, 4, 5) @ normal(4, 640, 6)
    weight = base + change * size * base.norm() / change.norm()
    assert finished(fitted(weight)) is None
    packed = Packed({})
    for _ in take_rounded(packed, UP, weight, Kind.BLOCKS_INT4):
        continue
    assert packed.kinds == {Kind.INT8}
    assert finished(fitted(base + 0.5 * change * base.norm() / change.norm())) is not None, "no longer near them"


def test_four_bits_that_were_kept_in_bfloat16_are_found_again() -> None:
    """As a large GGUF file is imported."""
    weight = in_four_bits(normal(256, 640), 2)
    found = finished(fitted(weight.bfloat16()))
    assert found is not None and off(weight, unpacked(found)) < 0.002


@pytest.mark.parametrize("weight", [torch.zeros(8, 64), torch.full((8, 64), -0.25), normal(8, 64) * 1e-6])
def test_blocks_that_are_all_alike_or_tiny(weight: Tensor) -> None:
    found = finished(fitted(weight))
    assert found is not None and torch.allclose(unpacked(found), weight, atol=1e-6)


@pytest.mark.parametrize(
    "weight", [normal(6, 64), normal(8, 48), normal(8, 64) * 1e5, torch.full((8, 64), float("nan"))]
)
def test_what_four_bits_cannot_hold_takes_eight(weight: Tensor) -> None:
    assert finished(fitted(weight)) is None
    packed = Packed({})
    for _ in take_rounded(packed, "layers.0.mlp.up.weight", weight, Kind.BLOCKS_INT4):
        continue
    assert packed.kinds == {Kind.INT8}


def test_the_output_matrix_keeps_eight_bits() -> None:
    model = model_with(normal(8, 64))
    found = finished(round_weights(model, Kind.BLOCKS_INT4))
    kinds = {name: matrix.kind for name, matrix in found.matrices.items()}
    assert kinds.pop("embed.weight" if model.head is None else "head.weight") is Kind.INT8
    assert kinds[UP] is Kind.BLOCKS_INT4


@pytest.mark.parametrize("kind", [Kind.INT8, Kind.BLOCKS_INT4])
def test_a_model_in_bfloat16_gets_the_nearest_of_them(kind: Kind) -> None:
    packed, weight, last = Packed({}), normal(8, 64).bfloat16(), None
    for found in take_rounded(packed, UP, weight, kind):
        last = found
    assert last is not None and last.dtype is torch.bfloat16 and packed.kinds == {kind}
    assert torch.equal(last, unpacked(packed.matrices[UP]).bfloat16())
