"""Whole vectors of the processor, written out: how numbers come into them, and what is done with them.

numba leaves vectors to LLVM, which on many processors takes half of their width and sums each block of 32 numbers on
its own. Everything here writes instructions while a function is compiled; `rows` and `strips` say which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from engine.model.step.machine import LINE, ask_for
from engine.model.step.packed import BLOCK, Kind

HALF = BLOCK // 2
"""Columns in a vector; two of them are read at once."""
AHEAD = 8192
"""Bytes that weights are asked for ahead."""
_BYTE, INT32, INT64, _FLOAT = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.FloatType()
FLOATS, _INT32S, _BYTES = (ir.VectorType(kind, HALF) for kind in (_FLOAT, INT32, _BYTE))
FOUR = ir.VectorType(_FLOAT, 4)
FREE = ("contract", "reassoc", "nsz")
Values = tuple[ir.Value, ir.Value]


def _pair(builder: Any, address: ir.Value, vector: ir.VectorType, nbytes: int) -> Values:
    """Two vectors that lie one after another."""
    places = (address, builder.add(address, ir.Constant(INT64, nbytes)))
    first, second = (builder.load(builder.inttoptr(at, vector.as_pointer()), align=1) for at in places)
    return first, second


def floats(builder: Any, address: ir.Value) -> Values:
    """32 numbers that are float32 already."""
    return _pair(builder, address, FLOATS, 64)


def _bfloat16(builder: Any, address: ir.Value) -> Values:
    up = ir.Constant(_INT32S, [16] * HALF)
    bits = _pair(builder, address, ir.VectorType(ir.IntType(16), HALF), 32)
    first, second = (builder.bitcast(builder.shl(builder.zext(one, _INT32S), up), FLOATS) for one in bits)
    return first, second


def _int8(builder: Any, address: ir.Value) -> Values:
    first, second = (builder.sitofp(builder.sext(one, _INT32S), FLOATS) for one in _pair(builder, address, _BYTES, 16))
    return first, second


def _int4(builder: Any, address: ir.Value) -> Values:
    both = builder.zext(builder.load(builder.inttoptr(address, _BYTES.as_pointer()), align=1), _INT32S)
    low = builder.and_(both, ir.Constant(_INT32S, [15] * HALF))
    high = builder.lshr(both, ir.Constant(_INT32S, [4] * HALF))
    return builder.sitofp(low, FLOATS), builder.sitofp(high, FLOATS)


READ: dict[int, tuple[Callable[[Any, ir.Value], Values], int]] = {
    Kind.FLOAT32: (floats, 128), Kind.BFLOAT16: (_bfloat16, 64), Kind.INT8: (_int8, 32),
    Kind.BLOCKS_INT8: (_int8, 32), Kind.BLOCKS_INT4: (_int4, 16),
}  # fmt: skip
"""How 32 columns become floats, and how many bytes they are."""


def ask_ahead(builder: Any, address: ir.Value, nbytes: int, end: ir.Value, jump: ir.Value) -> None:
    """For the cache lines `AHEAD` of these bytes; as evenly as they are read, since a core waits for few at a time."""
    first = builder.add(address, ir.Constant(INT64, AHEAD))
    first = builder.select(builder.icmp_signed("<", first, end), first, builder.add(first, jump))
    for line in range(0, nbytes, LINE):
        ask_for(builder, builder.add(first, ir.Constant(INT64, line)))


def nothing(builder: Any, vector: ir.VectorType) -> ir.Value:
    """Room for sums, zero at first."""
    return cgutils.alloca_once_value(builder, ir.Constant(vector, [0.0] * vector.count))


def times(builder: Any, one: ir.Value, other: ir.Value) -> ir.Value:
    return builder.fmul(one, other, flags=FREE)


def plus(builder: Any, place: ir.Value, more: ir.Value) -> None:
    """Add to what is kept at a place."""
    builder.store(builder.fadd(builder.load(place), more, flags=FREE), place)


def float_at(builder: Any, address: ir.Value, number: ir.Value) -> ir.Value:
    return builder.load(builder.gep(builder.inttoptr(address, _FLOAT.as_pointer()), [number]))


def everywhere(builder: Any, number: ir.Value, vector: ir.VectorType) -> ir.Value:
    """A number in all places of a vector."""
    undefined = ir.Constant(vector, ir.Undefined)
    alone = builder.insert_element(undefined, number, ir.Constant(INT32, 0))
    return builder.shuffle_vector(alone, undefined, mask([0] * vector.count))


def mask(places: Iterable[int]) -> ir.Constant:
    """Which numbers of two vectors are taken."""
    taken = list(places)
    return ir.Constant(ir.VectorType(INT32, len(taken)), taken)


def total(builder: Any, kept: list[ir.Value]) -> ir.Value:
    """What all numbers of some vectors add up to."""
    whole = builder.load(kept[0])
    for other in kept[1:]:
        whole = builder.fadd(whole, builder.load(other), flags=FREE)
    sort = ir.FunctionType(_FLOAT, [_FLOAT, FLOATS])
    reduce = cgutils.get_or_insert_function(builder.module, sort, f"llvm.vector.reduce.fadd.v{HALF}f32")
    return builder.call(reduce, [ir.Constant(_FLOAT, 0.0), whole], fastmath=FREE)
