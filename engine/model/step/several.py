"""Rows of a weight times several vectors at once, compiled: each row is read and unpacked once for all of them.

Knows addresses and how rows lie there (`packed.Kind`). Sums are float32, in another order than for a single vector.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from engine.model.step.machine import MATH, read, widened, write
from engine.model.step.packed import BLOCK, TOGETHER
from engine.model.step.product import BFLOAT16, BLOCKS_INT4, BLOCKS_INT8, FLOAT32, INT8, from_halves
from engine.model.step.strips import (
    ROW,
    STRIP,
    tile_1,
    tile_2,
    tile_3,
    tile_4,
    unpack_bfloat16,
    unpack_blocks_int4,
    unpack_blocks_int8,
    unpack_int8,
)  # fmt: skip


@njit(fastmath=MATH)
def products(
    kind: int, weight: int, stride: int, begin: int, end: int, x: int, x_stride: int, count: int, columns: int,
    room: int, strip: int, out: int, out_stride: int, following: int,
) -> None:  # fmt: skip
    """As `product` for `count` vectors, which lie `x_stride` bytes apart, and so do their products in `out`.

    `strip` is float32 [blocks, 4, 32] to work in, and behind it [count, 4].
    """
    spare = strip + columns // BLOCK * STRIP
    done = weight + end * stride
    for i in range(begin, end, TOGETHER):
        row, rows = weight + i * stride, min(TOGETHER, end - i)
        if rows == TOGETHER:
            _four(kind, row, stride, x, x_stride, count, columns, room, strip, out + 4 * i, out_stride, done, following)
            continue
        for n in range(rows):  # the same row four times
            _four(kind, row + n * stride, 0, x, x_stride, count, columns, room, strip, spare, 16, done, following)
            for t in range(count):
                write(out + 4 * (i + n) + t * out_stride, read(spare + 16 * t, np.float32(0)))


@njit(fastmath=MATH)
def _four(
    kind: int, row: int, stride: int, x: int, x_stride: int, count: int, columns: int, room: int, strip: int, out: int,
    out_stride: int, end: int, following: int,
) -> None:  # fmt: skip
    """Four rows times all vectors."""
    steps, rows, apart, step = columns // BLOCK, strip, ROW, STRIP
    if kind == FLOAT32:
        rows, apart, step = row, stride, ROW  # where they are
    else:
        _unpack(kind, row, stride, columns, room, strip, end, following - end)
    for t in range(0, count, 4):
        here, to, left = x + t * x_stride, out + t * out_stride, count - t
        if left >= 4:
            tile_4(rows, apart, step, steps, here, x_stride, to, out_stride)
        elif left == 3:
            tile_3(rows, apart, step, steps, here, x_stride, to, out_stride)
        elif left == 2:
            tile_2(rows, apart, step, steps, here, x_stride, to, out_stride)
        else:
            tile_1(rows, apart, step, steps, here, x_stride, to, out_stride)
    if columns % BLOCK == 0:
        return
    if kind == FLOAT32:
        _rest(row, stride, np.float32(0), 4, x, x_stride, count, columns, out, out_stride)
    elif kind == BFLOAT16:
        _rest(row, stride, np.uint16(0), 2, x, x_stride, count, columns, out, out_stride)
    else:
        _rest(row, stride, np.int8(0), 1, x, x_stride, count, columns, out, out_stride)


@njit(fastmath=MATH)
def _unpack(kind: int, row: int, stride: int, columns: int, room: int, strip: int, end: int, jump: int) -> None:
    steps = columns // BLOCK
    if kind == BLOCKS_INT4:
        from_halves(row + TOGETHER * columns // 2, 2 * TOGETHER * steps, room)
        unpack_blocks_int4(row, 0, steps, room, end, jump, strip)
    elif kind == BLOCKS_INT8:
        from_halves(row + TOGETHER * columns, TOGETHER * steps, room)
        unpack_blocks_int8(row, 0, steps, room, end, jump, strip)
    elif kind == INT8:
        unpack_int8(row, stride, steps, 0, end, jump, strip)
    else:
        unpack_bfloat16(row, stride, steps, 0, end, jump, strip)


@njit(fastmath=MATH)
def _rest(
    row: int, stride: int, like: Any, size: int, x: int, x_stride: int, count: int, columns: int, out: int,
    out_stride: int,
) -> None:  # fmt: skip
    """What whole blocks left over of the columns."""
    for t in range(count):
        for n in range(TOGETHER):
            place = out + t * out_stride + 4 * n
            total = read(place, np.float32(0))
            for j in range(columns // BLOCK * BLOCK, columns):
                total += widened(read(row + n * stride + j * size, like)) * read(
                    x + t * x_stride + 4 * j, np.float32(0)
                )
            write(place, total)
