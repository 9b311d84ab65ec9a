"""What a person does to the app, and what they would notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QElapsedTimer, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import App

LOADING_MS = 240_000


@dataclass
class Stalls:
    """The longest time that the event loop did not come round, in milliseconds, from a timer of 1 ms."""

    longest: float = 0.0
    ticks: int = 0

    def watch(self, parent: QApplication) -> QTimer:
        clock = QElapsedTimer()
        clock.start()

        def tick() -> None:
            waited = clock.nsecsElapsed() / 1e6
            clock.restart()
            self.longest = max(self.longest, waited)
            self.ticks += 1

        timer = QTimer(parent, interval=1)
        timer.timeout.connect(tick)
        timer.start()
        return timer


def until(met: Callable[[], bool], timeout: int) -> None:
    """Wait for what takes minutes, looking ten times a second: `waitUntil` looks a hundred times, and with a clock of
    1 ms beside it took a whole core from the engine."""
    loop, looking = QEventLoop(), QTimer(interval=100)
    looking.timeout.connect(lambda: loop.quit() if met() else None)
    looking.start()
    QTimer.singleShot(timeout, loop, loop.quit)
    loop.exec()
    assert met(), f"it took more than {timeout / 1000:.0f} s"


def loaded(qtbot: QtBot, app: App) -> None:
    """Wait until a model is there."""
    qtbot.waitUntil(lambda: app.loader.loaded is not None or app.loader.problem is not None, timeout=LOADING_MS)
    assert app.loader.problem is None, app.loader.problem


def written(qtbot: QtBot, app: App, timeout: int = 120_000) -> str:
    """Wait until the reply is complete; its text."""
    talk = app.window.conversation
    qtbot.waitUntil(lambda: talk.writer.message is None and bool(talk.messages), timeout=timeout)
    return talk.messages[-1].text
