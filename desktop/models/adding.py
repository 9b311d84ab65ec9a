"""The way of a file into the library: what it is, whether it fits, copying it, what went wrong. Knows no page."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.models import wording
from desktop.notices import announce
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from desktop.widgets.meter_bar import MeterBar
from engine.messages import Failed, ImportModel, InspectFile, ModelInfo, Progress


class AddingCard(QFrame):
    """Hidden while nothing is being added. Several files wait for their turn."""

    added = Signal(object)  # ModelInfo
    other_wanted = Signal()  # the person wants to choose another file

    def __init__(self, look: Look, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._waiting: list[Path] = []
        self._path: Path | None = None
        self._refused = False
        self._color, self._icon = "ink2", "file"
        self._inspection, self._import = Task(bridge, self), Task(bridge, self)
        self.setProperty("area", "card")
        self._build()
        self._wire()
        self._restyle()
        look.changed.connect(self._restyle)
        self.hide()

    def add(self, paths: list[Path]) -> None:
        """Look at each in turn; the person decides before anything is copied."""
        self._waiting += paths
        if self._path is None or self._refused:
            self._next()

    def _build(self) -> None:
        self._mark = QLabel()
        self.title = Label(self._look, "", "heading", wrap=True)
        self.text = Label(self._look, "", "body", "ink2", wrap=True)
        self.fit = Label(self._look, "", "small_medium", "ok")
        self.meter = MeterBar(self._look, "Progress of adding the model")
        self.go_on = Button(self._look, "Add to the library")
        self.other = Button(self._look, "Choose another file", "folder-open")
        self.leave = Button(self._look, "Cancel")
        words = QVBoxLayout()
        words.setSpacing(self._look.px(2))
        for widget in (self.title, self.text, self.fit, self.meter):
            words.addWidget(widget)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._mark)
        self._row.addLayout(words, 1)
        for button in (self.other, self.leave, self.go_on):
            self._row.addWidget(button)

    def _wire(self) -> None:
        self._inspection.done.connect(self._preview)
        self._inspection.failed.connect(self._refuse)
        self._import.progress.connect(self._advance)
        self._import.done.connect(self._finish)
        self._import.failed.connect(self._refuse)
        self._import.stopped.connect(self._next)
        self.go_on.clicked.connect(self._copy)
        self.leave.clicked.connect(self._cancel)
        self.other.clicked.connect(self._choose_other)

    @Slot()
    def _next(self) -> None:
        self._refused = False
        if not self._waiting:
            self._path = None
            return self.hide()
        self._path = self._waiting.pop(0)
        self._say("file", "ink2", f"Looking at {self._path.name}")
        self._offer(self.leave)
        return self._inspection.start(InspectFile, path=self._path)

    @Slot(object)
    def _preview(self, info: ModelInfo) -> None:
        verdict = wording.VERDICTS[info.fit.verdict]
        facts = (
            f"{wording.family(info)} family, {wording.in_short(info)}, {wording.tokenizer(info)}, context of "
            f"{info.context:,} tokens. Licence: {info.licence or 'not stated'}. It is copied; the original stays."
        )
        self._say("file", "ink2", info.title, facts)
        self.fit.setText(f"{verdict.word}: {wording.need(info.fit)}")
        self.fit.set_color(verdict.color)
        self.fit.show()
        self._offer(self.leave, self.go_on)
        self.go_on.setFocus()

    @Slot()
    def _copy(self) -> None:
        self._say("download", "accent", f"Adding {self.title.text()}")
        self._offer(self.leave)
        self.meter.show_value(0, "just begun")
        self.meter.show()
        self._import.start(ImportModel, path=self._path)

    @Slot(object)
    def _advance(self, progress: Progress) -> None:
        done = wording.progress(progress)
        self.text.setText(done)
        self.text.show()
        self.meter.show_value(progress.done / max(progress.total, 1), done)

    @Slot(object)
    def _finish(self, info: ModelInfo) -> None:
        self._next()
        self.added.emit(info)

    @Slot(object)
    def _refuse(self, failed: Failed) -> None:
        self._refused = True
        name = self._path.name if self._path else "This file"
        self._say("file-warning", "bad", failed.message, failed.hint or failed.report or f"{name} was left as it is.")
        self._offer(self.other, self.leave)
        self.leave.setText("Close")
        announce(self, f"{failed.message} {failed.hint}", urgent=True)

    @Slot()
    def _cancel(self) -> None:
        if self._import.running:
            return self._import.cancel()
        self._inspection.drop()
        return self._next()

    @Slot()
    def _choose_other(self) -> None:
        self._next()
        self.other_wanted.emit()

    def _say(self, icon: str, color: str, title: str, text: str = "") -> None:
        self._icon, self._color = icon, color
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self.fit.hide()
        self.meter.hide()
        self._restyle()
        self.show()

    def _offer(self, *buttons: Button) -> None:
        self.leave.setText("Cancel")
        for button in (self.other, self.leave, self.go_on):
            button.setVisible(button in buttons)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._mark.setPixmap(self._look.pixmap(self._icon, self._color, 20))
        self._row.setContentsMargins(px(16), px(12), px(12), px(12))
        self._row.setSpacing(px(12))
