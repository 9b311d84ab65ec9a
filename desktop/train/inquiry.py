"""One question to the engine, asked again when what it is about has changed. Knows the bridge, not the question."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop.bridge import Bridge
from desktop.task import Task
from engine.messages import Command, Failed, Progress


class Inquiry(QObject):
    """The answer of before stays until the next one comes; `fresh` says whether it is to what was asked last.

    Waits a moment before it asks, since people change several things at once, and drops a question that is outdated.
    """

    changed = Signal()

    def __init__(self, bridge: Bridge, command: type[Command], pause_ms: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = command
        self._task = Task(bridge, self)
        self._pause = QTimer(self, singleShot=True, interval=pause_ms)
        self._pause.timeout.connect(self._send)
        self._wanted: dict[str, Any] | None = None
        self._answered: dict[str, Any] | None = None
        self._awake = False
        self.value: object = None
        self.failed: Failed | None = None
        self.progress: Progress | None = None
        self._task.progress.connect(self._hear_progress)
        self._task.done.connect(self._take)
        self._task.failed.connect(self._fail)

    @property
    def fresh(self) -> bool:
        return self._wanted is not None and self._wanted == self._answered and self.failed is None

    @property
    def waiting(self) -> bool:
        """A question stands that has no answer yet."""
        return self._wanted is not None and self._wanted != self._answered

    def ask(self, **fields: Any) -> None:
        """Does nothing where this was asked or answered already."""
        if fields != self._wanted:
            self._task.drop()
            self._wanted, self._answered, self.failed, self.progress = fields, None, None, None
            self._later()
            self.changed.emit()

    def clear(self) -> None:
        """There is nothing to ask any more."""
        self._pause.stop()
        self._task.drop()
        self._wanted = self._answered = self.value = self.failed = self.progress = None
        self.changed.emit()

    def wake(self, awake: bool) -> None:
        """While asleep nothing is asked, and what was being answered is asked again later."""
        if awake == self._awake:
            return
        self._awake = awake
        if awake:
            self._later()
        else:
            self._pause.stop()
            self._task.drop()
            self.progress = None

    def hurry(self) -> None:
        """Ask at once what waits for its pause."""
        if self._pause.isActive():
            self._pause.stop()
            self._send()

    def _later(self) -> None:
        if self._awake and self.waiting and not self._task.running:
            self._pause.start()

    @Slot()
    def _send(self) -> None:
        assert self._wanted is not None
        self._task.start(self._command, **self._wanted)
        self.changed.emit()

    @Slot(object)
    def _hear_progress(self, progress: Progress) -> None:
        self.progress = progress
        self.changed.emit()

    @Slot(object)
    def _take(self, value: object) -> None:
        self._answered, self.value, self.progress = self._wanted, value, None
        self.changed.emit()

    @Slot(object)
    def _fail(self, failed: Failed) -> None:
        self._answered, self.value, self.failed, self.progress = self._wanted, None, failed, None
        self.changed.emit()
