"""Collects the lessons of the open set a slice at a time, so that 100,000 pairs do not stop the window. No engine."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from desktop.teach.open_set import OpenSet
from engine.messages import Lesson

SLICE = 500
"""Lessons that are read in one turn of the window: of 2,000 a turn took up to half a second on a slow computer."""

Taken = Callable[[tuple[Lesson, ...]], None]


class Gathering(QObject):
    """One for all who need the lessons: they are read once for all of them, and again after a change of the set.

    To be made before anyone else hears the set, so that it forgets first and is asked then.
    """

    def __init__(self, pairs: OpenSet, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pairs = pairs
        self._found: list[Lesson] = []
        self._whole: tuple[Lesson, ...] | None = None
        self._takers: dict[object, Taken] = {}
        self._turn = QTimer(self, interval=0)
        self._turn.timeout.connect(self._step)
        pairs.opened.connect(self._anew)
        for signal in (pairs.added, pairs.removed, pairs.touched):
            signal.connect(lambda _: self._anew())

    def start(self, who: object, taken: Taken) -> None:
        """`taken` is called with all lessons, at once where they are few or known; only the last one of `who`."""
        self._takers[who] = taken
        if self._whole is not None:
            self._hand_out(self._whole)
        elif not self._turn.isActive():
            self._turn.start()
            self._step()

    def stop(self) -> None:
        """Whoever waits is not told."""
        self._takers.clear()
        self._turn.stop()

    @Slot()
    def _anew(self) -> None:
        self._found, self._whole = [], None

    @Slot()
    def _step(self) -> None:
        ids, start = self._pairs.ids, len(self._found)
        self._found += [one.lesson for one in self._pairs.sets.read(ids[start : start + SLICE])]
        if len(self._found) == start or len(self._found) >= len(ids):
            self._turn.stop()
            self._whole, self._found = tuple(self._found), []
            self._hand_out(self._whole)

    def _hand_out(self, lessons: tuple[Lesson, ...]) -> None:
        takers, self._takers = self._takers, {}
        for taken in takers.values():
            taken(lessons)
