"""A tiny model whose insides can be asked, and what a job on it says last, for tests."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TypeVar

from engine.messages import Command, Event, Progress, Result
from engine.run.session import Session

V = TypeVar("V")


def answer(session: Session, command: Command, kind: type[V]) -> V:
    """The one result of a job, which must be of this kind; everything before it is progress that never runs over."""
    *before, last = events(session, command)
    for event in before:
        assert isinstance(event, Progress) and 0 <= event.done <= event.total and event.note
    assert isinstance(last, Result) and isinstance(last.value, kind)
    return last.value


def events(session: Session, command: Command) -> Iterator[Event]:
    yield from session.handlers()[type(command)](command)


def finish(work: Generator[object, None, V]) -> V:
    """What a long piece of work returns."""
    while True:
        try:
            next(work)
        except StopIteration as finished:
            return finished.value
