"""Keeps memory that a step gave back for the next one, where the C library would return it to the system.

glibc maps large blocks anew each time, and the system fills each page with zeros when it is first touched: a step of
training spent a third of its time on that (decision 013). Does nothing on other systems.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from typing import TypeVar

C = TypeVar("C")
E = TypeVar("E")

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
"""`M_…` of <malloc.h>."""
LARGEST = 1 << 30
"""Blocks up to so many bytes come from the heap: what one operation of a training step makes is smaller."""


def keep_memory() -> None:
    """To be called before threads start: they share one heap, since their own cannot grow beyond 64 MiB."""
    library = _library()
    if library is None:
        return
    library.mallopt(ARENA_MAX, 1)
    library.mallopt(MMAP_THRESHOLD, LARGEST)
    library.mallopt(TRIM_THRESHOLD, 2 * LARGEST - 1)


def give_back() -> None:
    """What is free to the system, after work that took much."""
    library = _library()
    if library is not None:
        library.malloc_trim(0)


def giving_back(work: Callable[[C], Iterator[E]]) -> Callable[[C], Iterator[E]]:
    """The same work; at its end, however it comes, what it no longer holds goes back to the system."""

    def then_give_back(command: C) -> Iterator[E]:
        try:
            yield from work(command)
        finally:
            give_back()

    return then_give_back


def _library() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
