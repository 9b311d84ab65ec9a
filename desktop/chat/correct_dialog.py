"""Correct and teach: the reply put right under its question, then what came of it. Knows no page and no model."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut, QTextCursor
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.chat.correcting import Correcting
from desktop.chat.facts import learned
from desktop.notices import announce
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from desktop.widgets.meter_bar import MeterBar
from desktop.widgets.scrim import Scrim
from engine.messages import Corrected, Failed, Progress

WIDTH = 560
HINT = "It becomes a pair on the page Teach and is taught at once, without the messages before the question."


class CorrectDialog(QDialog):
    """Closing it while it is taught stops nothing; then `Corrections` says how it ended."""

    def __init__(
        self, look: Look, correcting: Correcting, question: str, reply: str, instructions: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._look, self._correcting, self._instructions = look, correcting, instructions
        self._question = question
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Correct and teach")
        self.setMinimumWidth(look.px(WIDTH))
        self.question = _field("Question", question, read_only=True)
        self.answer = _field("Right answer", reply)
        self.now = _field("What it now says", "", read_only=True)
        self.said = Label(look, HINT, "small", "ink2", wrap=True)
        self.meter = MeterBar(look, "Teaching this answer")
        self.teach_button = Button(look, "Teach", "graduation-cap", primary=True)
        self.stop_button = Button(look, "Stop")
        self.close_button = Button(look, "Cancel")
        self._lay_out()
        self._wire()
        self._allow()
        scrim = Scrim(look, parent.window())
        self.finished.connect(lambda _: scrim.deleteLater())
        self.answer.moveCursor(QTextCursor.MoveOperation.End)
        self.answer.setFocus()

    def _lay_out(self) -> None:
        look, px = self._look, self._look.px
        column, foot = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(px(24), px(20), px(24), px(16))
        column.setSpacing(px(6))
        self._now_label = Label(look, "It now says", "body_medium")
        for label, field, lines in (
            (Label(look, "Question", "body_medium"), self.question, 2),
            (Label(look, "Right answer", "body_medium"), self.answer, 3),
            (self._now_label, self.now, 3),
        ):
            field.setMinimumHeight(look.line("body") * lines + px(14))
            column.addWidget(label)
            column.addWidget(field, 1 if field is self.answer else 0)
            label.setBuddy(field)
        self.question.setMaximumHeight(self.question.minimumHeight())
        self.now.setMaximumHeight(self.now.minimumHeight())
        column.addWidget(self.said)
        column.addWidget(self.meter)
        foot.addStretch(1)
        for button in (self.stop_button, self.close_button, self.teach_button):
            foot.addWidget(button)
        column.addSpacing(px(6))
        column.addLayout(foot)
        for part in (self._now_label, self.now, self.meter, self.stop_button):
            part.hide()

    def _wire(self) -> None:
        self.answer.textChanged.connect(self._allow)
        self.teach_button.clicked.connect(self._teach)
        self.stop_button.clicked.connect(self._correcting.stop)
        self.close_button.clicked.connect(self.reject)
        self._correcting.progress.connect(self._show_progress)
        self._correcting.done.connect(self._show_done)
        self._correcting.failed.connect(self._show_failed)
        self._correcting.stopped.connect(self._show_stopped)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.teach_button.click)

    @Slot()
    def _allow(self) -> None:
        if self._correcting.running:
            self.teach_button.disable("It is being taught")
        elif not self.answer.toPlainText().strip():
            self.teach_button.disable("There is no answer to teach yet")
        else:
            self.teach_button.enable()

    @Slot()
    def _teach(self) -> None:
        self.answer.setReadOnly(True)
        self._say("Waits for the engine")
        self.meter.show_value(0, "Not begun")
        self.close_button.setText("Close")
        self._correcting.teach(self._question, self.answer.toPlainText().strip(), self._instructions)
        self._show_running(self._correcting.running)

    def _show_running(self, running: bool) -> None:
        self.meter.setVisible(running)
        self.stop_button.setVisible(running)
        self._allow()

    @Slot(object)
    def _show_progress(self, progress: Progress) -> None:
        text = f"{progress.note or 'Teaching'}, {progress.done:,} of {progress.total:,}"
        self.said.setText(text)
        self.meter.show_value(progress.done / max(progress.total, 1), text)

    @Slot(object)
    def _show_done(self, corrected: Corrected) -> None:
        self._show_running(False)
        self._say(learned(corrected), "ink")
        self.now.setPlainText(corrected.reply)
        self._now_label.show()
        self.now.show()
        self.teach_button.hide()
        self.close_button.setFocus()

    @Slot(object)
    def _show_failed(self, failed: Failed) -> None:
        self._go_back()
        self._say(" ".join(filter(None, (f"{failed.message.rstrip('.')}.", failed.hint, self._kept()))), "bad")

    @Slot()
    def _show_stopped(self) -> None:
        self._go_back()
        self._say(" ".join(filter(None, ("Stopped; the model is as it was.", self._kept()))))

    def _go_back(self) -> None:
        """It can be put in other words and tried again."""
        self._show_running(False)
        self.answer.setReadOnly(False)
        self.answer.setFocus()

    def _kept(self) -> str:
        return f"The answer is kept as pair {self._correcting.pair}." if self._correcting.pair else ""

    def _say(self, text: str, color: str = "ink2") -> None:
        self.said.setText(text)
        self.said.set_color(color)
        announce(self, text, urgent=color == "bad")


def _field(name: str, text: str, *, read_only: bool = False) -> QPlainTextEdit:
    field = QPlainTextEdit(text)
    field.setProperty("kind", "field")
    field.setAccessibleName(name)
    field.setTabChangesFocus(True)
    field.setReadOnly(read_only)
    return field
