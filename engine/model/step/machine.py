"""What numba has no words for: numbers at an address, bits read as another type, threads that wait for each other.

Everything here is for compiled functions only. Addresses are not checked: whoever hands one out keeps its tensor alive.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic as _numba_intrinsic
from numba.np.numpy_support import carray
from numpy.typing import NDArray

Array = NDArray[Any]

MATH = {"reassoc", "contract", "nsz", "arcp", "afn"}
"""Sums in any order, but NaN and infinity stay what they are."""
SPINS = 4000
"""Looks before a thread lets others have its core: some 20 µs."""
LINE = 64
"""Bytes of a cache line."""
_INT32 = ir.IntType(32)
_let_others = types.ExternalFunction("SwitchToThread" if os.name == "nt" else "sched_yield", types.int32())
"""Of the system, found by name when a function is linked."""


def intrinsic(build: Callable[..., Any]) -> Any:
    """numba's, whose functions are called without the context of types that they are defined with."""
    return _numba_intrinsic(build)


@intrinsic
def _pointer(typing: Any, address: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(address), build


@intrinsic
def float_of_bits(typing: Any, bits: Any) -> Any:
    """int32 -> the float32 of these bits."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), build


@intrinsic
def _added(typing: Any, cells: Any, at: Any, more: Any) -> Any:
    """Add to a cell of an int64 array and return what was there, as one act that all threads see."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        cell = builder.gep(array.data, [args[1]])
        return builder.atomic_rmw("add", cell, args[2], "seq_cst")

    return types.int64(cells, types.int64, types.int64), build


@intrinsic
def address_of(typing: Any, array: Any) -> Any:
    """Where its first element lies, int64."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        begin = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.ptrtoint(begin, ir.IntType(64))

    return types.int64(array), build


@njit(inline="always")
def floats(address: int, size: int) -> Array:
    """float32 [size] at an address."""
    return carray(_pointer(address), (size,), np.float32)


@njit(inline="always")
def numbers(address: int, rows: int, columns: int, like: Array) -> Array:
    """[rows, columns] at an address, of the type of the array `like`."""
    return carray(_pointer(address), (rows, columns), like.dtype)


@njit
def lined(rows: int, columns: int) -> Array:
    """Room for float32 [rows, columns] that begins with a line of the cache, which whole vectors are read from."""
    room = np.empty(rows * columns + LINE // 4, np.float32)
    first = -(address_of(room) // 4) % (LINE // 4)
    return room[first : first + rows * columns].reshape(rows, columns)


@njit
def meet(cells: Array, threads: int) -> None:
    """Wait until all threads are here. `cells` int64, zero at first: 0 is how many came, 8 how often all did.

    Eight apart, so that those who wait do not slow down those who come. They spin, since going to sleep takes longer
    than most waits; where others use the processor too, they soon let them.
    """
    if threads == 1:
        return
    before = _added(cells, 8, 0)
    if _added(cells, 0, 1) == threads - 1:
        _added(cells, 0, -threads)
        _added(cells, 8, 1)
        return
    spins = 0
    while _added(cells, 8, 0) == before:
        spins += 1
        if spins > SPINS:
            _let_others()


def ask_for(builder: Any, address: ir.Value) -> None:
    """The cache line at an address; there need be nothing there."""
    place = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [place, _INT32, _INT32, _INT32])
    ask = builder.module.declare_intrinsic("llvm.prefetch", (place,), kind)
    how = (ir.Constant(_INT32, number) for number in (0, 3, 1))  # to read, to keep, data
    builder.call(ask, [builder.inttoptr(address, place), *how])


@intrinsic
def fetch(typing: Any, address: Any) -> Any:
    """Ask for the cache line at an address."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        ask_for(builder, args[0])
        return context.get_dummy_value()

    return types.void(types.int64), build


@intrinsic
def read(typing: Any, address: Any, like: Any) -> Any:
    """The number at an address, of the type of `like`."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = context.get_value_type(like).as_pointer()
        return builder.load(builder.inttoptr(args[0], place), align=1)

    return like(types.int64, like), build


@intrinsic
def write(typing: Any, address: Any, number: Any) -> Any:
    """Put a number at an address."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[1], builder.inttoptr(args[0], args[1].type.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, number), build


@intrinsic
def half(typing: Any, bits: Any) -> Any:
    """The float32 of a float16, given as uint16."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fpext(builder.bitcast(args[0], ir.HalfType()), ir.FloatType())

    return types.float32(types.uint16), build


@intrinsic
def widened(typing: Any, number: Any) -> Any:
    """float32 of an int8, of a bfloat16 (given as uint16), or of a float32."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if number == types.float32:
            return args[0]
        if number == types.int8:
            return builder.sitofp(args[0], ir.FloatType())
        bits = builder.shl(builder.zext(args[0], _INT32), ir.Constant(_INT32, 16))
        return builder.bitcast(bits, ir.FloatType())

    return types.float32(number), build


@intrinsic
def narrowed(typing: Any, number: Any, array: Any) -> Any:
    """A float32 as an element of an array of float32, or of bfloat16 (uint16), rounded to even."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if array.dtype == types.float32:
            return args[0]
        bits = builder.bitcast(args[0], _INT32)
        odd = builder.and_(builder.lshr(bits, ir.Constant(_INT32, 16)), ir.Constant(_INT32, 1))
        rounded = builder.add(bits, builder.add(odd, ir.Constant(_INT32, 0x7FFF)))
        return builder.trunc(builder.lshr(rounded, ir.Constant(_INT32, 16)), ir.IntType(16))

    return array.dtype(number, array), build
