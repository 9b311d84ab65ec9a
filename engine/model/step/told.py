"""What the threads of a compiled step are told, what they share, and what each has for itself. Data only."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.model.step.machine import lined
from engine.model.step.packed import BLOCK, TOGETHER
from engine.model.step.several import STRIPS
from engine.model.step.strips import STRIP

Array = NDArray[Any]

QUERY, KEY, VALUE, OUTPUT, GATE, UP, DOWN = range(7)
"""The products of a layer."""
WEIGHT, KIND, STRIDE, ROWS, SCALE, BIAS, LOW, HIGH, RANK = range(9)
"""What is known of a product: addresses, 0 for what it has not; how its rows lie; the rank of its adapters."""
ATTENTION_NORM, QUERY_NORM, KEY_NORM, ATTENTION_POST_NORM, MLP_NORM, MLP_POST_NORM = range(6)
LAYERS, HIDDEN, HEADS, KV_HEADS, HEAD_DIM, INNER, WINDOW, GELU, PAST, MOST_RANK = range(10)
"""Places in `sizes`; `PAST` tokens are in the cache."""
POSITION, STRAIGHT, PARENT = range(3)
"""Of each token that is read: its position; how many places of the cache it sees from the first one on; and where its
own place is not one of those, which other one of these tokens it sees with all that one sees, or -1."""
SHORT, LONG, MANY = 256, 1024, 2048
"""Positions that a thread attends to at a time, and from how many on it is the larger number: longer runs of memory are
read faster (4,000 positions: 22 ms a token, with 256 24 to 26), but there must be enough parts for all threads."""


class Told(NamedTuple):
    """What stays the same from step to step, but for `PAST`."""

    sizes: Array
    """int64, as named above."""
    scale: np.float32
    """What query · key is multiplied with."""
    eps: np.float32
    products: Array
    """int64 [layers + 1, 7, 9]; behind the layers stands the head, where queries have theirs."""
    norms: Array
    """int64 [layers + 1, 6], addresses; behind the layers stands the last norm, as a first one."""
    windowed: Array
    """uint8 [layers]"""


class Given(NamedTuple):
    """What is read in one step: `tokens` of them."""

    embedded: Array
    """[tokens, hidden]"""
    spread: Array
    """int64 [3, tokens], as named above."""
    deep: int
    """How many others a token sees through `PARENT` at most, itself among them."""
    ropes: Array
    """[2, 2, tokens, head_dim]: cosines and sines of full and of windowed layers."""
    caches: Array
    """int64 [layers, 3], as `KVCache.addresses`."""
    wanted: Array
    """int64: after which of the tokens logits are wanted."""
    logits: Array
    """[wanted, vocab], to be filled."""


class Work(NamedTuple):
    """What all threads write into and read."""

    cells: Array
    """int64 [16], zeros: see `machine.meet`."""
    heads: Array
    """[tokens, all heads · head_dim]: queries, then keys, then values."""
    said: Array
    """[tokens, 2, hidden]: by attention, and by the MLP."""
    inner: Array
    """[tokens, inner]"""
    largest: Array
    totals: Array
    seen: Array
    """[tokens, heads, parts], the same, and [tokens, heads, parts, head_dim]: attention before it is put together."""


class Own(NamedTuple):
    """What each thread has for itself."""

    stream: Array
    normed: Array
    """[tokens, hidden]"""
    attended: Array
    """[tokens, heads · head_dim]"""
    up: Array
    """[tokens, inner]"""
    small: Array
    """[tokens, rank]"""
    said: Array
    scores: Array
    room: Array
    strip: Array
    """See `products`."""


@njit
def own_of(told: Told, embedded: Array) -> Own:
    sizes, tokens = told.sizes, embedded.shape[0]
    hidden, inner, wide = sizes[HIDDEN], sizes[INNER], sizes[HEADS] * sizes[HEAD_DIM]
    blocks = max(hidden, inner, wide) // BLOCK
    stream = np.empty((tokens, hidden), np.float32)
    stream[:] = embedded
    return Own(
        stream, lined(tokens, hidden), lined(tokens, wide), np.empty((tokens, inner), np.float32),
        np.empty((tokens, max(1, sizes[MOST_RANK])), np.float32), np.empty(hidden, np.float32),
        np.empty(LONG, np.float32), np.empty(9 * blocks, np.float32),
        lined(1, STRIPS * STRIP // 4 * blocks + TOGETHER * tokens if tokens > 1 else 1)[0],
    )  # fmt: skip


@njit
def share(rows: int, thread: int, threads: int) -> tuple[int, int]:
    """The rows of this thread, in fours but for the last ones."""
    fours, last = rows // TOGETHER, thread == threads - 1
    return fours * thread // threads * TOGETHER, rows if last else fours * (thread + 1) // threads * TOGETHER
