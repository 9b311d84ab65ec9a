"""One token through all layers as one compiled function, run by several threads side by side.

Each thread has the stream for itself and takes its share of the rows of every product and of the heads; where it needs
what the others made, it waits for them. Knows addresses and sizes; `compiled` says what lies there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.model.step.machine import MATH, address_of, floats, meet, numbers
from engine.model.step.packed import BLOCK, TOGETHER, Kind
from engine.model.step.parts import activate, adapted, attend, keep, merge, norm, rotate
from engine.model.step.product import product

Array = NDArray[Any]

QUERY, KEY, VALUE, OUTPUT, GATE, UP, DOWN = range(7)
"""The products of a layer."""
WEIGHT, KIND, STRIDE, ROWS, SCALE, BIAS, LOW, HIGH, RANK = range(9)
"""What is known of a product: addresses, 0 for what it has not; how its rows lie; the rank of its adapters."""
FLOAT32, BFLOAT16 = int(Kind.FLOAT32), int(Kind.BFLOAT16)
ATTENTION_NORM, QUERY_NORM, KEY_NORM, ATTENTION_POST_NORM, MLP_NORM, MLP_POST_NORM = range(6)
LAYERS, HIDDEN, HEADS, KV_HEADS, HEAD_DIM, INNER, WINDOW, GELU, POSITION, MOST_RANK = range(10)
"""Places in `sizes`."""
SHORT, LONG, MANY = 256, 1024, 2048
"""Positions that a thread attends to at a time, and from how many on it is the larger number: longer runs of memory are
read faster (4,000 positions: 22 ms a token, with 256 24 to 26), but there must be enough parts for all threads."""


class Told(NamedTuple):
    """What stays the same from token to token, but for the position in `sizes`."""

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


class Work(NamedTuple):
    """What all threads write into and read."""

    cells: Array
    """int64 [16], zeros: see `machine.meet`."""
    heads: Array
    """Queries, keys and values of the token, one head after another."""
    said: Array
    """[2, hidden]: by attention, and by the MLP."""
    inner: Array
    """[inner]"""
    largest: Array
    totals: Array
    seen: Array
    """[heads, parts], [heads, parts] and [heads, parts, head_dim]: attention before it is put together."""


class Own(NamedTuple):
    """What each thread has for itself."""

    stream: Array
    normed: Array
    said: Array
    attended: Array
    scores: Array
    small: Array
    up: Array
    room: Array
    """See `product`."""


@njit
def parts_of(position: int, window: int, windowed: int) -> tuple[int, int, int]:
    """The first position that this one sees, how many are read at a time, and in how many parts all of them."""
    start = max(0, position + 1 - window) if windowed else 0
    part = LONG if position - start >= MANY else SHORT
    return start, part, (position - start) // part + 1


@njit
def share(rows: int, thread: int, threads: int) -> tuple[int, int]:
    """The rows of this thread, in fours but for the last ones."""
    fours, last = rows // TOGETHER, thread == threads - 1
    return fours * thread // threads * TOGETHER, rows if last else fours * (thread + 1) // threads * TOGETHER


@njit
def _following(told: Told, layer: int, which: int, thread: int, threads: int) -> int:
    """Where this thread reads on after a product; after the head, for the next token."""
    if layer == told.sizes[LAYERS]:
        after = told.products[0, 0]
    else:
        after = told.products[layer, which + 1] if which < DOWN else told.products[layer + 1, 0]
    return after[WEIGHT] + share(after[ROWS], thread, threads)[0] * after[STRIDE]


@njit(fastmath=MATH)
def _multiply(
    all_told: Told, layer: int, which: int, thread: int, threads: int, x: Array, own: Own, out: Array
) -> None:
    """This thread's rows of one product with its bias and its adapters."""
    told = all_told.products[layer, which]
    rows, columns, place, room = told[ROWS], x.shape[0], address_of(x), address_of(own.room)
    begin, end = share(rows, thread, threads)
    following = _following(all_told, layer, which, thread, threads)
    product(told[KIND], told[WEIGHT], told[STRIDE], begin, end, place, columns, room, address_of(out), following)
    if told[SCALE]:
        out[begin:end] *= floats(told[SCALE], rows)[begin:end]
    if told[BIAS]:
        out[begin:end] += floats(told[BIAS], rows)[begin:end]
    rank = told[RANK]
    if rank:
        small = own.small[:rank]
        low, into = told[LOW], address_of(small)
        product(FLOAT32, low, 4 * columns, 0, rank, place, columns, room, into, following)
        adapted(numbers(told[HIGH], rows, rank, small), begin, end, small, out)


@njit(fastmath=MATH)
def _place(
    told: Told, work: Work, norms: Array, rope: Array, cache: Array, thread: int, threads: int, cache_like: Array
) -> None:
    """Queries and keys normed and turned, keys and values into the cache; each thread some of the heads."""
    heads, kv_heads, size = told.sizes[HEADS], told.sizes[KV_HEADS], told.sizes[HEAD_DIM]
    for head in range(thread, heads + 2 * kv_heads, threads):
        own = work.heads[head * size : (head + 1) * size]
        if head < heads + kv_heads:
            weight = norms[QUERY_NORM] if head < heads else norms[KEY_NORM]
            if weight:
                norm(own, floats(weight, size), told.eps, own)
            rotate(own, rope[0], rope[1])
        if head >= heads:
            which, number, room = (head - heads) // kv_heads, (head - heads) % kv_heads, cache[2]
            buffer = numbers(cache[which] + number * room * size * cache_like.itemsize, room, size, cache_like)
            keep(own, buffer, told.sizes[POSITION])


@njit(fastmath=MATH)
def _look(
    told: Told, work: Work, start: int, size_of_part: int, parts: int, cache: Array, thread: int, threads: int,
    scores: Array, cache_like: Array,
) -> None:  # fmt: skip
    """Each thread some parts of some keys and values, for all heads that share them; not yet put together."""
    heads, kv_heads, size = told.sizes[HEADS], told.sizes[KV_HEADS], told.sizes[HEAD_DIM]
    room, position, nbytes, together = cache[2], told.sizes[POSITION], cache_like.itemsize, heads // kv_heads
    kind = FLOAT32 if nbytes == 4 else BFLOAT16
    for item in range(thread, kv_heads * parts, threads):
        shared, part = item // parts, item % parts
        begin = start + part * size_of_part
        count, at = min(size_of_part, position + 1 - begin), (shared * room + begin) * size * nbytes
        for head in range(shared * together, (shared + 1) * together):
            query = address_of(work.heads[head * size : (head + 1) * size])
            work.largest[head, part], work.totals[head, part] = attend(
                kind, query, cache[0] + at, cache[1] + at, size, count, told.scale, scores, work.seen[head, part]
            )


@njit(fastmath=MATH)
def _add(stream: Array, said: Array, weight: int, eps: np.float32) -> None:
    """To the stream, through a norm where there is one."""
    if weight:
        norm(said, floats(weight, stream.shape[0]), eps, said)
    for j in range(stream.shape[0]):
        stream[j] += said[j]


@njit(fastmath=MATH)
def _attention(
    told: Told, work: Work, own: Own, layer: int, rope: Array, cache: Array, thread: int, threads: int,
    cache_like: Array,
) -> None:  # fmt: skip
    hidden, size, heads = told.sizes[HIDDEN], told.sizes[HEAD_DIM], told.sizes[HEADS]
    wide, narrow = heads * size, told.sizes[KV_HEADS] * size
    norms, normed = told.norms[layer], own.normed
    norm(own.stream, floats(norms[ATTENTION_NORM], hidden), told.eps, normed)
    _multiply(told, layer, QUERY, thread, threads, normed, own, work.heads)
    _multiply(told, layer, KEY, thread, threads, normed, own, work.heads[wide:])
    _multiply(told, layer, VALUE, thread, threads, normed, own, work.heads[wide + narrow :])
    meet(work.cells, threads)
    _place(told, work, norms, rope, cache, thread, threads, cache_like)
    meet(work.cells, threads)
    start, part, parts = parts_of(told.sizes[POSITION], told.sizes[WINDOW], told.windowed[layer])
    _look(told, work, start, part, parts, cache, thread, threads, own.scores, cache_like)
    meet(work.cells, threads)
    for head in range(heads):
        out = own.attended[head * size : (head + 1) * size]
        merge(work.largest[head, :parts], work.totals[head, :parts], work.seen[head], out)
    _multiply(told, layer, OUTPUT, thread, threads, own.attended, own, work.said[0])
    meet(work.cells, threads)
    own.said[:] = work.said[0]
    _add(own.stream, own.said, norms[ATTENTION_POST_NORM], told.eps)


@njit(fastmath=MATH)
def _mlp(told: Told, work: Work, own: Own, layer: int, thread: int, threads: int) -> None:
    hidden, width = told.sizes[HIDDEN], told.sizes[INNER]
    begin, end = share(width, thread, threads)
    norms, normed = told.norms[layer], own.normed
    norm(own.stream, floats(norms[MLP_NORM], hidden), told.eps, normed)
    _multiply(told, layer, GATE, thread, threads, normed, own, work.inner)
    _multiply(told, layer, UP, thread, threads, normed, own, own.up)
    activate(work.inner[begin:end], own.up[begin:end], told.sizes[GELU])
    meet(work.cells, threads)
    _multiply(told, layer, DOWN, thread, threads, work.inner, own, work.said[1])
    meet(work.cells, threads)
    own.said[:] = work.said[1]
    _add(own.stream, own.said, norms[MLP_POST_NORM], told.eps)


@njit(fastmath=MATH, nogil=True, cache=True)
def decode(
    thread: int, threads: int, told: Told, work: Work, ropes: Array, caches: Array, embedded: Array, logits: Array,
    cache_like: Array,
) -> None:  # fmt: skip
    """The logits of the token after `embedded` [hidden], into `logits`. All threads call it with the same arrays.

    `ropes` [2, 2, head_dim] are cosines and sines of full and of windowed layers; `caches` as `KVCache.addresses`;
    `cache_like` says by its type what lies at the addresses of the cache.
    """
    sizes, hidden = told.sizes, told.sizes[HIDDEN]
    widest = max(hidden, sizes[INNER], sizes[HEADS] * sizes[HEAD_DIM])
    own = Own(
        embedded.copy(), np.empty(hidden, np.float32), np.empty(hidden, np.float32),
        np.empty(sizes[HEADS] * sizes[HEAD_DIM], np.float32), np.empty(LONG, np.float32),
        np.empty(max(1, sizes[MOST_RANK]), np.float32), np.empty(sizes[INNER], np.float32),
        np.empty(9 * (widest // BLOCK), np.float32),
    )  # fmt: skip
    for layer in range(sizes[LAYERS]):
        rope = ropes[told.windowed[layer]]
        _attention(told, work, own, layer, rope, caches[layer], thread, threads, cache_like)
        _mlp(told, work, own, layer, thread, threads)
    last = sizes[LAYERS]
    norm(own.stream, floats(told.norms[last, ATTENTION_NORM], hidden), told.eps, own.normed)
    _multiply(told, last, QUERY, thread, threads, own.normed, own, logits)
