"""A weight in blocks as float32, compiled: the numbers of `unpacked`, bit for bit, in 33 ms for all layers of SmolLM2.

A number is a step times a scale, which float32 holds exactly, plus at most one other: so in whatever way a processor
does that, it comes out the same. Knows the layout of `packed`, no model.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import njit
from torch import Tensor

from engine.model.step.packed import BLOCK, TOGETHER, Matrix
from engine.model.step.product import BLOCKS_INT4, from_halves
from engine.model.step.strips import whole_blocks_int4, whole_blocks_int8
from engine.model.step.unpacked import IN_BLOCKS, unpacked


def unpacked_quickly(matrix: Matrix) -> Tensor:
    """Float32 [out, columns]."""
    if matrix.kind not in IN_BLOCKS:
        return unpacked(matrix)
    fours = len(matrix.rows)
    out = torch.empty(fours * TOGETHER, matrix.columns)
    room = np.empty(2 * TOGETHER * matrix.columns // BLOCK, np.float32)
    rows = matrix.rows.contiguous()
    _unpack(int(matrix.kind), rows.data_ptr(), rows.stride(0), fours, matrix.columns, room.ctypes.data, out.data_ptr())
    return out


@njit(cache=True, nogil=True)
def _unpack(kind: int, weight: int, stride: int, fours: int, columns: int, room: int, out: int) -> None:
    steps, end = columns // BLOCK, weight + fours * stride
    for n in range(fours):
        rows, to = weight + n * stride, out + n * 4 * TOGETHER * columns
        if kind == BLOCKS_INT4:
            from_halves(rows + TOGETHER * columns // 2, 2 * TOGETHER * steps, room)
            whole_blocks_int4(rows, 0, steps, room, end, 0, to)
        else:
            from_halves(rows + TOGETHER * columns, TOGETHER * steps, room)
            whole_blocks_int8(rows, 0, steps, room, end, 0, to)
