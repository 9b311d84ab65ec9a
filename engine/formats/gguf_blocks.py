"""The packed number types of GGUF, unpacked to float32: blocks of 32 or 256 values that share their scales.

Knows bytes, not tensors' names. Layouts: github.com/ggml-org/llama.cpp, ggml/src/ggml-common.h.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Blocks = np.ndarray
"""uint8 [blocks, bytes of a block]"""


class Kind(NamedTuple):
    """A type of packed numbers: `values` of them in `nbytes`."""

    name: str
    values: int
    nbytes: int
    unpack: Callable[[Blocks], np.ndarray]
    """[blocks, nbytes] uint8 -> [blocks, values] float32"""


def unpack(kind: Kind, data: np.ndarray, out: np.ndarray) -> None:
    """Unpack uint8 `data` into flat float32 `out`, a few MB at a time so that little is held twice."""
    blocks = data.reshape(-1, kind.nbytes)
    rows = out.reshape(-1, kind.values)
    step = max(1, (1 << 20) // kind.values)
    for first in range(0, len(blocks), step):
        rows[first : first + step] = kind.unpack(np.ascontiguousarray(blocks[first : first + step]))


def _half(blocks: Blocks, at: int) -> np.ndarray:
    """A float16 of each block, [blocks, 1] float32."""
    return blocks[:, at : at + 2].copy().view("<f2").astype(np.float32)


def _nibbles(packed: np.ndarray) -> np.ndarray:
    """[..., n] bytes -> [..., 2n]: all low halves, then all high halves."""
    return np.concatenate((packed & 15, packed >> 4), -1)


def _fifth_bits(blocks: Blocks, at: int) -> np.ndarray:
    """32 bits of each block as bytes of 0 or 16, [blocks, 32]."""
    return np.unpackbits(blocks[:, at : at + 4], axis=-1, bitorder="little") << 4


def _f32(blocks: Blocks) -> np.ndarray:
    return blocks.view("<f4")


def _f16(blocks: Blocks) -> np.ndarray:
    return blocks.view("<f2").astype(np.float32)


def _bf16(blocks: Blocks) -> np.ndarray:
    return (blocks.view("<u2").astype(np.uint32) << 16).view(np.float32)


def _q8_0(blocks: Blocks) -> np.ndarray:
    return blocks[:, 2:].view(np.int8) * _half(blocks, 0)


def _q4_0(blocks: Blocks) -> np.ndarray:
    return (_nibbles(blocks[:, 2:]).astype(np.int8) - 8) * _half(blocks, 0)


def _q4_1(blocks: Blocks) -> np.ndarray:
    return _nibbles(blocks[:, 4:]) * _half(blocks, 0) + _half(blocks, 2)


def _q5_0(blocks: Blocks) -> np.ndarray:
    return ((_nibbles(blocks[:, 6:]) | _fifth_bits(blocks, 2)).astype(np.int8) - 16) * _half(blocks, 0)


def _q5_1(blocks: Blocks) -> np.ndarray:
    return (_nibbles(blocks[:, 8:]) | _fifth_bits(blocks, 4)) * _half(blocks, 0) + _half(blocks, 2)


def _scales_and_minima(blocks: Blocks) -> tuple[np.ndarray, np.ndarray]:
    """Of the eight runs of 32 in a Q4_K or Q5_K block, [blocks, 8, 1] each: six bits each, in twelve bytes."""
    low, middle, high = blocks[:, 4:8], blocks[:, 8:12], blocks[:, 12:16]
    scales = np.concatenate((low & 63, (high & 15) | ((low >> 6) << 4)), -1)
    minima = np.concatenate((middle & 63, (high >> 4) | ((middle >> 6) << 4)), -1)
    return (_half(blocks, 0) * scales)[:, :, None], (_half(blocks, 2) * minima)[:, :, None]


def _runs(packed: np.ndarray) -> np.ndarray:
    """128 bytes -> eight runs of 32 values: each 32 bytes hold one run low and the next one high."""
    return _nibbles(packed.reshape(-1, 4, 32)).reshape(-1, 8, 32)


def _q4_k(blocks: Blocks) -> np.ndarray:
    scales, minima = _scales_and_minima(blocks)
    return (scales * _runs(blocks[:, 16:144]) - minima).reshape(-1, 256)


def _q5_k(blocks: Blocks) -> np.ndarray:
    scales, minima = _scales_and_minima(blocks)
    fifth = (blocks[:, 16:48, None] >> np.arange(8, dtype=np.uint8)) & 1
    values = _runs(blocks[:, 48:176]) | (fifth.transpose(0, 2, 1) << 4)
    return (scales * values - minima).reshape(-1, 256)


def _q6_k(blocks: Blocks) -> np.ndarray:
    low = _nibbles(blocks[:, :128].reshape(-1, 2, 64)).reshape(-1, 8, 32)
    high = blocks[:, 128:192].reshape(-1, 2, 1, 32) >> np.array([0, 2, 4, 6], np.uint8)[:, None]
    values = (low | ((high.reshape(-1, 8, 32) & 3) << 4)).astype(np.int8) - 32
    scales = _half(blocks, 208) * blocks[:, 192:208].view(np.int8)
    return (scales[:, :, None] * values.reshape(-1, 16, 16)).reshape(-1, 256)


KINDS = {
    0: Kind("F32", 1, 4, _f32),
    1: Kind("F16", 1, 2, _f16),
    2: Kind("Q4_0", 32, 18, _q4_0),
    3: Kind("Q4_1", 32, 20, _q4_1),
    6: Kind("Q5_0", 32, 22, _q5_0),
    7: Kind("Q5_1", 32, 24, _q5_1),
    8: Kind("Q8_0", 32, 34, _q8_0),
    12: Kind("Q4_K", 256, 144, _q4_k),
    13: Kind("Q5_K", 256, 176, _q5_k),
    14: Kind("Q6_K", 256, 210, _q6_k),
    30: Kind("BF16", 1, 2, _bf16),
}
UNREAD_KINDS = {
    10: "Q2_K",
    11: "Q3_K",
    16: "IQ2_XXS",
    17: "IQ2_XS",
    18: "IQ3_XXS",
    19: "IQ1_S",
    20: "IQ4_NL",
    21: "IQ3_S",
    22: "IQ2_S",
    23: "IQ4_XS",
    24: "whole numbers",
    29: "IQ1_M",
    34: "TQ1_0",
    35: "TQ2_0",
    39: "MXFP4",
}
