"""The run that goes on: beginning, going on, pausing, ending; what it says goes into its record. Knows no widget.

One at a time. The chat goes on meanwhile; the engine sees to that.
"""

from __future__ import annotations

from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from desktop.bridge import Bridge
from desktop.task import Task
from desktop.train.record import Record
from engine.messages import (
    Event,
    Failed,
    Finished,
    FinishNow,
    JobId,
    Pretrain,
    PretrainHistory,
    PretrainOutcome,
    PretrainRun,
    PretrainSettings,
    Progress,
    ReadPretraining,
    Result,
    Saved,
    TextSource,
    TrainSteps,
    Watched,
    WatchedPrompt,
    WatchPrompt,
)

Phase = Literal["idle", "preparing", "running", "paused", "ending", "stopping"]


class TrainRun(QObject):
    """What was heard stays in `record` until the next run begins."""

    changed = Signal()  # phase, note, or what can be done
    ended = Signal(object)  # PretrainOutcome
    left = Signal()  # stopped: it can go on later
    failed = Signal(object)  # Failed

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._job: JobId | None = None
        self._reading = Task(bridge, self)
        self._resumed: PretrainRun | None = None
        self.record = Record(self)
        self.phase: Phase = "idle"
        self.title = self.note = ""
        self.saved = 0
        self.outcome: PretrainOutcome | None = None
        self._reading.done.connect(self._take_history)
        self._reading.failed.connect(self._history_failed)

    @property
    def active(self) -> bool:
        return self.phase != "idle"

    # ---- beginning and ending --------------------------------------------------------
    def begin(self, title: str, sources: tuple[TextSource, ...], settings: PretrainSettings) -> None:
        self._prepare(title)
        self.record.begin(title, settings.vocabulary)
        self._send(title=title, sources=sources, settings=settings)

    def resume(self, run: PretrainRun) -> None:
        """Go on from the last save, with what was drawn before."""
        self._prepare(run.title)
        self._resumed, self.saved = run, run.step
        self.record.begin(run.title, run.vocabulary)
        self._reading.start(ReadPretraining, name=run.name)
        self.changed.emit()

    def _prepare(self, title: str) -> None:
        assert not self.active, "one run at a time"
        self.title, self.note, self.saved, self.outcome, self._resumed = title, "", 0, None, None
        self.phase = "preparing"

    def _send(self, **fields: Any) -> None:
        self._job = self._bridge.start(Pretrain, self._hear, **fields)
        self.changed.emit()

    def _take_history(self, history: object) -> None:
        if isinstance(history, PretrainHistory):
            self.record.read(history)
        if self._resumed is not None:
            self._send(title=self._resumed.title, resume=True)

    def _history_failed(self, failed: Failed) -> None:
        self._enter("idle")
        self.failed.emit(failed)

    def pause(self) -> None:
        if self._job is not None and self.phase in ("preparing", "running"):
            self._bridge.pause(self._job)
            self._enter("paused")

    def go_on(self) -> None:
        if self._job is not None and self.phase == "paused":
            self._bridge.go_on(self._job)
            self._enter("running" if self.record.rows else "preparing")

    def finish(self) -> None:
        """Let it come to a good end from here."""
        if self._job is not None and self.phase in ("running", "paused"):
            self._bridge.start(FinishNow, lambda event: None)
            if self.phase == "paused":
                self._bridge.go_on(self._job)  # a job that rests would never come to its end
            self._enter("ending")

    def stop(self) -> None:
        """Now; the last save stays, so that it can go on later."""
        if self._job is not None:
            self._bridge.cancel(self._job)
            self._enter("stopping")
        elif self.active:
            self._reading.drop()
            self._enter("idle")
            self.left.emit()

    def watch(self, prompt: str) -> None:
        """This beginning too, from now on."""
        if self._job is not None:
            self._bridge.start(WatchPrompt, self._hear_watched, prompt=prompt)

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.changed.emit()

    # ---- what it says ----------------------------------------------------------------
    def _hear(self, event: Event) -> None:
        match event:
            case Progress():
                self._take_note(event)
            case TrainSteps():
                self._take_rows(event)
            case Watched(watched=watched):
                self.record.add_watched(watched)
            case Saved(step=step):
                self.saved = step
            case Result(value=PretrainOutcome() as outcome):
                self.outcome = outcome
            case Failed() | Finished():
                return self._end(event)
        return self.changed.emit()

    def _hear_watched(self, event: Event) -> None:
        match event:
            case Result(value=WatchedPrompt() as watched):
                self.record.add_watched((watched,))
            case Failed():
                self.failed.emit(event)

    def _take_rows(self, event: TrainSteps) -> None:
        self.note = ""
        if self.phase == "preparing":
            self.phase = "running"
        self.record.add_rows(event.rows)

    def _take_note(self, event: Progress) -> None:
        """What is done besides the steps: before them and after them."""
        step = self.record.step
        if step is not None and (event.done, event.total) == (step.step, step.steps):
            self.note = ""  # the step itself, said already
        else:
            self.note = f"{event.note}, {event.done:,} of {event.total:,}" if event.total else event.note

    def _end(self, event: Failed | Finished) -> None:
        self._job, self.note = None, ""
        self._enter("idle")
        if isinstance(event, Failed):
            self.failed.emit(event)
        elif self.outcome is not None:
            self.ended.emit(self.outcome)
        else:
            self.left.emit()
