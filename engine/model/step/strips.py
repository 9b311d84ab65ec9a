"""Four rows of a weight times several vectors: the rows become float32 once, and are multiplied with four at a time.

In whole vectors of the processor. Knows how rows lie in memory (`Kind`), not whose they are.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from engine.model.step.machine import intrinsic
from engine.model.step.packed import BLOCK, TOGETHER, Kind
from engine.model.step.vectors import (
    FLOATS,
    FOUR,
    FREE,
    HALF,
    INT64,
    READ,
    Values,
    ask_ahead,
    everywhere,
    float_at,
    floats,
    mask,
    nothing,
    plus,
    times,
)  # fmt: skip

ROW = 4 * BLOCK
STRIP = ROW * TOGETHER
"""Bytes of one block of a strip, float32 [4, 32], and of one row of it."""


def _unpack(kind: Kind, whole: bool = False) -> Any:
    """Four rows as float32 [steps, 4, 32] at `out`, or [4, steps, 32] where they are wanted whole; the rest as in
    `rows`."""
    load, nbytes = READ[kind]
    blocks = kind in (Kind.BLOCKS_INT8, Kind.BLOCKS_INT4)

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        row, stride, steps, factors, end, jump, out = args
        apart = ir.Constant(INT64, nbytes) if blocks else stride
        with cgutils.for_range(builder, steps) as loop:
            block = _further(builder, row, loop.index, 4 * nbytes)
            ask_ahead(builder, block, 4 * nbytes, end, jump)
            first = block if blocks else _further(builder, row, loop.index, nbytes)
            for number in range(TOGETHER):
                found = load(builder, _nth(builder, first, apart, number))
                if blocks:
                    place = _further(builder, ir.Constant(INT64, number), loop.index, TOGETHER)
                    found = _scaled(builder, found, factors, place, steps if kind is Kind.BLOCKS_INT4 else None)
                for half, one in enumerate(found):
                    to = builder.add(out, ir.Constant(INT64, (0 if whole else ROW * number) + ROW // 2 * half))
                    if whole:
                        to = _further(builder, to, steps, ROW * number)
                    to = _further(builder, to, loop.index, ROW if whole else STRIP)
                    builder.store(one, builder.inttoptr(to, FLOATS.as_pointer()), align=4)
        return context.get_dummy_value()

    def typed(typing: Any, row: Any, stride: Any, steps: Any, factors: Any, end: Any, jump: Any, out: Any) -> Any:
        return types.void(*[types.int64] * 7), build

    return intrinsic(typed)


unpack_bfloat16, unpack_int8, unpack_blocks_int8, unpack_blocks_int4 = map(_unpack, list(Kind)[1:])
whole_blocks_int8, whole_blocks_int4 = (_unpack(kind, True) for kind in (Kind.BLOCKS_INT8, Kind.BLOCKS_INT4))


def _tile(count: int) -> Any:
    """Four rows times so many vectors, over 32 · `steps` columns.

    Row n of block b lies at rows + n · apart + b · step, vector t at x + t · x_stride; the four products of a vector
    go side by side to out + t · out_stride.
    """

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        rows, apart, step, steps, x, x_stride, out, out_stride = args
        kept = [[nothing(builder, FLOATS) for _ in range(TOGETHER)] for _ in range(count)]
        with cgutils.for_range(builder, steps) as loop:
            block = builder.add(rows, builder.mul(loop.index, step))
            theirs = [floats(builder, _nth(builder, block, apart, number)) for number in range(TOGETHER)]
            for vector, places in enumerate(kept):
                ours = floats(builder, _further(builder, _nth(builder, x, x_stride, vector), loop.index, ROW))
                for place, row in zip(places, theirs, strict=True):
                    for one, other in zip(row, ours, strict=True):
                        plus(builder, place, times(builder, one, other))
        for vector, places in enumerate(kept):
            to = builder.inttoptr(_nth(builder, out, out_stride, vector), FOUR.as_pointer())
            builder.store(_sums(builder, [builder.load(place) for place in places]), to, align=4)
        return context.get_dummy_value()

    def typed(
        typing: Any, rows: Any, apart: Any, step: Any, steps: Any, x: Any, x_stride: Any, out: Any, out_stride: Any
    ) -> Any:
        return types.void(*[types.int64] * 8), build

    return intrinsic(typed)


tile_1, tile_2, tile_3, tile_4 = map(_tile, range(1, 5))


def _further(builder: Any, address: ir.Value, index: ir.Value, nbytes: int) -> ir.Value:
    return builder.add(address, builder.mul(index, ir.Constant(INT64, nbytes)))


def _nth(builder: Any, first: ir.Value, apart: ir.Value, number: int) -> ir.Value:
    return builder.add(first, builder.mul(apart, ir.Constant(INT64, number)))


def _scaled(builder: Any, found: Values, factors: ir.Value, place: ir.Value, steps: ir.Value | None) -> Values:
    """A block times its scale; with `steps` its lowest number, which lies behind all scales, is added."""
    scale = everywhere(builder, float_at(builder, factors, place), FLOATS)
    first, second = (times(builder, one, scale) for one in found)
    if steps is None:
        return first, second
    lowest = float_at(builder, factors, _further(builder, place, steps, TOGETHER))
    lowest = everywhere(builder, lowest, FLOATS)
    return builder.fadd(first, lowest, flags=FREE), builder.fadd(second, lowest, flags=FREE)


def _sums(builder: Any, four: list[ir.Value]) -> ir.Value:
    """What the numbers of each of four vectors add up to, as one vector [4]."""
    first, second = (_folded(builder, four[n], four[n + 1], 1) for n in (0, 2))
    whole = _folded(builder, first, second, 2)
    for narrow in (HALF // 2, HALF // 4):
        parts = [builder.shuffle_vector(whole, whole, mask(range(n, n + narrow))) for n in (0, narrow)]
        whole = builder.fadd(*parts, flags=FREE)
    return whole


def _folded(builder: Any, one: ir.Value, other: ir.Value, apart: int) -> ir.Value:
    """Numbers that lie so far apart are added up: those of the one where a place has the bit `apart` not set."""
    low = [(place & ~apart) + (HALF if place & apart else 0) for place in range(HALF)]
    parts = [builder.shuffle_vector(one, other, mask(n + more for n in low)) for more in (0, apart)]
    return builder.fadd(*parts, flags=FREE)
