"""What the machine can do at most: how fast it reads memory and multiplies matrices."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

ROUNDS = 5
NUMBERS, SIDE = 1 << 28, 2048
"""Of 1 GiB that is summed, and of two square matrices."""


def reading() -> float:
    """Bytes a second, summed by all threads: the best of five."""
    much = torch.ones(NUMBERS)
    return much.nbytes / min(_seconds(much.sum) for _ in range(ROUNDS))


def multiplying() -> float:
    """Operations a second of float32 products: the best of five."""
    one = torch.randn(SIDE, SIDE)
    return 2 * SIDE**3 / min(_seconds(lambda: one @ one) for _ in range(ROUNDS + 1))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
