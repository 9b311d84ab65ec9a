"""Each weight is kept in the fewest bytes that hold it exactly, and nothing else is taken for such a one."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.model.step.packed import Kind, multiplied, pack, quantized, round_to_int8, rounded
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


def test_the_fewest_bytes_are_found() -> None:
    model = random_model(CONFIGS["llama"])
    made = torch.randn(8, 64)
    for make, kind, nbytes in (
        (in_four_bits, Kind.BLOCKS_INT4, 8 * 40), (in_eight_bits, Kind.BLOCKS_INT8, 8 * 68),
        (in_bfloat16, Kind.BFLOAT16, 8 * 128), (lambda w, _: w, Kind.FLOAT32, 8 * 256),
    ):  # fmt: skip
        for seed in (2, 3):
            model.layers[0].mlp.up.weight = torch.nn.Parameter(make(made, seed))
            found = finished(pack(model)).matrices["layers.0.mlp.up.weight"]
            assert (found.kind, found.nbytes) == (kind, nbytes)


@pytest.mark.parametrize("make", [in_four_bits, in_eight_bits, in_bfloat16])
def test_one_number_beside_its_step_is_enough_to_keep_all(make: object) -> None:
    """Late, so that what is tried first does not see it."""
    model = random_model(CONFIGS["llama"])
    weight = make(torch.randn(1000, 64), 2)  # type: ignore[operator]
    weight[900, 40] *= 1.0001
    model.layers[0].mlp.up.weight = torch.nn.Parameter(weight)
    found = finished(pack(model)).matrices["layers.0.mlp.up.weight"]
    assert found.kind is Kind.FLOAT32 and found.rows.data_ptr() == weight.data_ptr()


def test_blocks_that_are_all_alike_or_all_zero() -> None:
    model = random_model(CONFIGS["llama"])
    weight = torch.zeros(4, 64)
    weight[1], weight[2, 32:], weight[3, 5] = 0.5, -0.25, 1.0
    model.layers[0].mlp.up.weight = torch.nn.Parameter(weight)
    assert finished(pack(model)).matrices["layers.0.mlp.up.weight"].kind is Kind.BLOCKS_INT4


def test_int8_leaves_alone_what_is_no_wider() -> None:
    model = random_model(CONFIGS["llama"])
    exact = in_four_bits(torch.randn(8, 64), 2)
    model.layers[0].mlp.up.weight = torch.nn.Parameter(exact.clone())
    before = {name: weight.clone() for name, weight in multiplied(model).items()}
    found = finished(round_to_int8(model))
    assert found.kinds == {Kind.INT8, Kind.BLOCKS_INT4}
    assert torch.equal(model.get_parameter("layers.0.mlp.up.weight"), exact)
    assert not torch.equal(model.get_parameter("layers.0.mlp.down.weight"), before["layers.0.mlp.down.weight"])


def test_int8_is_no_further_from_a_weight_than_half_a_step() -> None:
    weight = torch.randn(30, 50, generator=torch.Generator().manual_seed(4)) * torch.logspace(-6, 6, 30)[:, None]
    weight[3] = 0
    found = quantized(weight)
    assert found.rows.dtype is torch.int8 and found.rows.abs().max() == 127 and found.scale is not None
    assert ((rounded(found) - weight).abs() <= found.scale[:, None] * 0.5001).all()
    assert torch.equal(rounded(quantized(rounded(found))), rounded(found))
