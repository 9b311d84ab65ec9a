"""Rows of a weight times a vector, compiled: four at a time, the next ones asked for while these are read.

Knows addresses and how rows lie there (`packed.Kind`). Sums are float32, in another order than torch's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from engine.model.step.machine import MATH, fetch, half, read, widened, write
from engine.model.step.packed import BLOCK, Kind
from engine.model.step.rows import (
    four_bfloat16,
    four_blocks_int4,
    four_blocks_int8,
    four_float32,
    four_int8,
    halves,
    mix_bfloat16,
    mix_float32,
)  # fmt: skip
from engine.model.step.vectors import AHEAD, HALF

Four = tuple[np.float32, np.float32, np.float32, np.float32]

FLOAT32, BFLOAT16, INT8, BLOCKS_INT8, BLOCKS_INT4 = (int(kind) for kind in Kind)


@njit(fastmath=MATH)
def product(
    kind: int,
    weight: int,
    stride: int,
    begin: int,
    end: int,
    x: int,
    columns: int,
    room: int,
    out: int,
    following: int,
) -> None:
    """Rows `begin` to `end` of weight · x into `out`. Only addresses: numba counts who holds an array, at each call.

    Ahead of what is read, memory is asked for, at the end what is `following`.
    `room` is float32 [9, blocks] to work in: the sums of x, then scales and lowest numbers of four rows.
    """
    if kind == BLOCKS_INT4:
        _sums(x, columns // BLOCK, room)
    done = weight + end * stride
    i = begin
    while i < end:
        at, to = weight + i * stride, out + 4 * i
        if i + 4 <= end:
            a, b, c, d = _four(kind, at, stride, x, columns, room, done, following - done)
            write(to, a)
            write(to + 4, b)
            write(to + 8, c)
            write(to + 12, d)
            i += 4
        else:
            write(to, _four(kind, at, 0, x, columns, room, done, 0)[0])  # the same row four times
            i += 1


@njit(fastmath=MATH)
def _four(kind: int, row: int, stride: int, x: int, columns: int, room: int, end: int, jump: int) -> Four:
    """Four rows at once: x is loaded once, and no sum waits for another."""
    steps = columns // BLOCK
    if kind == BLOCKS_INT4:
        factors = room + 4 * steps
        from_halves(row + 4 * columns // 2, 8 * steps, factors)
        return four_blocks_int4(row, 0, steps, x, factors, room, end, jump)
    if kind == BLOCKS_INT8:
        from_halves(row + 4 * columns, 4 * steps, room)
        return four_blocks_int8(row, 0, steps, x, room, 0, end, jump)
    if kind == INT8:
        found = four_int8(row, stride, steps, x, 0, 0, end, jump)
        return _and_rest(found, row, stride, np.int8(0), 1, x, columns)
    if kind == BFLOAT16:
        found = four_bfloat16(row, stride, steps, x, 0, 0, end, jump)
        return _and_rest(found, row, stride, np.uint16(0), 2, x, columns)
    found = four_float32(row, stride, steps, x, 0, 0, end, jump)
    return _and_rest(found, row, stride, np.float32(0), 4, x, columns)


@njit(fastmath=MATH)
def _sums(x: int, blocks: int, out: int) -> None:
    for block in range(blocks):
        total = np.float32(0)
        for j in range(BLOCK):
            total += read(x + 4 * (block * BLOCK + j), np.float32(0))
        write(out + 4 * block, total)


@njit(fastmath=MATH)
def from_halves(address: int, count: int, out: int) -> None:
    """float16 as float32; the last 16 may be some of those before."""
    if count < HALF:
        for n in range(count):
            write(out + 4 * n, half(read(address + 2 * n, np.uint16(0))))
        return
    for n in range(0, count, HALF):
        first = min(n, count - HALF)
        fetch(address + AHEAD + 2 * first)
        halves(address + 2 * first, out + 4 * first)


@njit(fastmath=MATH)
def _and_rest(found: Four, row: int, stride: int, like: Any, size: int, x: int, columns: int) -> Four:
    """What whole steps left over of the columns."""
    a, b, c, d = found
    for j in range(columns // BLOCK * BLOCK, columns):
        at, number = row + j * size, read(x + 4 * j, np.float32(0))
        a += widened(read(at, like)) * number
        b += widened(read(at + stride, like)) * number
        c += widened(read(at + 2 * stride, like)) * number
        d += widened(read(at + 3 * stride, like)) * number
    return a, b, c, d


@njit(fastmath=MATH)
def mix(kind: int, shares: int, rows: int, stride: int, count: int, columns: int, out: int) -> None:
    """Add Σ share · row over `count` rows to float32 [columns] at `out`; rows in float32 or bfloat16."""
    fours, size = count // 4, 4 if kind == FLOAT32 else 2
    whole = columns // BLOCK * BLOCK
    for column in range(0, whole, BLOCK):
        if kind == FLOAT32:
            mix_float32(shares, rows + size * column, stride, fours, out + 4 * column)
        else:
            mix_bfloat16(shares, rows + size * column, stride, fours, out + 4 * column)
    for n in range(count):
        share, row = read(shares + 4 * n, np.float32(0)), rows + n * stride
        for column in range(whole if n < 4 * fours else 0, columns):
            at, place = row + size * column, out + 4 * column
            number = read(at, np.float32(0)) if kind == FLOAT32 else widened(read(at, np.uint16(0)))
            write(place, read(place, np.float32(0)) + share * number)
