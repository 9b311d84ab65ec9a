"""One job of the engine at a time, as signals. Knows the bridge, not what the job does."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.bridge import Bridge
from engine.messages import Command, Event, Failed, Finished, JobId, Progress, Result


class Task(QObject):
    """Starting a second job drops the first. Exactly one of `done`, `stopped` and `failed` ends each."""

    progress = Signal(object)  # Progress
    done = Signal(object)  # the value of the result, or None
    failed = Signal(object)  # Failed
    stopped = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._job: JobId | None = None
        self._value: object = None

    @property
    def running(self) -> bool:
        return self._job is not None

    def start(self, command: type[Command], **fields: Any) -> None:
        self.drop()
        self._value = None
        self._job = self._bridge.start(command, self._hear, **fields)

    def cancel(self) -> None:
        """Ask the job to stop; `stopped` says that it did."""
        if self._job is not None:
            self._bridge.cancel(self._job)

    def drop(self) -> None:
        """Stop the job and hear no more of it."""
        if self._job is not None:
            self._bridge.forget(self._job)
            self._bridge.cancel(self._job)
            self._job = None

    def _hear(self, event: Event) -> None:
        match event:
            case Progress():
                self.progress.emit(event)
            case Result():
                self._value = event.value
            case Failed():
                self._job = None
                self.failed.emit(event)
            case Finished(reason="stopped"):
                self._job = None
                self.stopped.emit()
            case Finished():
                self._job = None
                self.done.emit(self._value)
