"""Checks the files of a model against the hashes kept when it came: the button, how far, what came out."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.models import wording
from desktop.notices import announce
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from desktop.widgets.meter_bar import MeterBar
from engine.messages import Failed, ModelInfo, Progress, Verification, VerifyModel


class CheckLine(QWidget):
    """One check at a time; the outcome of each model is kept until the window closes."""

    def __init__(self, look: Look, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._task = Task(bridge, self)
        self._outcomes: dict[str, tuple[str, str, str]] = {}  # name -> icon, colour, sentence
        self._shown, self._checked = "", ""
        self.button = Button(look, "Verify", "shield-check")
        self.meter = MeterBar(look, "Progress of the check")
        self._mark = QLabel()
        self.text = Label(look, "", "body", wrap=True)
        row = QHBoxLayout()
        row.addWidget(self._mark)
        row.addWidget(self.text, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.meter)
        self._wire()

    def _wire(self) -> None:
        self.button.clicked.connect(self._pressed)
        self._task.progress.connect(self._advance)
        self._task.done.connect(self._finish)
        self._task.failed.connect(self._fail)
        self._task.stopped.connect(self._stop)
        self._look.changed.connect(self._draw)

    def show_model(self, info: ModelInfo) -> None:
        self._shown = info.name
        self._draw()

    @Slot()
    def _pressed(self) -> None:
        if self._task.running:
            return self._task.cancel()
        self._checked = self._shown
        self._outcomes.pop(self._checked, None)
        self._task.start(VerifyModel, name=self._checked)
        self.meter.show_value(0, "just begun")
        return self._draw()

    @Slot(object)
    def _advance(self, progress: Progress) -> None:
        self.meter.show_value(progress.done / max(progress.total, 1), wording.progress(progress))

    @Slot(object)
    def _finish(self, outcome: Verification) -> None:
        good = ("shield-check", "ok", outcome.detail or "Every file is intact")
        self._keep(good if outcome.intact else ("file-warning", "bad", outcome.detail or "A file has changed"))

    @Slot(object)
    def _fail(self, failed: Failed) -> None:
        self._keep(("file-warning", "bad", f"{failed.message} {failed.hint}".strip()))

    @Slot()
    def _stop(self) -> None:
        self._keep(("info", "ink2", "The check was stopped"))

    def _keep(self, outcome: tuple[str, str, str]) -> None:
        self._outcomes[self._checked] = outcome
        announce(self, outcome[2])
        self._draw()

    @Slot()
    def _draw(self) -> None:
        running = self._task.running
        outcome = self._outcomes.get(self._shown)
        self.button.setText("Stop checking" if running else "Verify")
        self.meter.setVisible(running)
        self._mark.setVisible(outcome is not None and not running)
        if running:
            self.text.setText(f"Checking {self._checked}")
        elif outcome is None:
            self.text.setText("Not checked since Nextword was opened")
        else:
            icon, color, sentence = outcome
            self._mark.setPixmap(self._look.pixmap(icon, color))
            self.text.setText(sentence)
        self.text.set_color("ink" if outcome else "ink2")
