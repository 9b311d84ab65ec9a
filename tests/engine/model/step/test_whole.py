"""Weights that compiled code makes again are those that numpy makes, bit for bit, and so is every row."""

from __future__ import annotations

import pytest
import torch

from engine.model.step.packed import Kind, Packed
from engine.model.step.rounding import fitted, quantized
from engine.model.step.unpacked import picked, unpacked
from engine.model.step.whole import _unpack, unpacked_quickly
from tests.engine.formats.taught import finished
from tests.engine.model.step.test_packed import Make, in_bfloat16, in_eight_bits, in_four_bits


def normal(rows: int, columns: int) -> torch.Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(rows))


@pytest.mark.parametrize("make", [in_four_bits, in_eight_bits, in_bfloat16, lambda weight, _: weight])
@pytest.mark.parametrize("shape", [(4, 32), (24, 96), (260, 576)])
def test_it_is_the_same_bit_for_bit(make: Make, shape: tuple[int, int]) -> None:
    packed, weight = Packed({}), make(normal(*shape), 2)
    for _ in packed.take("a", weight):
        continue
    matrix = packed.matrices["a"]
    assert torch.equal(unpacked_quickly(matrix), weight) and torch.equal(unpacked(matrix), weight)
    numbers = torch.tensor([[3, 0, shape[0] - 1], [1, 1, 2]])
    assert torch.equal(picked(matrix, numbers), weight[numbers])


def test_what_was_rounded_is_too() -> None:
    matrix = finished(fitted(normal(64, 320)))
    assert matrix is not None and matrix.kind is Kind.BLOCKS_INT4
    assert torch.equal(unpacked_quickly(matrix), unpacked(matrix))
    assert torch.equal(unpacked_quickly(quantized(normal(5, 7))), unpacked(quantized(normal(5, 7))))


def test_one_variant_is_all_that_is_compiled() -> None:
    """The one that `kernels.compile_all` makes: another would stop a reply for some seconds."""
    assert len(_unpack.signatures) == 1
