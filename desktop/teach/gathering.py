"""Collects the lessons of the open set a slice at a time, so that 100,000 pairs do not stop the window. No engine."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from desktop.teach.open_set import OpenSet
from engine.messages import Lesson

SLICE = 500
"""Lessons that are read in one turn of the window: of 2,000 a turn took up to half a second on a slow computer."""

Taken = Callable[[tuple[Lesson, ...]], None]


class Gathering(QObject):
    """Starting again, or a change of the set, drops what was collected so far."""

    def __init__(self, pairs: OpenSet, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pairs = pairs
        self._ids: list[int] = []
        self._found: list[Lesson] = []
        self._taken: Taken | None = None
        self._turn = QTimer(self, interval=0)
        self._turn.timeout.connect(self._step)

    def start(self, taken: Taken) -> None:
        """`taken` is called with all lessons, at once where they are few."""
        self._ids, self._found, self._taken = list(self._pairs.ids), [], taken
        self._turn.start()
        self._step()

    def stop(self) -> None:
        self._turn.stop()

    def _step(self) -> None:
        start = len(self._found)
        self._found += [one.lesson for one in self._pairs.sets.read(self._ids[start : start + SLICE])]
        if len(self._found) == start or len(self._found) >= len(self._ids):
            self._turn.stop()
            if self._taken is not None:
                self._taken(tuple(self._found))
