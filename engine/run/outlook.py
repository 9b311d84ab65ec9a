"""How the next token looks from its logits: what chances are divided by, how open the choice is, the likeliest ones.

By numpy, or by the compiled function where that is there, with buffers of their own: each of torch's operations took
a fresh piece of memory of the size of the vocabulary, which cost more than the arithmetic. Knows numbers only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.run.likeliest import likeliest

Logits = NDArray[np.float32]
IMPOSSIBLE = np.float32(-1e30)
"""In place of minus infinity, which times a chance of nothing is no number."""


class Outlook(NamedTuple):
    """Of logits x with the largest m."""

    largest: float
    total: float
    """Σ e^(x - m)"""
    weighted: float
    """Σ (x - m) e^(x - m)"""
    ids: list[int]
    logits: list[float]
    """Of the likeliest, the largest first."""

    @property
    def overflowed(self) -> bool:
        """Whether NaN or plus infinity was among the logits."""
        return not math.isfinite(self.total)

    @property
    def normalizer(self) -> float:
        """What is taken from a logit to make it a log-probability: m + log Σ e^(x - m)."""
        return self.largest + math.log(self.total)

    @property
    def entropy(self) -> float:
        """In nats: log Σ e^(x - m) - Σ (x - m) e^(x - m) / Σ e^(x - m)."""
        return math.log(self.total) - self.weighted / self.total


class ByNumpy:
    """The reference."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._below = self._chances = np.empty(0, np.float32)

    def __call__(self, logits: Logits) -> Outlook:
        """From float32 logits [vocab]."""
        if len(self._below) != len(logits):
            self._below, self._chances = np.empty_like(logits), np.empty_like(logits)
        below, chances, largest = self._below, self._chances, logits.max()
        if not np.isfinite(largest):
            return Outlook(math.nan, math.nan, math.nan, [], [])
        np.subtract(logits, largest, out=below)
        np.exp(below, out=chances)
        total = float(chances.sum())
        np.multiply(np.maximum(below, IMPOSSIBLE, out=below), chances, out=chances)
        return Outlook(float(largest), total, float(chances.sum()), *likeliest(logits, self._count))


class Compiled:
    """The same in a quarter of the time. numba must be prepared, see `kernels`."""

    def __init__(self, count: int) -> None:
        from engine.model.step.outlook import BLOCK, outlook

        self._count, self._block = count, BLOCK
        self._find: Callable[..., tuple[float, float, float]] = outlook
        self._room: tuple[NDArray[Any], ...] = ()
        self._vocab = 0

    def __call__(self, logits: Logits) -> Outlook:
        """From float32 logits [vocab]."""
        if self._vocab != len(logits):
            self._vocab, count = len(logits), min(self._count, len(logits))
            blocks = -(-self._vocab // self._block)
            self._room = np.empty(blocks, np.float32), np.empty(count, np.int64), np.empty(count, np.float32)
        _, ids, values = self._room
        return Outlook(*self._find(logits, *self._room), ids.tolist(), values.tolist())


def looking(count: int, *, compiled: bool) -> ByNumpy | Compiled:
    """What finds the outlook with so many of the likeliest; `compiled` where the compiled step is there."""
    return Compiled(count) if compiled else ByNumpy(count)
