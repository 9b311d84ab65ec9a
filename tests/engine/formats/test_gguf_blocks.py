"""Every packed type unpacks to what llama.cpp's own Python package makes of the same bytes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from engine.formats.gguf_blocks import KINDS, unpack

gguf = pytest.importorskip("gguf")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: KINDS[kind].name)
def test_unpacks_as_llama_cpp_does(kind: int) -> None:
    packed = KINDS[kind]
    theirs = gguf.GGMLQuantizationType(kind)
    assert theirs.name == packed.name
    assert gguf.GGML_QUANT_SIZES[theirs] == (packed.values, packed.nbytes)
    data = np.random.default_rng(kind).integers(0, 256, 5000 * packed.nbytes, dtype=np.uint8)
    ours = np.empty(5000 * packed.values, np.float32)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # random bytes make NaN scales
        unpack(packed, data, ours)
        expected = gguf.quants.dequantize(data.reshape(5, -1), theirs).reshape(-1).astype(np.float32)
    np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("name", ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"])
def test_unpacks_what_llama_cpp_packed(name: str) -> None:
    theirs = gguf.GGMLQuantizationType[name]
    values = np.random.default_rng(0).standard_normal((6, 256), dtype=np.float32)
    packed = gguf.quants.quantize(values, theirs)
    ours = np.empty(values.size, np.float32)
    unpack(KINDS[theirs.value], packed.reshape(-1), ours)
    np.testing.assert_array_equal(ours.reshape(values.shape), gguf.quants.dequantize(packed, theirs))
    assert np.abs(ours.reshape(values.shape) - values).max() < 0.5
