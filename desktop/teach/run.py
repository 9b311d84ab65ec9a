"""The run that is going on: what it said so far, and the ways to pause, end and leave it. Knows the engine, no widget.

One at a time. The chat goes on meanwhile; the engine sees to that.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Signal

from desktop.bridge import Bridge
from engine.data.pair_sets import PairState
from engine.data.taught_runs import TaughtRuns
from engine.messages import (
    Event,
    Failed,
    Finished,
    JobId,
    KeepBest,
    Lesson,
    Measured,
    Progress,
    Result,
    Sample,
    Saved,
    Started,
    StepRow,
    Steps,
    Teach,
    TeachOutcome,
    TeachSettings,
)

Phase = Literal["idle", "preparing", "running", "paused", "ending", "stopping"]


class TeachRun(QObject):
    """Everything that was heard stays until the next run begins."""

    changed = Signal()  # phase, note or step
    stepped = Signal(list)  # of StepRow, the new ones
    measured = Signal(object)  # Measured
    sampled = Signal(object)  # Sample
    ended = Signal(int, object)  # the run in the store, TeachOutcome
    left = Signal()  # cancelled: it can go on later
    failed = Signal(object)  # Failed

    def __init__(self, bridge: Bridge, runs: TaughtRuns, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._runs = bridge, runs
        self._job: JobId | None = None
        self._stored = 0
        self._outcome: TeachOutcome | None = None
        self.phase: Phase = "idle"
        self._forget()

    def _forget(self) -> None:
        self.pair_set = 0
        self.name = self.title = self.note = ""
        self.lessons: dict[int, Lesson] = {}
        self.earlier_states: dict[int, tuple[PairState, float | None]] = {}
        self.rows: list[StepRow] = []
        self.measures: list[Measured] = []
        self.samples: dict[int, list[Sample]] = {}
        self.saved = 0
        self.best: int | None = None

    @property
    def active(self) -> bool:
        return self._job is not None

    @property
    def step(self) -> StepRow | None:
        return self.rows[-1] if self.rows else None

    # ---- beginning and ending --------------------------------------------------------
    def begin(
        self,
        pair_set: int,
        name: str,
        title: str,
        lessons: tuple[Lesson, ...],
        settings: TeachSettings,
        earlier_states: dict[int, tuple[PairState, float | None]],
        *,
        resume: int = 0,
    ) -> None:
        """`resume` is the run in the store that goes on; 0 for a new one."""
        assert self._job is None, "one run at a time"
        self._forget()
        self.pair_set, self.name, self.title = pair_set, name, title
        self.lessons = {lesson.id: lesson for lesson in lessons}
        self.earlier_states = earlier_states
        self._outcome = None
        self._stored = resume or self._runs.begin(pair_set, name, title, settings)
        self.phase = "preparing"
        self._job = self._bridge.start(
            Teach, self._hear, name=name, lessons=lessons, settings=settings, resume=bool(resume)
        )
        self.changed.emit()

    def pause(self) -> None:
        if self._job is not None and self.phase in ("preparing", "running"):
            self._bridge.pause(self._job)
            self._enter("paused")

    def go_on(self) -> None:
        if self._job is not None and self.phase == "paused":
            self._bridge.go_on(self._job)
            self._enter("running" if self.rows else "preparing")

    def keep_best(self) -> None:
        """End it after its step, with the best it came to."""
        if self._job is not None and self.phase in ("preparing", "running", "paused"):
            self._bridge.start(KeepBest, lambda event: None)
            if self.phase == "paused":
                self._bridge.go_on(self._job)  # a job that rests would never come to its end
            self._enter("ending")

    def cancel(self) -> None:
        """Stop now; the last save stays, so that it can go on later."""
        if self._job is not None:
            self._bridge.cancel(self._job)
            self._enter("stopping")

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.changed.emit()

    # ---- what it says ----------------------------------------------------------------
    def _hear(self, event: Event) -> None:
        match event:
            case Started():
                self.note = ""  # its title is the one given to it
            case Progress():
                self._take_note(event)
            case Steps(rows=rows):
                self._take_steps(rows)
            case Measured():
                self.measures.append(event)
                self.best = event.step if event.best else self.best
                self.measured.emit(event)
            case Sample():
                self.samples.setdefault(event.lesson, []).append(event)
                self.sampled.emit(event)
            case Saved(step=step):
                self.saved = step
            case Result(value=TeachOutcome() as outcome):
                self._outcome = outcome
            case Failed() | Finished():
                return self._end(event)
        return self.changed.emit()

    def _take_note(self, event: Progress) -> None:
        """What is done besides the steps: before them, between them, and after them."""
        step = self.step
        if step is not None and (event.done, event.total) == (step.step, step.steps):
            self.note = ""  # the step itself, said already
        else:
            self.note = f"{event.note}, {event.done:,} of {event.total:,}" if event.total else event.note

    def _take_steps(self, rows: tuple[StepRow, ...]) -> None:
        self.rows += rows
        self.note = ""
        if self.phase == "preparing":
            self.phase = "running"
        self.stepped.emit(list(rows))

    def _end(self, event: Failed | Finished) -> None:
        self._job = None
        self._enter("idle")
        if isinstance(event, Failed):
            self.failed.emit(event)
        elif self._outcome is not None:
            self._runs.end(self._stored, self._outcome, self.earlier_states)
            self.ended.emit(self._stored, self._outcome)
        else:
            self.left.emit()
