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

STRIPS = 2
"""Times four rows that are ready at a time, so that each vector is fetched half as often. One was as fast, but while
torch's threads disturbed it (decision 014): not measured anew since."""


@njit(fastmath=MATH)
def products(
    kind: int, weight: int, stride: int, begin: int, end: int, x: int, x_stride: int, count: int, columns: int,
    room: int, strip: int, out: int, out_stride: int, following: int,
) -> None:  # fmt: skip
    """As `product` for `count` vectors, which lie `x_stride` bytes apart, and so do their products in `out`.

    `strip` is float32 [2, blocks, 4, 32] to work in, and behind it [count, 4].
    """
    done = weight + end * stride
    i = begin
    while i + TOGETHER <= end:
        fours = min(STRIPS, (end - i) // TOGETHER)
        _fours(
            kind, weight + i * stride, stride, fours, x, x_stride, count, columns, room, strip, out + 4 * i, out_stride,
            done, following,
        )  # fmt: skip
        i += TOGETHER * fours
    spare = strip + STRIPS * (columns // BLOCK) * STRIP
    while i < end:  # the same row four times
        row = weight + i * stride
        _fours(kind, row, 0, 1, x, x_stride, count, columns, room, strip, spare, 4 * TOGETHER, done, following)
        for t in range(count):
            write(out + 4 * i + t * out_stride, read(spare + 4 * TOGETHER * t, np.float32(0)))
        i += 1


@njit(fastmath=MATH)
def _fours(
    kind: int, row: int, stride: int, fours: int, x: int, x_stride: int, count: int, columns: int, room: int,
    strip: int, out: int, out_stride: int, end: int, following: int,
) -> None:  # fmt: skip
    """Four rows, or twice four, times all vectors."""
    steps, rows, apart, further = columns // BLOCK, strip, ROW, columns // BLOCK * STRIP
    if kind == FLOAT32:
        rows, apart, further = row, stride, TOGETHER * stride  # where they are
    else:
        for n in range(fours):
            here = row + n * TOGETHER * stride
            _unpack(kind, here, stride, columns, room, strip + n * further, end, following - end)
    step = ROW if kind == FLOAT32 else STRIP
    for t in range(0, count, 4):
        for n in range(fours):
            to = out + t * out_stride + 4 * TOGETHER * n
            _tile(rows + n * further, apart, step, steps, x + t * x_stride, x_stride, count - t, to, out_stride)
    if columns % BLOCK:
        for n in range(fours):
            here, to = row + n * TOGETHER * stride, out + 4 * TOGETHER * n
            _left_over(kind, here, stride, x, x_stride, count, columns, to, out_stride)


@njit(fastmath=MATH)
def _tile(
    rows: int, apart: int, step: int, steps: int, x: int, x_stride: int, count: int, out: int, out_stride: int
) -> None:
    """Four rows times the first four vectors, or those that there are."""
    if count >= 4:
        tile_4(rows, apart, step, steps, x, x_stride, out, out_stride)
    elif count == 3:
        tile_3(rows, apart, step, steps, x, x_stride, out, out_stride)
    elif count == 2:
        tile_2(rows, apart, step, steps, x, x_stride, out, out_stride)
    else:
        tile_1(rows, apart, step, steps, x, x_stride, out, out_stride)


@njit(fastmath=MATH)
def _left_over(
    kind: int, row: int, stride: int, x: int, x_stride: int, count: int, columns: int, out: int, out_stride: int
) -> None:
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
