"""All runs on disk: which there are, reading one or several again, deleting one. Knows the engine, no widget."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from desktop.bridge import Bridge
from desktop.task import Task
from engine.messages import (
    Event,
    Failed,
    Finished,
    ForgetPretraining,
    ListPretrainings,
    PretrainHistory,
    PretrainRun,
    ReadPretraining,
)


class Runs(QObject):
    """`read` comes with the histories that were asked for, once all are there."""

    listed = Signal()
    read = Signal(list)  # of PretrainHistory
    failed = Signal(object)  # Failed

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._listing, self._reading = Task(bridge, self), Task(bridge, self)
        self._names: list[str] = []
        self._histories: list[PretrainHistory] = []
        self.runs: tuple[PretrainRun, ...] = ()
        self._listing.done.connect(self._take_list)
        self._reading.done.connect(self._take_history)
        for task in (self._listing, self._reading):
            task.failed.connect(self.failed)

    @property
    def interrupted(self) -> list[PretrainRun]:
        """Those that did not end and that nobody goes on with now."""
        return [run for run in self.runs if run.state == "unfinished" and not run.running]

    def refresh(self) -> None:
        self._listing.start(ListPretrainings)

    def open(self, names: Sequence[str]) -> None:
        """Read these again; asking for others drops them."""
        self._names, self._histories = list(names), []
        self._next()

    def forget(self, run: PretrainRun) -> None:
        def hear(event: Event) -> None:
            if isinstance(event, Failed):
                self.failed.emit(event)
            elif isinstance(event, Finished):
                self.refresh()

        self._bridge.start(ForgetPretraining, hear, name=run.name)

    def _next(self) -> None:
        if len(self._histories) < len(self._names):
            self._reading.start(ReadPretraining, name=self._names[len(self._histories)])
        else:
            self.read.emit(self._histories)

    @Slot(object)
    def _take_list(self, runs: object) -> None:
        self.runs = runs if isinstance(runs, tuple) else ()
        self.listed.emit()

    @Slot(object)
    def _take_history(self, history: object) -> None:
        if isinstance(history, PretrainHistory):
            self._histories.append(history)
            self._next()
