"""Long work as events. Knows no kind of work."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import TypeVar

from engine.messages import Event, JobId, Progress

T = TypeVar("T")


def progress(
    job: JobId, work: Generator[tuple[int, int] | tuple[int, int, str], None, T], note: str = ""
) -> Generator[Event, None, T]:
    """A `Progress` for each (done, total) or (done, total, note). Returns what the work returns."""
    with closing(work):
        while True:
            try:
                step = next(work)
            except StopIteration as finished:
                return finished.value
            yield Progress(job, step[0], step[1], step[2] if len(step) == 3 else note)


def waiting(
    job: JobId, work: Generator[object, None, T], note: str, done: int = 0, total: int = 0
) -> Generator[Event, None, T]:
    """A `Progress` for each step of work that says nothing of how far it is. Returns what the work returns."""
    with closing(work):
        while True:
            try:
                next(work)
            except StopIteration as finished:
                return finished.value
            yield Progress(job, done, total, note)
