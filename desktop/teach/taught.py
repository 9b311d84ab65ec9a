"""What may be done with a taught model: taking it back, merging, writing it for others. Knows the engine, no widget."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.bridge import Bridge
from engine.data.taught_runs import TaughtRun, TaughtRuns
from engine.messages import (
    Command,
    Event,
    ExportFormat,
    ExportModel,
    Failed,
    Finished,
    MergeModel,
    ModelInfo,
    Progress,
    RemoveModel,
    RestoreModel,
    Result,
)


class TaughtModels(QObject):
    """One of these at a time; `busy` says what is being done, and is empty when nothing is."""

    removed = Signal(object)  # TaughtRun
    restored = Signal(object)  # TaughtRun
    merged = Signal(object)  # ModelInfo
    exported = Signal(object)  # Path
    busy = Signal(str)
    failed = Signal(object)  # Failed

    def __init__(self, bridge: Bridge, runs: TaughtRuns, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._runs = bridge, runs

    def remove(self, run: TaughtRun) -> None:
        """Into the bin of the library; `restore` brings it back."""

        def done(_: object) -> None:
            self._runs.set_undone(run.id, True)
            self.removed.emit(run)

        self._start(RemoveModel, "Undoing this run", done, name=run.name)

    def restore(self, run: TaughtRun) -> None:
        def done(_: object) -> None:
            self._runs.set_undone(run.id, False)
            self.restored.emit(run)

        self._start(RestoreModel, "Bringing it back", done, name=run.name)

    def merge(self, run: TaughtRun) -> None:
        def done(info: object) -> None:
            if isinstance(info, ModelInfo):
                self.merged.emit(info)

        self._start(MergeModel, f"Merging {run.title}", done, name=run.name, new_name=f"{run.name}-merged")

    def export(self, run: TaughtRun, to: Path, format: ExportFormat) -> None:
        self._start(
            ExportModel, f"Exporting {run.title}", lambda _: self.exported.emit(to), name=run.name, to=to, format=format
        )

    def _start(self, command: type[Command], note: str, done: Callable[[object], None], **fields: Any) -> None:
        value: list[object] = [None]

        def hear(event: Event) -> None:
            match event:
                case Progress() if event.total:
                    self.busy.emit(f"{note}, {100 * event.done // event.total}%")
                case Result():
                    value[0] = event.value
                case Failed():
                    self.busy.emit("")
                    self.failed.emit(event)
                case Finished(reason=reason):
                    self.busy.emit("")
                    if reason == "done":
                        done(value[0])

        self.busy.emit(note)
        self._bridge.start(command, hear, **fields)
