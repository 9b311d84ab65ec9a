"""A configuration that no model can have is refused before anything is allocated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.errors import UserError
from engine.model.config import ModelConfig

GOOD = ModelConfig("llama", 49152, 576, 1536, layers=30, heads=9, kv_heads=3, head_dim=64, context=8192)


@pytest.mark.parametrize(
    "wrong",
    [
        {"vocab_size": 0},
        {"hidden_size": -4},
        {"layers": 10**9},
        {"vocab_size": 10**30},
        {"head_dim": 63},
        {"heads": 8},
        {"context": "long"},
        {"layers": 2.5},
        {"layers": True},
        {"windowed_layers": (True,)},
        {"windowed_layers": (True,) * 30},
        {"window": 0},
        {"norm_eps": float("nan")},
        {"rope_theta": 0.0},
    ],
)
def test_an_impossible_size_is_refused_with_a_sentence_and_a_hint(wrong: dict[str, Any]) -> None:
    with pytest.raises(UserError) as refused:
        replace(GOOD, **wrong)
    assert "describes no model" in refused.value.message
    assert refused.value.hint


def test_the_parameters_of_smollm2_are_counted_as_its_card_says() -> None:
    assert GOOD.parameters() == 134_515_008


def test_the_cache_of_smollm2_takes_45_kib_a_token_in_float32() -> None:
    assert GOOD.kv_bytes_per_token(4) == 46_080
