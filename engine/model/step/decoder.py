"""Some tokens through all layers as one compiled function, run by several threads side by side.

Each thread has the streams for itself and takes its share of the rows of every product and of the heads; where it needs
what the others made, it waits for them. Knows addresses and sizes; `compiled` says what lies there.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from engine.model.step.looking import look, place, put_together
from engine.model.step.machine import MATH, address_of, floats, meet, numbers
from engine.model.step.parts import activate, adapted, norm
from engine.model.step.product import FLOAT32, product
from engine.model.step.several import products
from engine.model.step.told import (
    ATTENTION_NORM,
    ATTENTION_POST_NORM,
    BIAS,
    DOWN,
    GATE,
    GELU,
    HEAD_DIM,
    HEADS,
    HIDDEN,
    HIGH,
    INNER,
    KEY,
    KIND,
    KV_HEADS,
    LAYERS,
    LOW,
    MLP_NORM,
    MLP_POST_NORM,
    OUTPUT,
    QUERY,
    RANK,
    ROWS,
    SCALE,
    STRIDE,
    UP,
    VALUE,
    WEIGHT,
    Array,
    Given,
    Own,
    Told,
    Work,
    own_of,
    share,
)  # fmt: skip


@njit
def _following(told: Told, layer: int, which: int, thread: int, threads: int) -> int:
    """Where this thread reads on after a product; after the head, for the next step."""
    if layer == told.sizes[LAYERS]:
        after = told.products[0, 0]
    else:
        after = told.products[layer, which + 1] if which < DOWN else told.products[layer + 1, 0]
    return after[WEIGHT] + share(after[ROWS], thread, threads)[0] * after[STRIDE]


@njit(fastmath=MATH)
def _rows(
    kind: int, weight: int, stride: int, begin: int, end: int, x: Array, count: int, own: Own, out: int,
    out_stride: int, following: int,
) -> None:  # fmt: skip
    """Some rows times the first `count` of x [tokens, columns]."""
    columns, place, room = x.shape[1], address_of(x), address_of(own.room)
    if count == 1:
        product(kind, weight, stride, begin, end, place, columns, room, out, following)
    else:
        strip = address_of(own.strip)
        products(
            kind,
            weight,
            stride,
            begin,
            end,
            place,
            4 * columns,
            count,
            columns,
            room,
            strip,
            out,
            out_stride,
            following,
        )


@njit(fastmath=MATH)
def _multiply(
    all_told: Told, layer: int, which: int, thread: int, threads: int, x: Array, count: int, own: Own, out: int,
    out_stride: int,
) -> None:  # fmt: skip
    """This thread's rows of one product with its bias and its adapters, for the first of x [tokens, columns]."""
    told = all_told.products[layer, which]
    rows, columns, rank = told[ROWS], x.shape[1], told[RANK]
    begin, end = share(rows, thread, threads)
    following = _following(all_told, layer, which, thread, threads)
    _rows(told[KIND], told[WEIGHT], told[STRIDE], begin, end, x, count, own, out, out_stride, following)
    if rank:
        into, apart = address_of(own.small), 4 * own.small.shape[1]
        _rows(FLOAT32, told[LOW], 4 * columns, 0, rank, x, count, own, into, apart, following)
    if not (told[SCALE] or told[BIAS] or rank):
        return
    for token in range(count):
        found = floats(out + token * out_stride, rows)
        if told[SCALE]:
            found[begin:end] *= floats(told[SCALE], rows)[begin:end]
        if told[BIAS]:
            found[begin:end] += floats(told[BIAS], rows)[begin:end]
        if rank:
            small = own.small[token, :rank]
            adapted(numbers(told[HIGH], rows, rank, small), begin, end, small, found)


@njit(fastmath=MATH)
def _add(own: Own, said: Array, which: int, weight: int, eps: np.float32) -> None:
    """What was said to the streams, through a norm where there is one."""
    for token in range(own.stream.shape[0]):
        own.said[:] = said[token, which]
        if weight:
            norm(own.said, floats(weight, own.said.shape[0]), eps, own.said)
        stream = own.stream[token]
        for j in range(stream.shape[0]):
            stream[j] += own.said[j]


@njit(fastmath=MATH)
def _attention(
    told: Told, given: Given, work: Work, own: Own, layer: int, thread: int, threads: int, cache_like: Array
) -> None:  # fmt: skip
    hidden, wide = told.sizes[HIDDEN], told.sizes[HEADS] * told.sizes[HEAD_DIM]
    narrow, into, apart = told.sizes[KV_HEADS] * told.sizes[HEAD_DIM], address_of(work.heads), 4 * work.heads.shape[1]
    norms, tokens = told.norms[layer], own.stream.shape[0]
    for token in range(tokens):
        norm(own.stream[token], floats(norms[ATTENTION_NORM], hidden), told.eps, own.normed[token])
    _multiply(told, layer, QUERY, thread, threads, own.normed, tokens, own, into, apart)
    _multiply(told, layer, KEY, thread, threads, own.normed, tokens, own, into + 4 * wide, apart)
    _multiply(told, layer, VALUE, thread, threads, own.normed, tokens, own, into + 4 * (wide + narrow), apart)
    meet(work.cells, threads)
    place(told, given, work, layer, thread, threads, cache_like)
    meet(work.cells, threads)
    look(told, given, work, own, layer, thread, threads, cache_like)
    meet(work.cells, threads)
    put_together(told, given, work, own, layer)
    _multiply(told, layer, OUTPUT, thread, threads, own.attended, tokens, own, address_of(work.said), 8 * hidden)
    meet(work.cells, threads)
    _add(own, work.said, 0, norms[ATTENTION_POST_NORM], told.eps)


@njit(fastmath=MATH)
def _mlp(told: Told, work: Work, own: Own, layer: int, thread: int, threads: int) -> None:
    hidden, width, norms = told.sizes[HIDDEN], told.sizes[INNER], told.norms[layer]
    (begin, end), tokens = share(width, thread, threads), own.stream.shape[0]
    for token in range(tokens):
        norm(own.stream[token], floats(norms[MLP_NORM], hidden), told.eps, own.normed[token])
    _multiply(told, layer, GATE, thread, threads, own.normed, tokens, own, address_of(work.inner), 4 * width)
    _multiply(told, layer, UP, thread, threads, own.normed, tokens, own, address_of(own.up), 4 * width)
    for token in range(tokens):
        activate(work.inner[token, begin:end], own.up[token, begin:end], told.sizes[GELU])
    meet(work.cells, threads)
    _multiply(
        told, layer, DOWN, thread, threads, work.inner, tokens, own, address_of(work.said) + 4 * hidden, 8 * hidden
    )
    meet(work.cells, threads)
    _add(own, work.said, 1, norms[MLP_POST_NORM], told.eps)


@njit(fastmath=MATH, nogil=True, cache=True)
def decode(thread: int, threads: int, told: Told, given: Given, work: Work, cache_like: Array) -> None:
    """The logits after the wanted ones of the tokens that are given. All threads call it with the same arrays.

    `cache_like` says by its type what lies at the addresses of the cache.
    """
    own, hidden, last = own_of(told, given.embedded), told.sizes[HIDDEN], told.sizes[LAYERS]
    for layer in range(last):
        _attention(told, given, work, own, layer, thread, threads, cache_like)
        _mlp(told, work, own, layer, thread, threads)
    wanted = given.wanted.shape[0]
    for n in range(wanted):
        stream = own.stream[given.wanted[n]]
        norm(stream, floats(told.norms[last, ATTENTION_NORM], hidden), told.eps, own.normed[n])
    into, apart = address_of(given.logits), 4 * given.logits.shape[1]
    _multiply(told, last, QUERY, thread, threads, own.normed, wanted, own, into, apart)
