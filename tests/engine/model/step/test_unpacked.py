"""Weights that rest are the same when they are made again, and a model that rests answers as one that does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.model.step.packed import Kind, Matrix, Packed, multiplied, pack
from engine.model.step.rounding import ROUNDED, round_weights
from engine.model.step.unpacked import rest, row, unpacked
from engine.model.transformer import Transformer
from tests.engine.formats.taught import finished
from tests.engine.model.step.test_packed import Make, in_bfloat16, in_eight_bits, in_four_bits
from tests.engine.model.test_transformer import CONFIGS, random_model


def model_of(architecture: str) -> Transformer:
    return random_model(CONFIGS[architecture])


@pytest.mark.parametrize("make", [in_four_bits, in_eight_bits, in_bfloat16, lambda weight, _: weight])
@pytest.mark.parametrize("seed", [2, 3])
def test_a_weight_is_the_same_bit_for_bit(make: Make, seed: int) -> None:
    weight = make(torch.randn(24, 96, generator=torch.Generator().manual_seed(seed)), seed)
    packed = Packed({})
    for _ in packed.take("a", weight):
        continue
    matrix = packed.matrices["a"]
    assert torch.equal(unpacked(matrix), weight)
    assert all(np.array_equal(row(matrix, n), weight[n].numpy()) for n in range(24))


@pytest.mark.parametrize("kind", ROUNDED.values())
def test_one_that_was_rounded_is_the_same_as_in_the_model(kind: Kind) -> None:
    model = random_model(replace(CONFIGS["llama"], hidden_size=64, intermediate_size=96, head_dim=32))
    packed = finished(round_weights(model, kind))
    assert packed.kinds == {Kind.INT8, kind}
    for name, weight in multiplied(model).items():
        matrix = packed.matrices[name]
        assert torch.equal(unpacked(matrix), weight)
        assert np.array_equal(row(matrix, 3), weight[3].numpy())


@pytest.mark.parametrize("architecture", CONFIGS)
def test_a_model_that_rests_reads_as_before_and_is_whole_again(architecture: str) -> None:
    model, ids = model_of(architecture), torch.tensor([[3, 7, 11, 2, 5]])
    packed = finished(round_weights(model, Kind.INT8))
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    with torch.inference_mode():
        logits = model(ids)
        rest(model, packed)
        assert model.resting and model.dtype is torch.float32 and model.device.type == "cpu"
        assert torch.equal(model(ids), logits)
    assert model.resting is False or not model.config.tied  # what was asked for lies there again
    rest(model, packed)
    after = dict(model.named_parameters())
    assert not model.resting and all(torch.equal(after[name], weight) for name, weight in before.items())


def test_what_was_made_while_nothing_was_recorded_can_be_trained_through() -> None:
    model, ids = model_of("llama"), torch.tensor([[3, 7, 11]])
    packed = finished(round_weights(model, Kind.INT8))
    rest(model, packed)
    with torch.inference_mode():
        model(ids)
    learned = torch.zeros(1, 3, model.config.hidden_size, requires_grad=True)
    stream = model.embedded(ids) + learned
    model.layers[0].attention.query(stream).sum().backward()  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    assert learned.grad is not None and bool(learned.grad.abs().sum() > 0)


def test_float32_does_not_rest_since_it_would_free_nothing() -> None:
    model = model_of("llama")
    rest(model, finished(pack(model)))
    assert not model.resting
    narrow = Packed({"norm": Matrix(Kind.FLOAT32, torch.zeros(4, 4), 4)})
    assert narrow.nbytes == 64
