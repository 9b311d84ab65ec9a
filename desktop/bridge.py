"""The only file that touches the engine thread: commands go in, events come out in the GUI thread.

Knows nothing of what the commands mean.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from engine.messages import Cancel, Command, Continue, Event, JobId, Pause, Terminal

DELIVERY_MS = 33

Listener = Callable[[Event], None]


class Sender(Protocol):
    """What takes commands: the engine, or a script of events in tests."""

    def send(self, command: Command | Cancel | Pause | Continue) -> None: ...


class Bridge(QObject):
    """Lives in the GUI thread and is never moved: so its slots, and only they, run there."""

    _wake = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ids = itertools.count(1)
        self._listeners: dict[JobId, Listener] = {}
        self._lock = threading.Lock()
        self._outbox: list[Event] = []
        self._engine: Sender | None = None
        self._timer = QTimer(self, singleShot=True, interval=DELIVERY_MS)  # throttle, not debounce: tokens keep coming
        self._timer.timeout.connect(self._deliver)
        self._wake.connect(self._schedule, Qt.ConnectionType.QueuedConnection)

    def attach(self, engine: Sender) -> None:
        """The engine is made with `post` of this object, so it can only be given afterwards."""
        self._engine = engine

    def start(self, command: type[Command], listener: Listener, **fields: Any) -> JobId:
        """Send a command; `listener` gets every event of its job in the GUI thread, the last one a `Terminal`."""
        assert self._engine is not None, "attach an engine first"
        job = next(self._ids)
        self._listeners[job] = listener
        self._engine.send(command(job, **fields))
        return job

    def cancel(self, job: JobId) -> None:
        assert self._engine is not None, "attach an engine first"
        self._engine.send(Cancel(job))

    def pause(self, job: JobId) -> None:
        """Let a job rest where it is, until `go_on`."""
        assert self._engine is not None, "attach an engine first"
        self._engine.send(Pause(job))

    def go_on(self, job: JobId) -> None:
        assert self._engine is not None, "attach an engine first"
        self._engine.send(Continue(job))

    def forget(self, job: JobId) -> None:
        """Let a job end unheard, because whoever asked is gone."""
        self._listeners.pop(job, None)

    def post(self, event: Event) -> None:
        """Called on the engine thread. Never waits; keeps at most one wake-up in flight."""
        with self._lock:
            first = not self._outbox
            last = self._outbox[-1] if self._outbox else None
            merged = last.merge(event) if last is not None and last.job == event.job else None
            if merged is None:
                self._outbox.append(event)
            else:
                self._outbox[-1] = merged
        if first:
            self._wake.emit()

    @Slot()
    def _schedule(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _deliver(self) -> None:
        with self._lock:
            events, self._outbox = self._outbox, []
        for event in events:
            self._hear(event)

    def flush(self) -> None:
        """Deliver at once what waits: before the window closes."""
        self._deliver()

    def _hear(self, event: Event) -> None:
        listener = self._listeners.get(event.job)
        if isinstance(event, Terminal):
            self._listeners.pop(event.job, None)
        if listener is not None:
            listener(event)
