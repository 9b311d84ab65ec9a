"""One token through all layers as one compiled function, run by several threads side by side.

Each thread has the stream for itself and takes its share of the rows of every product and of the heads; where it needs
what the others made, it waits for them. Knows addresses and sizes; `compiled` says what lies there.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from engine.model.step.machine import MATH, floats, meet, numbers
from engine.model.step.parts import activate, adapted, attend, keep, merge, norm, product, rotate

QUERY, KEY, VALUE, OUTPUT, GATE, UP, DOWN = range(7)
"""The products of a layer."""
WEIGHT, SCALE, BIAS, LOW, HIGH, RANK = range(6)
"""What is known of a product: addresses, 0 for what it has not, and the rank of its adapters."""
ATTENTION_NORM, QUERY_NORM, KEY_NORM, ATTENTION_POST_NORM, MLP_NORM, MLP_POST_NORM = range(6)
LAYERS, HIDDEN, HEADS, KV_HEADS, HEAD_DIM, INNER, VOCABULARY, WINDOW, GELU, POSITION, MOST_RANK = range(11)
"""Places in `sizes`."""
PART = 256
"""Positions that a thread attends to at a time: keys of 64 float32 then stay in the second cache."""


@njit
def parts_of(position, window, windowed):  # noqa: ANN001, ANN201
    """The first position that this one sees, and in how many parts all that it sees are read."""
    start = max(0, position + 1 - window) if windowed else 0
    return start, (position - start) // PART + 1


@njit(fastmath=MATH)
def _multiply(told, rows, width, thread, threads, x, small, out, like):  # noqa: ANN001, ANN202
    """This thread's rows of one product with its bias and its adapters."""
    begin, end = rows * thread // threads, rows * (thread + 1) // threads
    weight = numbers(told[WEIGHT], rows, width, like)
    scale = floats(told[SCALE], rows if told[SCALE] else 0)
    bias = floats(told[BIAS], rows if told[BIAS] else 0)
    product(weight, begin, end, x, scale, bias, out)
    rank = told[RANK]
    if rank:
        low, high = numbers(told[LOW], rank, width, small), numbers(told[HIGH], rows, rank, small)
        product(low, 0, rank, x, small[:0], small[:0], small)
        adapted(high, begin, end, small[:rank], out)


@njit(fastmath=MATH)
def _place(y, sizes, norms, rope, caches, thread, threads, eps, cache_like):  # noqa: ANN001, ANN202
    """Queries and keys normed and turned, keys and values into the cache; each thread some of the heads."""
    heads, kv_heads, size, position = sizes[HEADS], sizes[KV_HEADS], sizes[HEAD_DIM], sizes[POSITION]
    for head in range(thread, heads + 2 * kv_heads, threads):
        own = y[head * size : (head + 1) * size]
        if head < heads + kv_heads:
            weight = norms[QUERY_NORM] if head < heads else norms[KEY_NORM]
            if weight:
                norm(own, floats(weight, size), eps, own)
            rotate(own, rope[0], rope[1])
        if head >= heads:
            which, number = (head - heads) // kv_heads, (head - heads) % kv_heads
            room = caches[2]
            buffer = numbers(caches[which] + number * room * size * cache_like.itemsize, room, size, cache_like)
            keep(own, buffer, position)


@njit(fastmath=MATH)
def _look(y, sizes, start, parts, caches, thread, threads, scale, scores, largest, totals, seen, cache_like):  # noqa: ANN001, ANN202
    """Each thread some parts of some heads, not yet put together."""
    heads, kv_heads, size, position = sizes[HEADS], sizes[KV_HEADS], sizes[HEAD_DIM], sizes[POSITION]
    room = caches[2]
    for item in range(thread, heads * parts, threads):
        head, part = item // parts, item % parts
        at = (head // (heads // kv_heads)) * room * size * cache_like.itemsize
        keys = numbers(caches[0] + at, room, size, cache_like)
        values = numbers(caches[1] + at, room, size, cache_like)
        begin = start + part * PART
        end = min(begin + PART, position + 1)
        query = y[head * size : (head + 1) * size]
        largest[head, part], totals[head, part] = attend(
            query, keys, values, begin, end, scale, scores, seen[head, part]
        )


@njit(fastmath=MATH)
def _add(stream, said, weight, eps):  # noqa: ANN001, ANN202
    """To the stream, through a norm where there is one."""
    if weight:
        norm(said, floats(weight, stream.shape[0]), eps, said)
    for j in range(stream.shape[0]):
        stream[j] += said[j]


@njit(fastmath=MATH, nogil=True, cache=True)
def decode(
    thread, threads, cells, sizes, scale, eps, products, norms, windowed, ropes, caches, embedded,
    y, said, inner, largest, totals, seen, logits, like, cache_like,
):  # fmt: skip
    """The logits of the token after `embedded` [hidden], into `logits`. All threads call it with the same arrays.

    Behind the layers, `products` and `norms` have one row more: the head and the last norm, where queries have theirs.
    """
    hidden, size, width = sizes[HIDDEN], sizes[HEAD_DIM], sizes[INNER]
    of_queries, of_keys = sizes[HEADS] * size, sizes[KV_HEADS] * size
    stream, normed, own = embedded.copy(), np.empty(hidden, np.float32), np.empty(hidden, np.float32)
    attended, scores = np.empty(of_queries, np.float32), np.empty(PART, np.float32)
    small, up = np.empty(max(1, sizes[MOST_RANK]), np.float32), np.empty(width, np.float32)
    begin, end = width * thread // threads, width * (thread + 1) // threads
    for layer in range(sizes[LAYERS]):
        told, norm_of, cache = products[layer], norms[layer], caches[layer]
        norm(stream, floats(norm_of[ATTENTION_NORM], hidden), eps, normed)
        _multiply(told[QUERY], of_queries, hidden, thread, threads, normed, small, y, like)
        _multiply(told[KEY], of_keys, hidden, thread, threads, normed, small, y[of_queries:], like)
        _multiply(told[VALUE], of_keys, hidden, thread, threads, normed, small, y[of_queries + of_keys :], like)
        meet(cells, threads)
        _place(y, sizes, norm_of, ropes[windowed[layer]], cache, thread, threads, eps, cache_like)
        meet(cells, threads)
        start, parts = parts_of(sizes[POSITION], sizes[WINDOW], windowed[layer])
        _look(y, sizes, start, parts, cache, thread, threads, scale, scores, largest, totals, seen, cache_like)
        meet(cells, threads)
        for head in range(sizes[HEADS]):
            merge(largest[head, :parts], totals[head, :parts], seen[head], attended[head * size : (head + 1) * size])
        _multiply(told[OUTPUT], hidden, of_queries, thread, threads, attended, small, said[0], like)
        meet(cells, threads)
        own[:] = said[0]
        _add(stream, own, norm_of[ATTENTION_POST_NORM], eps)
        norm(stream, floats(norm_of[MLP_NORM], hidden), eps, normed)
        _multiply(told[GATE], width, hidden, thread, threads, normed, small, inner, like)
        _multiply(told[UP], width, hidden, thread, threads, normed, small, up, like)
        activate(inner[begin:end], up[begin:end], sizes[GELU])
        meet(cells, threads)
        _multiply(told[DOWN], hidden, width, thread, threads, inner, small, said[1], like)
        meet(cells, threads)
        own[:] = said[1]
        _add(stream, own, norm_of[MLP_POST_NORM], eps)
    last = sizes[LAYERS]
    norm(stream, floats(norms[last, ATTENTION_NORM], hidden), eps, normed)
    _multiply(products[last, QUERY], sizes[VOCABULARY], hidden, thread, threads, normed, small, logits, like)
