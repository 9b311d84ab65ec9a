"""Attention of the tokens of one step, compiled: each thread some heads, tokens and parts of the cache.

Knows what the threads are told; the arithmetic of one head is in `parts`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from engine.model.step.machine import MATH, address_of, floats, numbers
from engine.model.step.parts import attend, keep, merge, norm, rotate
from engine.model.step.product import BFLOAT16, FLOAT32
from engine.model.step.told import (
    HEAD_DIM,
    HEADS,
    KEY_NORM,
    KV_HEADS,
    LONG,
    MANY,
    PARENT,
    PAST,
    POSITION,
    QUERY_NORM,
    SHORT,
    STRAIGHT,
    WINDOW,
    Array,
    Given,
    Own,
    Told,
    Work,
)  # fmt: skip


@njit
def first_seen(told: Told, windowed: int, position: int) -> int:
    return max(0, position + 1 - told.sizes[WINDOW]) if windowed else 0


@njit
def parts_of(told: Told, windowed: int, spread: Array) -> tuple[int, int, int]:
    """Where the first token's sight begins, how many positions are read at a time, and in how many parts all."""
    start, stop = first_seen(told, windowed, spread[POSITION, 0]), np.max(spread[STRAIGHT])
    part = LONG if stop - 1 - start >= MANY else SHORT
    return start, part, max(1, (stop - 1 - start) // part + 1)  # one even where a tree stands behind nothing


@njit(fastmath=MATH)
def place(
    told: Told, given: Given, work: Work, layer: int, thread: int, threads: int, cache_like: Array
) -> None:  # fmt: skip
    """Queries and keys normed and turned, keys and values into the cache; each thread some of the heads."""
    heads, kv_heads, size = told.sizes[HEADS], told.sizes[KV_HEADS], told.sizes[HEAD_DIM]
    norms, cache, rope = told.norms[layer], given.caches[layer], given.ropes[told.windowed[layer]]
    every = heads + 2 * kv_heads
    for item in range(thread, every * given.spread.shape[1], threads):
        token, head = item // every, item % every
        one = work.heads[token, head * size : (head + 1) * size]
        if head < heads + kv_heads:
            weight = norms[QUERY_NORM] if head < heads else norms[KEY_NORM]
            if weight:
                norm(one, floats(weight, size), told.eps, one)
            rotate(one, rope[0, token], rope[1, token])
        if head >= heads:
            which, number, room = (head - heads) // kv_heads, (head - heads) % kv_heads, cache[2]
            buffer = numbers(cache[which] + number * room * size * cache_like.itemsize, room, size, cache_like)
            keep(one, buffer, told.sizes[PAST] + token)


@njit(fastmath=MATH)
def look(
    told: Told, given: Given, work: Work, own: Own, layer: int, thread: int, threads: int, cache_like: Array
) -> None:  # fmt: skip
    """Each thread some parts for some tokens, for all heads that share keys and values; not yet put together."""
    kv_heads, tokens = told.sizes[KV_HEADS], given.spread.shape[1]
    windowed, cache = told.windowed[layer], given.caches[layer]
    start, size_of_part, parts = parts_of(told, windowed, given.spread)
    for item in range(thread, kv_heads * parts * tokens, threads):
        token, shared, part = item % tokens, item // tokens // parts, item // tokens % parts
        begin = start + part * size_of_part
        end = min(begin + size_of_part, given.spread[STRAIGHT, token])
        begin = max(begin, first_seen(told, windowed, given.spread[POSITION, token]))
        _see(told, work, own, token, shared, part, cache, begin, end - begin, cache_like)
        if part == parts - 1 and given.deep:
            _see_others(told, given, work, own, token, shared, parts, layer, cache_like)


@njit(fastmath=MATH)
def _see(
    told: Told, work: Work, own: Own, token: int, shared: int, part: int, cache: Array, begin: int, count: int,
    cache_like: Array,
) -> None:  # fmt: skip
    """`count` places from `begin` on; none where it is not above 0."""
    size, together, nbytes = told.sizes[HEAD_DIM], told.sizes[HEADS] // told.sizes[KV_HEADS], cache_like.itemsize
    kind, at = FLOAT32 if nbytes == 4 else BFLOAT16, (shared * cache[2] + begin) * size * nbytes
    for head in range(shared * together, (shared + 1) * together):
        seen = work.seen[token, head, part]
        if count <= 0:
            work.largest[token, head, part], work.totals[token, head, part] = -np.inf, 0
            seen[:] = np.float32(0)
            continue
        query = address_of(work.heads) + 4 * (token * work.heads.shape[1] + head * size)
        work.largest[token, head, part], work.totals[token, head, part] = attend(
            kind, query, cache[0] + at, cache[1] + at, size, count, told.scale, own.scores, seen
        )


@njit(fastmath=MATH)
def _see_others(
    told: Told, given: Given, work: Work, own: Own, token: int, shared: int, parts: int, layer: int, cache_like: Array
) -> None:  # fmt: skip
    """Itself and those before it that do not stand in a row with the cache, each as a part of its own."""
    spread, past = given.spread, told.sizes[PAST]
    start = first_seen(told, told.windowed[layer], spread[POSITION, token])
    other = token if spread[STRAIGHT, token] <= past + token else -1
    for n in range(given.deep):
        within = other >= 0 and spread[POSITION, other] >= start
        _see(
            told, work, own, token, shared, parts + n, given.caches[layer], past + other, 1 if within else 0, cache_like
        )
        if other >= 0:
            other = spread[PARENT, other]


@njit(fastmath=MATH)
def put_together(told: Told, given: Given, work: Work, own: Own, layer: int) -> None:
    """All heads of all tokens into `own.attended`."""
    size, parts = told.sizes[HEAD_DIM], parts_of(told, told.windowed[layer], given.spread)[2] + given.deep
    for token in range(given.spread.shape[1]):
        for head in range(told.sizes[HEADS]):
            out = own.attended[token, head * size : (head + 1) * size]
            largest, totals = work.largest[token, head, :parts], work.totals[token, head, :parts]
            merge(largest, totals, work.seen[token, head], out)
