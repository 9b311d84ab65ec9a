"""A packed weight as float32 again: the same numbers, bit for bit. Knows the layout of `packed`, no model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.model.step.packed import BLOCK, TOGETHER, Kind, Matrix, Packed
from engine.model.transformer import Transformer

FOURS = 1024
"""Fours of rows that are unpacked at a time, so that little is held beside the weight."""
IN_BLOCKS = (Kind.BLOCKS_INT8, Kind.BLOCKS_INT4)


def rest(model: Transformer, packed: Packed, make: Callable[[Matrix], Tensor] | None = None) -> None:
    """Free every float32 weight that takes less packed, until it is asked for; then `make` gives it, or `unpacked`."""
    if model.dtype is not torch.float32:
        return
    for name in packed.matrices:
        rest_one(model, packed, name, make)


def rest_one(model: Transformer, packed: Packed, name: str, make: Callable[[Matrix], Tensor] | None = None) -> bool:
    """Whether it does: float32 as it is takes no less."""
    matrix = packed.matrices[name]
    if matrix.kind is Kind.FLOAT32:
        return False
    model.rest(name, partial(make or unpacked, matrix), partial(picked, matrix))
    return True


def unpacked(matrix: Matrix) -> Tensor:
    """Float32 [out, columns]."""
    if matrix.kind not in IN_BLOCKS:
        found = matrix.rows.float()
        return found if matrix.scale is None else found * matrix.scale[:, None]
    fours = len(matrix.rows)
    whole = torch.empty(fours * TOGETHER, matrix.columns)
    for at in range(0, fours, FOURS):
        part = _fours(matrix, at, min(at + FOURS, fours))
        whole[at * TOGETHER : at * TOGETHER + len(part)] = torch.from_numpy(part)
    return whole


def row(matrix: Matrix, number: int) -> NDArray[np.float32]:
    """Float32 [columns], one row of it."""
    if matrix.kind in IN_BLOCKS:
        return _fours(matrix, number // TOGETHER, number // TOGETHER + 1)[number % TOGETHER]
    found = matrix.rows[number].float()
    return (found if matrix.scale is None else found * matrix.scale[number]).numpy()


def picked(matrix: Matrix, numbers: Tensor) -> Tensor:
    """Float32 […, columns], the rows of these numbers […]."""
    rows = np.stack([row(matrix, number) for number in numbers.flatten().tolist()])
    return torch.from_numpy(rows).view(*numbers.shape, -1)


def _fours(matrix: Matrix, first: int, last: int) -> NDArray[np.float32]:
    """Rows 4 · first to 4 · last."""
    data, blocks = matrix.rows[first:last].numpy(), matrix.columns // BLOCK
    if matrix.kind is Kind.BLOCKS_INT8:
        steps, scale = _parts(data, blocks, (BLOCK, np.int8), (1, np.float16))
        numbers = steps.astype(np.float32) * scale.astype(np.float32)
    else:
        halves, scale, lowest = _parts(data, blocks, (BLOCK // 2, np.uint8), (1, np.float16), (1, np.float16))
        steps = np.concatenate([halves & 15, halves >> 4], -1).astype(np.float32)
        numbers = steps * scale.astype(np.float32) + lowest.astype(np.float32)
    return numbers.transpose(0, 2, 1, 3).reshape(-1, matrix.columns)


def _parts(data: NDArray[np.uint8], blocks: int, *kinds: tuple[int, type[np.generic]]) -> list[NDArray[Any]]:
    """[fours, blocks, 4, n] each, one behind another in a row."""
    parts: list[NDArray[Any]] = []
    at = 0
    for count, kind in kinds:
        size = blocks * TOGETHER * count * np.dtype(kind).itemsize
        part = np.ascontiguousarray(data[:, at : at + size]).view(kind)
        parts.append(part.reshape(len(data), blocks, TOGETHER, count))
        at += size
    return parts
