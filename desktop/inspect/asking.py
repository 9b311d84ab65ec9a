"""One question to the engine whose answer fills a place: progress, failure and stopping are shown there.

Knows not what is asked.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from desktop.bridge import Bridge
from desktop.inspect.place import Place
from desktop.task import Task
from engine.messages import Command, Failed

STOPPED = "Stopped before it was complete."


class Asking(QObject):
    """`answered` comes before the picture is shown; a second question drops the first."""

    answered = Signal(object)

    def __init__(self, bridge: Bridge, place: Place) -> None:
        super().__init__(place)
        self._place = place
        self._last: tuple[type[Command], dict[str, Any]] | None = None
        self._task = Task(bridge, self)
        self._task.progress.connect(place.show_progress)
        self._task.done.connect(self._done)
        self._task.failed.connect(self._failed)
        self._task.stopped.connect(self._stopped)
        place.again.connect(self._again)
        place.stop.connect(self._task.cancel)

    @property
    def running(self) -> bool:
        return self._task.running

    def ask(self, command: type[Command], **fields: Any) -> None:
        self._last = (command, fields)
        self._place.wait()
        self._task.start(command, **fields)

    def drop(self) -> bool:
        """Stop, without a word about it. True when something was dropped, so that it must be asked again."""
        running = self._task.running
        self._task.drop()
        self._place.rest()
        return running

    @Slot()
    def _again(self) -> None:
        if self._last is not None:
            command, fields = self._last
            self.ask(command, **fields)

    @Slot(object)
    def _done(self, value: object) -> None:
        self.answered.emit(value)
        self._place.show_picture()

    @Slot(object)
    def _failed(self, failed: Failed) -> None:
        self._place.fail(failed)

    @Slot()
    def _stopped(self) -> None:
        self._place.say(STOPPED, again=True)
