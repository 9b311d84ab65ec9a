"""What would spoil a run, looked for again after every pause in typing. Knows the engine's check, no widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop.bridge import Bridge
from desktop.task import Task
from desktop.teach.gathering import Gathering
from desktop.teach.open_set import OpenSet
from engine.data.pair_sets import StoredPair
from engine.data.pairs.checks import Kind, Problem, fix_all
from engine.messages import CheckPairs, Failed, Lesson

PAUSE_MS = 800


class Checking(QObject):
    """`problems` belong to the pairs `checked`, by their place there. Rests until the page is shown."""

    changed = Signal()

    def __init__(self, pairs: OpenSet, gathering: Gathering, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pairs, self._gathering = pairs, gathering
        self._task = Task(bridge, self)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.run)
        self._asked: list[int] = []
        self._awake = False
        self.checked: list[int] = []
        self.problems: tuple[Problem, ...] = ()
        self.known = False
        self.failed: Failed | None = None
        self._task.done.connect(self._take)
        self._task.failed.connect(self._fail)
        pairs.opened.connect(self._anew)
        for signal in (pairs.added, pairs.removed, pairs.touched):
            signal.connect(lambda _: self._later())

    @property
    def running(self) -> bool:
        return self._task.running or self._pause.isActive()

    def wake(self) -> None:
        """The page is on screen: check what was not checked yet."""
        if not self._awake:
            self._awake = True
            self._anew()

    @Slot()
    def _anew(self) -> None:
        self.checked, self.problems, self.known = [], (), False
        self.changed.emit()
        if self._awake:
            self.run()

    def _later(self) -> None:
        if self._awake:
            self._pause.start()
            self.changed.emit()

    @Slot()
    def run(self) -> None:
        self._pause.stop()
        self._task.drop()
        self._gathering.start(self, self._send)

    def _send(self, lessons: tuple[Lesson, ...]) -> None:
        self._asked = [lesson.id for lesson in lessons]
        if lessons:
            self._task.start(CheckPairs, lessons=lessons)
        else:
            self._take(())

    @Slot(object)
    def _take(self, problems: Sequence[Problem] | None) -> None:
        self.checked, self.problems, self.known, self.failed = self._asked, tuple(problems or ()), True, None
        self.changed.emit()

    @Slot(object)
    def _fail(self, failed: Failed) -> None:
        self.failed = failed
        self.changed.emit()

    # ---- what was found --------------------------------------------------------------
    def of_kind(self, kind: Kind) -> list[Problem]:
        return [one for one in self.problems if one.kind == kind]

    def pairs_of(self, kind: Kind) -> list[int]:
        """The pairs that this kind of problem is about, in order."""
        places = {place for one in self.of_kind(kind) for place in (one.index, *_others(one))}
        return sorted(self.checked[place] for place in places if place < len(self.checked))

    def safe(self) -> tuple[list[StoredPair], list[int]]:
        """Pairs as they would be after all safe repairs, and those that would go."""
        by_pair: dict[int, list[Problem]] = {}
        for one in self.problems:
            if one.fix and one.index < len(self.checked) and self._pairs.holds(self.checked[one.index]):
                by_pair.setdefault(self.checked[one.index], []).append(replace(one, index=0))
        mended: list[StoredPair] = []
        gone: list[int] = []
        for number, found in by_pair.items():
            before = self._pairs.pair(number)
            after = fix_all([before.pair], found)
            if not after:
                gone.append(number)
            elif after[0] != before.pair:
                mended.append(
                    replace(before, question=after[0].question, answer=after[0].answer, state="", recall=None)
                )
        return mended, gone


def _others(problem: Problem) -> tuple[int, ...]:
    return () if problem.kind == "leak" else problem.others  # of a leak they count in another list
