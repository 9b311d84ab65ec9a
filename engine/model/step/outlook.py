"""What logits say of the next token, compiled: what chances are divided by, how open the choice is, the likeliest ones.

Two passes over the vocabulary, the second of which skips all blocks in which nothing is likely enough. Knows numbers
only; the same from numpy, in three times the time, is `engine.run.outlook`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.model.step.machine import MATH
from engine.model.step.parts import LOWEST, exp

Array = NDArray[Any]
BLOCK = 64
"""Numbers that are skipped together."""


@njit(fastmath=MATH)
def _maxima(numbers: Array, maxima: Array) -> np.float32:
    """The largest of each block, the last of which may be short, and of all."""
    largest = np.float32(-np.inf)
    for block in range(maxima.shape[0]):
        best = np.float32(-np.inf)
        for number in numbers[block * BLOCK : (block + 1) * BLOCK]:
            best = max(best, number)
        maxima[block] = best
        largest = max(largest, best)
    return largest


@njit(fastmath=MATH)
def _put(ids: Array, best: Array, held: int, place: int, number: np.float32) -> None:
    """Among the `held` largest ones, behind those that are as large; the last one falls out where all are there."""
    at = min(held, best.shape[0] - 1)
    while at > 0 and best[at - 1] < number:
        best[at], ids[at] = best[at - 1], ids[at - 1]
        at -= 1
    best[at], ids[at] = number, place


@njit(fastmath=MATH)
def _likeliest(numbers: Array, maxima: Array, ids: Array, best: Array) -> None:
    """The largest first; where some are equal, the earlier before the later."""
    count, held = best.shape[0], 0
    if not count:
        return
    for block in range(maxima.shape[0]):
        if held == count and maxima[block] <= best[count - 1]:
            continue
        for place in range(block * BLOCK, min((block + 1) * BLOCK, numbers.shape[0])):
            if held < count or numbers[place] > best[count - 1]:
                _put(ids, best, held, place, numbers[place])
                held = min(held + 1, count)


@njit(fastmath=MATH, nogil=True, cache=True)
def outlook(numbers: Array, maxima: Array, ids: Array, best: Array) -> tuple[float, float, float]:
    """The largest logit m, Σ e^(x - m), and Σ (x - m) e^(x - m) over float32 logits x [vocab]; the sums are NaN where a
    logit is NaN or infinite.

    `ids` int64 and `best` float32, both of a length of at most [vocab], become the places and values of the largest,
    the largest first. `maxima` float32 [ceil(vocab / BLOCK)] is room to work in.
    """
    largest = _maxima(numbers, maxima)
    _likeliest(numbers, maxima, ids, best)
    total = weighted = np.float32(0)
    for place in range(numbers.shape[0]):  # not the numbers themselves: that loop is not made of whole vectors
        below = max(numbers[place] - largest, LOWEST)
        chance = exp(below)
        total += chance
        weighted += below * chance
    return float(largest), float(total), float(weighted)
