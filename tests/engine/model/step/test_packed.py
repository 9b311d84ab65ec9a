"""Each weight is kept in the fewest bytes that hold it exactly, and nothing else is taken for such a one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engine.model.step.packed import Kind, pack
from engine.model.transformer import Transformer
from tests.engine.formats.taught import finished
from tests.engine.model.test_transformer import CONFIGS, random_model


# ---- weights as the files of peers hold them: every block by its formula -------------
def _blocks(weight: Tensor, seed: int, low: int, high: int) -> tuple[Tensor, Tensor]:
    """Random steps with both ends in each block, and random float16 scales."""
    dice = torch.Generator().manual_seed(seed)
    steps = torch.randint(low, high + 1, (weight.shape[0], weight.shape[1] // 32, 32), generator=dice)
    steps[..., 3], steps[..., 20] = low, high
    return steps.float(), ((torch.rand(*steps.shape[:2], 1, generator=dice) * 0.3 + 0.1) / high).half().float()


def in_bfloat16(weight: Tensor, seed: int) -> Tensor:
    return weight.bfloat16().float()


def in_eight_bits(weight: Tensor, seed: int) -> Tensor:
    steps, scale = _blocks(weight, seed, -127, 127)
    return (steps * scale).flatten(1)


def in_four_bits(weight: Tensor, seed: int) -> Tensor:
    """As Q4_1, and every second one as Q4_0, whose scales have either sign."""
    steps, scale = _blocks(weight, seed, 0, 15)
    if seed % 2:
        return ((steps - 8) * scale * torch.where(scale > 0.015, 1, -1)).flatten(1)
    return (steps * scale - (7.3 * scale).half().float()).flatten(1)


UP = "layers.0.mlp.up.weight"
Make = Callable[[Tensor, int], Tensor]


def model_with(weight: Tensor) -> Transformer:
    """A model with this weight under `UP`, and others that only float32 holds."""
    rows, columns = weight.shape
    model = random_model(replace(CONFIGS["llama"], hidden_size=columns, intermediate_size=rows))
    model.put(UP, weight)
    return model


@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize(
    ("make", "kind", "nbytes"),
    [
        (in_four_bits, Kind.BLOCKS_INT4, 40), (in_eight_bits, Kind.BLOCKS_INT8, 68),
        (in_bfloat16, Kind.BFLOAT16, 128), (lambda weight, _: weight, Kind.FLOAT32, 256),
    ],
)  # fmt: skip
def test_the_fewest_bytes_are_found(make: Make, kind: Kind, nbytes: int, seed: int) -> None:
    found = finished(pack(model_with(make(torch.randn(8, 64), seed)))).matrices[UP]
    assert (found.kind, found.nbytes) == (kind, 8 * nbytes)


@pytest.mark.parametrize("make", [in_four_bits, in_eight_bits, in_bfloat16])
def test_one_number_beside_its_step_is_enough_to_keep_all(make: Make) -> None:
    """Late, so that what is tried first does not see it."""
    weight = make(torch.randn(1000, 64), 2)
    weight[900, 40] *= 1.0001
    found = finished(pack(model_with(weight))).matrices[UP]
    assert found.kind is Kind.FLOAT32 and found.rows.data_ptr() == weight.data_ptr()


def test_blocks_that_are_all_alike_or_all_zero() -> None:
    weight = torch.zeros(4, 64)
    weight[1], weight[2, 32:], weight[3, 5] = 0.5, -0.25, 1.0
    assert finished(pack(model_with(weight))).matrices[UP].kind is Kind.BLOCKS_INT4


@pytest.mark.parametrize("shape", [(6, 64), (8, 48)])
def test_what_does_not_come_out_even_is_no_block(shape: tuple[int, int]) -> None:
    weight = torch.zeros(shape)
    assert finished(pack(model_with(weight))).matrices[UP].kind is Kind.BFLOAT16
