"""Four rows of a weight times one vector, in whole vectors of the processor. What it does with bytes, no more.

numba leaves vectors to LLVM, which on many processors takes half of their width and sums each block of 32 numbers on
its own; here they are written out. Knows how rows lie in memory (`Kind`), not whose they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from engine.model.step.machine import ask_for, intrinsic
from engine.model.step.packed import BLOCK, Kind

HALF = BLOCK // 2
"""Columns in a vector; two of them are read at once."""
LINE, AHEAD = 64, 8192
"""Bytes of a cache line, and how far ahead weights are asked for."""
_BYTE, _INT32, _INT64, _FLOAT = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.FloatType()
_FLOATS, _INT32S, _BYTES = (ir.VectorType(kind, HALF) for kind in (_FLOAT, _INT32, _BYTE))
_FOUR = ir.VectorType(_FLOAT, 4)
_FREE = ("contract", "reassoc", "nsz")
Values = tuple[ir.Value, ir.Value]


def _pair(builder: Any, address: ir.Value, vector: ir.VectorType, nbytes: int) -> Values:
    """Two vectors that lie one after another."""
    places = (address, builder.add(address, ir.Constant(_INT64, nbytes)))
    first, second = (builder.load(builder.inttoptr(at, vector.as_pointer()), align=1) for at in places)
    return first, second


def _float32(builder: Any, address: ir.Value) -> Values:
    return _pair(builder, address, _FLOATS, 64)


def _bfloat16(builder: Any, address: ir.Value) -> Values:
    up = ir.Constant(_INT32S, [16] * HALF)
    bits = _pair(builder, address, ir.VectorType(ir.IntType(16), HALF), 32)
    first, second = (builder.bitcast(builder.shl(builder.zext(one, _INT32S), up), _FLOATS) for one in bits)
    return first, second


def _int8(builder: Any, address: ir.Value) -> Values:
    first, second = (builder.sitofp(builder.sext(one, _INT32S), _FLOATS) for one in _pair(builder, address, _BYTES, 16))
    return first, second


def _int4(builder: Any, address: ir.Value) -> Values:
    both = builder.zext(builder.load(builder.inttoptr(address, _BYTES.as_pointer()), align=1), _INT32S)
    low = builder.and_(both, ir.Constant(_INT32S, [15] * HALF))
    high = builder.lshr(both, ir.Constant(_INT32S, [4] * HALF))
    return builder.sitofp(low, _FLOATS), builder.sitofp(high, _FLOATS)


_READ: dict[int, tuple[Callable[[Any, ir.Value], Values], int]] = {
    Kind.FLOAT32: (_float32, 128), Kind.BFLOAT16: (_bfloat16, 64), Kind.INT8: (_int8, 32),
    Kind.BLOCKS_INT8: (_int8, 32), Kind.BLOCKS_INT4: (_int4, 16),
}  # fmt: skip
"""How 32 columns become floats, and how many bytes they are."""


def _building(kind: Kind) -> Callable[..., Any]:
    """What `_four_rows` compiles to."""
    load, nbytes = _READ[kind]
    blocks = kind in (Kind.BLOCKS_INT8, Kind.BLOCKS_INT4)

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        row, stride, steps, x, factors, sums, end, jump = args
        kept = [[_zeros(builder, _FLOATS) for _ in range(1 if blocks else 2)] for _ in range(4)]
        lowest = _zeros(builder, _FOUR)
        apart = ir.Constant(_INT64, nbytes) if blocks else stride
        rows = [builder.add(row, builder.mul(apart, ir.Constant(_INT64, number))) for number in range(4)]
        with cgutils.for_range(builder, steps) as loop:
            block = builder.mul(loop.index, ir.Constant(_INT64, 4 * nbytes))
            _ask(builder, builder.add(row, block), 4 * nbytes, end, jump)
            at = block if blocks else builder.mul(loop.index, ir.Constant(_INT64, nbytes))
            ours = _float32(builder, builder.add(x, builder.mul(loop.index, ir.Constant(_INT64, 4 * BLOCK))))
            for number, (begin, places) in enumerate(zip(rows, kept, strict=True)):
                theirs = load(builder, builder.add(begin, at))
                parts = [_times(builder, *both) for both in zip(theirs, ours, strict=True)]
                if blocks:
                    parts = [_scaled(builder, parts, factors, loop.index, number)]
                for place, part in zip(places, parts, strict=True):
                    _add(builder, place, part)
            if kind is Kind.BLOCKS_INT4:
                _add(builder, lowest, _lowest(builder, factors, steps, sums, loop.index))
        found = [_total(builder, places) for places in kept]
        rest = [builder.extract_element(builder.load(lowest), ir.Constant(_INT32, number)) for number in range(4)]
        found = [builder.fadd(*both, flags=_FREE) for both in zip(found, rest, strict=True)]
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
    load, _ = _READ[kind]

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        shares, rows, stride, fours, out = args
        kept = [[_zeros(builder, _FLOATS) for _ in range(2)] for _ in range(4)]
        with cgutils.for_range(builder, fours) as loop:
            first = builder.mul(loop.index, ir.Constant(_INT64, 4))
            row = builder.add(rows, builder.mul(first, stride))
            for number, places in enumerate(kept):
                if number:
                    row = builder.add(row, stride)
                ask_for(builder, builder.add(row, ir.Constant(_INT64, AHEAD)))
                share = _float(builder, shares, builder.add(first, ir.Constant(_INT64, number)))
                share = _everywhere(builder, share, _FLOATS)
                for place, part in zip(places, load(builder, row), strict=True):
                    _add(builder, place, _times(builder, share, part))
        for half in range(2):
            at = builder.add(out, ir.Constant(_INT64, 64 * half))
            place = builder.inttoptr(at, _FLOATS.as_pointer())
            whole = builder.load(place, align=1)
            for places in kept:
                whole = builder.fadd(whole, builder.load(places[half]), flags=_FREE)
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
        builder.store(builder.fpext(found, _FLOATS), builder.inttoptr(args[1], _FLOATS.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), build


def _scaled(builder: Any, parts: list[ir.Value], factors: ir.Value, block: ir.Value, row: int) -> ir.Value:
    """What one row's block comes to."""
    place = builder.add(builder.mul(block, ir.Constant(_INT64, 4)), ir.Constant(_INT64, row))
    scale = _everywhere(builder, _float(builder, factors, place), _FLOATS)
    return _times(builder, builder.fadd(*parts, flags=_FREE), scale)


def _lowest(builder: Any, factors: ir.Value, steps: ir.Value, sums: ir.Value, block: ir.Value) -> ir.Value:
    """What the lowest numbers of four rows add, [4]."""
    behind = builder.add(factors, builder.mul(builder.add(steps, block), ir.Constant(_INT64, 16)))
    four = builder.load(builder.inttoptr(behind, _FOUR.as_pointer()), align=1)
    return _times(builder, four, _everywhere(builder, _float(builder, sums, block), _FOUR))


def _ask(builder: Any, address: ir.Value, nbytes: int, end: ir.Value, jump: ir.Value) -> None:
    """For the cache lines `AHEAD` of these bytes; as evenly as they are read, since a core waits for few at a time."""
    first = builder.add(address, ir.Constant(_INT64, AHEAD))
    first = builder.select(builder.icmp_signed("<", first, end), first, builder.add(first, jump))
    for line in range(0, nbytes, LINE):
        ask_for(builder, builder.add(first, ir.Constant(_INT64, line)))


def _zeros(builder: Any, vector: ir.VectorType) -> ir.Value:
    return cgutils.alloca_once_value(builder, ir.Constant(vector, [0.0] * vector.count))


def _times(builder: Any, one: ir.Value, other: ir.Value) -> ir.Value:
    return builder.fmul(one, other, flags=_FREE)


def _add(builder: Any, place: ir.Value, more: ir.Value) -> None:
    builder.store(builder.fadd(builder.load(place), more, flags=_FREE), place)


def _float(builder: Any, address: ir.Value, number: ir.Value) -> ir.Value:
    return builder.load(builder.gep(builder.inttoptr(address, _FLOAT.as_pointer()), [number]))


def _everywhere(builder: Any, number: ir.Value, vector: ir.VectorType) -> ir.Value:
    """A number in all places of a vector."""
    nothing = ir.Constant(vector, ir.Undefined)
    alone = builder.insert_element(nothing, number, ir.Constant(_INT32, 0))
    zeros = ir.Constant(ir.VectorType(_INT32, vector.count), [0] * vector.count)
    return builder.shuffle_vector(alone, nothing, zeros)


def _total(builder: Any, kept: list[ir.Value]) -> ir.Value:
    whole = builder.load(kept[0])
    for other in kept[1:]:
        whole = builder.fadd(whole, builder.load(other), flags=_FREE)
    sort = ir.FunctionType(_FLOAT, [_FLOAT, _FLOATS])
    reduce = cgutils.get_or_insert_function(builder.module, sort, f"llvm.vector.reduce.fadd.v{HALF}f32")
    return builder.call(reduce, [ir.Constant(_FLOAT, 0.0), whole], fastmath=_FREE)
