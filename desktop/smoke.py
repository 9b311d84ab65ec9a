"""The check that a built application lives: load a model, ask, wait for the reply, quit.

Knows the window as a person does."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from desktop.loader import ModelLoader

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

TIMEOUT_MS = 120_000
QUESTION = "Once upon a time"
TOKENS = 16


class Smoke(QObject):
    """Prints a line a stage on stdout; quits with 0 after a reply, with 1 for any failure or after two minutes."""

    def __init__(self, window: MainWindow, loader: ModelLoader, model: Path, app: QApplication) -> None:
        super().__init__(app)
        self._window, self._loader, self._model, self._app = window, loader, model, app
        self._asked = self._over = False
        loader.changed.connect(self._model_changed)
        loader.failed.connect(lambda failed: self._stop(1, f"Smoke: {failed.message}. {failed.hint} {failed.report}"))
        window.conversation.failed.connect(lambda failed: self._stop(1, f"Smoke: {failed.message} {failed.report}"))
        window.conversation.writer.ended.connect(lambda _: self._replied())

    def start(self) -> None:
        QTimer.singleShot(TIMEOUT_MS, self, lambda: self._stop(1, "Smoke: no reply in two minutes"))
        self._say("Smoke: window shown")
        self._loader.load(str(self._model))

    def _model_changed(self) -> None:
        if self._loader.loaded is not None and not self._asked:
            self._asked = True
            self._window.conversation.set_sampling(json.dumps({"max_new_tokens": TOKENS}))
            self._say(f"Smoke: loaded {self._loader.loaded.title}")
            self._window.conversation.ask(QUESTION)

    def _replied(self) -> None:
        text = self._window.conversation.messages[-1].text
        written = len(self._window.conversation.receipts.ids(self._window.conversation.messages[-1].id))
        self._say(f"Smoke: reply of {written} tokens, {len(text)} characters")
        self._stop(0 if written else 1, "Smoke: done" if written else "Smoke: the reply is empty")

    def _stop(self, code: int, line: str) -> None:
        """The first outcome is the one that counts."""
        if self._over:
            return
        self._over = True
        self._say(line)
        self._app.exit(code)

    def _say(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
