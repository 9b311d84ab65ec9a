"""The parts of a decoder layer for one token, compiled: norm, rotation, attention, activation.

Knows arrays, not models. Sums are float32, in another order than torch's. All of it runs without Python's lock.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.model.step.machine import MATH, address_of, float_of_bits, narrowed, widened
from engine.model.step.product import FLOAT32, mix, product

Array = NDArray[Any]

LOG2E = np.float32(1.4426950408889634)
LOWEST, HIGHEST = np.float32(-87.0), np.float32(88.0)
"""Between these e^x is a normal float32."""
TAYLOR = tuple(math.log(2) ** n / math.factorial(n) for n in range(7))
"""Of 2^x; with |x| <= 1/2 what is left out is below 2e-7 of the result."""


@njit(fastmath=MATH, inline="always")
def exp(x: np.float32) -> np.float32:
    """e^x as 2^whole · 2^rest, without a call, so that loops over it are vectorized. NaN stays NaN."""
    power = min(max(x, LOWEST), HIGHEST) * LOG2E
    whole = np.float32(np.floor(power + np.float32(0.5)))
    r = power - whole
    t = np.float32(TAYLOR[6]) * r + np.float32(TAYLOR[5])
    t = t * r + np.float32(TAYLOR[4])
    t = t * r + np.float32(TAYLOR[3])
    t = t * r + np.float32(TAYLOR[2])
    t = t * r + np.float32(TAYLOR[1])
    t = t * r + np.float32(TAYLOR[0])
    return t * float_of_bits((np.int32(whole) + np.int32(127)) << np.int32(23))


@njit(fastmath=MATH)
def norm(x: Array, weight: Array, eps: np.float32, out: Array) -> None:
    """RMSNorm (arXiv 1910.07467) of one vector."""
    total = np.float32(0)
    for j in range(x.shape[0]):
        total += x[j] * x[j]
    factor = np.float32(1) / np.sqrt(total / np.float32(x.shape[0]) + eps)
    for j in range(x.shape[0]):
        out[j] = x[j] * factor * weight[j]


@njit(fastmath=MATH)
def dot(row: Array, x: Array) -> np.float32:
    total = np.float32(0)
    for j in range(x.shape[0]):
        total += widened(row[j]) * x[j]
    return total


@njit(fastmath=MATH)
def adapted(up: Array, begin: int, end: int, small: Array, out: Array) -> None:
    """Add what low-rank adapters add to these rows: up [rows, rank] · small [rank]."""
    for i in range(begin, end):
        out[i] += dot(up[i], small)


@njit(fastmath=MATH)
def rotate(head: Array, cos: Array, sin: Array) -> None:
    """Turn one head by its position (arXiv 2104.09864), in place; the sign of rotate-half is in `sin`."""
    half = head.shape[0] // 2
    for j in range(half):
        one, other = head[j], head[half + j]
        head[j] = one * cos[j] + other * sin[j]
        head[half + j] = other * cos[half + j] + one * sin[half + j]


@njit(fastmath=MATH)
def keep(head: Array, buffer: Array, position: int) -> None:
    """Put a key or a value into the cache [room, size]."""
    for j in range(head.shape[0]):
        buffer[position, j] = narrowed(head[j], buffer)


@njit(fastmath=MATH)
def attend(
    kind: int, query: int, keys: int, values: int, size: int, count: int, scale: np.float32, scores: Array, out: Array
) -> tuple[np.float32, np.float32]:
    """Softmax attention of one head on `count` positions: the largest score, the sum, and `out`, not divided.

    `keys` and `values` are addresses of [count, size], float32 or bfloat16 as `kind` says. Parts of a context are put
    together by `merge` (online softmax, arXiv 1805.02867).
    """
    stride, place = size * (4 if kind == FLOAT32 else 2), address_of(scores)
    product(kind, keys, stride, 0, count, query, size, 0, place, values)
    largest = np.float32(-np.inf)
    for t in range(count):
        scores[t] *= scale
        largest = max(largest, scores[t])
    total = np.float32(0)
    for t in range(count):
        scores[t] = exp(scores[t] - largest)
        total += scores[t]
    out[:] = np.float32(0)
    mix(kind, place, values, stride, count, size, address_of(out))
    return largest, total


@njit(fastmath=MATH)
def merge(largest: Array, totals: Array, parts: Array, out: Array) -> None:
    """The attention of one head from its parts [parts, size], each with its largest score and its sum."""
    most = largest[0]
    for n in range(1, largest.shape[0]):
        most = max(most, largest[n])
    out[:] = np.float32(0)
    whole = np.float32(0)
    for n in range(largest.shape[0]):
        share = exp(largest[n] - most)
        whole += share * totals[n]
        for j in range(out.shape[0]):
            out[j] += share * parts[n, j]
    for j in range(out.shape[0]):
        out[j] /= whole


@njit(fastmath=MATH)
def activate(gate: Array, up: Array, gelu: int) -> None:
    """SiLU or tanh-GELU (arXiv 1606.08415) of the gate, times up; into `gate`."""
    if gelu:
        for j in range(gate.shape[0]):
            g = gate[j]
            u = np.float32(0.7978845608028654) * (g + np.float32(0.044715) * g * g * g)
            gate[j] = g * (np.float32(1) - np.float32(1) / (exp(np.float32(2) * u) + np.float32(1))) * up[j]
    else:
        for j in range(gate.shape[0]):
            gate[j] = gate[j] / (np.float32(1) + exp(-gate[j])) * up[j]
