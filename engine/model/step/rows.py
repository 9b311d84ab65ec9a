"""Four rows of a weight times one vector, in whole vectors of the processor. What it does with bytes, no more.

Knows how rows lie in memory (`Kind`), not whose they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from engine.model.step.machine import ask_for, intrinsic
from engine.model.step.packed import BLOCK, Kind
from engine.model.step.vectors import (
    AHEAD,
    FLOATS,
    FOUR,
    FREE,
    HALF,
    INT32,
    INT64,
    READ,
    ask_ahead,
    everywhere,
    float_at,
    floats,
    nothing,
    plus,
    times,
    total,
)


def _building(kind: Kind) -> Callable[..., Any]:
    """What `_four_rows` compiles to."""
    load, nbytes = READ[kind]
    blocks = kind in (Kind.BLOCKS_INT8, Kind.BLOCKS_INT4)

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        row, stride, steps, x, factors, sums, end, jump = args
        kept = [[nothing(builder, FLOATS) for _ in range(1 if blocks else 2)] for _ in range(4)]
        lowest = nothing(builder, FOUR)
        apart = ir.Constant(INT64, nbytes) if blocks else stride
        rows = [builder.add(row, builder.mul(apart, ir.Constant(INT64, number))) for number in range(4)]
        with cgutils.for_range(builder, steps) as loop:
            block = builder.mul(loop.index, ir.Constant(INT64, 4 * nbytes))
            ask_ahead(builder, builder.add(row, block), 4 * nbytes, end, jump)
            at = block if blocks else builder.mul(loop.index, ir.Constant(INT64, nbytes))
            ours = floats(builder, builder.add(x, builder.mul(loop.index, ir.Constant(INT64, 4 * BLOCK))))
            for number, (begin, places) in enumerate(zip(rows, kept, strict=True)):
                theirs = load(builder, builder.add(begin, at))
                parts = [times(builder, *both) for both in zip(theirs, ours, strict=True)]
                if blocks:
                    parts = [_scaled(builder, parts, factors, loop.index, number)]
                for place, part in zip(places, parts, strict=True):
                    plus(builder, place, part)
            if kind is Kind.BLOCKS_INT4:
                plus(builder, lowest, _lowest(builder, factors, steps, sums, loop.index))
        found = [total(builder, places) for places in kept]
        rest = [builder.extract_element(builder.load(lowest), ir.Constant(INT32, number)) for number in range(4)]
        found = [builder.fadd(*both, flags=FREE) for both in zip(found, rest, strict=True)]
        return context.make_tuple(builder, signature.return_type, found)

    return build


def _four_rows(kind: Kind) -> Any:
    """Σ row · x of four rows, over 32 · `steps` columns: (float32, float32, float32, float32).

    `row` and `x` are addresses, `stride` the bytes from row to row. Blocks of four rows lie side by side; for them
    `factors` is the address of their scales, float32 [steps, 4], behind which all their lowest numbers are, and `sums`
    of the sums of x in each block, float32 [steps]. Memory is asked for ahead as far as the address `end`, and after
    it what lies `jump` bytes further on.
    """
    build = _building(kind)

    def typed(
        typing: Any, row: Any, stride: Any, steps: Any, x: Any, factors: Any, sums: Any, end: Any, jump: Any
    ) -> Any:
        return types.UniTuple(types.float32, 4)(*[types.int64] * 8), build

    return intrinsic(typed)


four_float32, four_bfloat16, four_int8, four_blocks_int8, four_blocks_int4 = map(_four_rows, Kind)


def _mix_four(kind: Kind) -> Any:
    """Add to float32 [32] at `out`: Σ share · row over 4 · `fours` rows, of which only these 32 columns are read.

    `shares` is the address of float32 [4 · fours].
    """
    load, _ = READ[kind]

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        shares, rows, stride, fours, out = args
        kept = [[nothing(builder, FLOATS) for _ in range(2)] for _ in range(4)]
        with cgutils.for_range(builder, fours) as loop:
            first = builder.mul(loop.index, ir.Constant(INT64, 4))
            row = builder.add(rows, builder.mul(first, stride))
            for number, places in enumerate(kept):
                if number:
                    row = builder.add(row, stride)
                ask_for(builder, builder.add(row, ir.Constant(INT64, AHEAD)))
                share = float_at(builder, shares, builder.add(first, ir.Constant(INT64, number)))
                share = everywhere(builder, share, FLOATS)
                for place, part in zip(places, load(builder, row), strict=True):
                    plus(builder, place, times(builder, share, part))
        for half in range(2):
            at = builder.add(out, ir.Constant(INT64, 64 * half))
            place = builder.inttoptr(at, FLOATS.as_pointer())
            whole = builder.load(place, align=1)
            for places in kept:
                whole = builder.fadd(whole, builder.load(places[half]), flags=FREE)
            builder.store(whole, place, align=1)
        return context.get_dummy_value()

    def typed(typing: Any, shares: Any, rows: Any, stride: Any, fours: Any, out: Any) -> Any:
        return types.void(*[types.int64] * 5), build

    return intrinsic(typed)


mix_float32, mix_bfloat16 = _mix_four(Kind.FLOAT32), _mix_four(Kind.BFLOAT16)


@intrinsic
def halves(typing: Any, address: Any, out: Any) -> Any:
    """16 float16 at an address become float32 at another."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        narrow = ir.VectorType(ir.HalfType(), HALF)
        found = builder.load(builder.inttoptr(args[0], narrow.as_pointer()), align=1)
        builder.store(builder.fpext(found, FLOATS), builder.inttoptr(args[1], FLOATS.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), build


def _scaled(builder: Any, parts: list[ir.Value], factors: ir.Value, block: ir.Value, row: int) -> ir.Value:
    """What one row's block comes to."""
    place = builder.add(builder.mul(block, ir.Constant(INT64, 4)), ir.Constant(INT64, row))
    scale = everywhere(builder, float_at(builder, factors, place), FLOATS)
    return times(builder, builder.fadd(*parts, flags=FREE), scale)


def _lowest(builder: Any, factors: ir.Value, steps: ir.Value, sums: ir.Value, block: ir.Value) -> ir.Value:
    """What the lowest numbers of four rows add, [4]."""
    behind = builder.add(factors, builder.mul(builder.add(steps, block), ir.Constant(INT64, 16)))
    four = builder.load(builder.inttoptr(behind, FOUR.as_pointer()), align=1)
    return times(builder, four, everywhere(builder, float_at(builder, sums, block), FOUR))
