"""Which words a run made more or less likely, in any text. Knows the engine's comparison, no pair."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from desktop.amounts import counted
from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from desktop.task import Task
from desktop.teach.wording import version_of
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from desktop.widgets.scrim import Scrim
from engine.data.taught_runs import TaughtRun
from engine.messages import CompareText, Failed, TextDifference

SIZE = (640, 480)
PLAIN_UNDER = 0.5
"""Nats below which a change stays plain."""
BASE_SHARE, SHARE_PER_NAT, MOST_SHARE = 0.08, 0.07, 0.34


class DifferenceDialog(QDialog):
    """The text can be changed and compared again. `loading` asks for the taught model."""

    loading = Signal(str)

    def __init__(self, look: Look, bridge: Bridge, loader: ModelLoader, run: TaughtRun, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._loader, self._run = look, loader, run
        self._task = Task(bridge, self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Per-word difference")
        self.resize(look.px(SIZE[0]), look.px(SIZE[1]))
        self.field = QPlainTextEdit(_example(run))
        self.field.setProperty("kind", "field")
        self.field.setAccessibleName("Text to compare")
        self.field.setTabChangesFocus(True)
        self.shown = QTextEdit(readOnly=True)
        self.shown.setAccessibleName("The text with what became more or less likely")
        self.shown.setFont(look.font("reading"))
        self.said = Label(look, "", "small", "ink2", wrap=True)
        self.compare_button = Button(look, "Compare", primary=True)
        self.load_button = Button(look, f"Load {version_of(run.title)}")
        self.close_button = Button(look, "Close")
        self._lay_out()
        self.compare_button.clicked.connect(self._compare)
        self.load_button.clicked.connect(lambda: self.loading.emit(run.name))
        self.close_button.clicked.connect(self.accept)
        self._task.done.connect(self._take)
        self._task.failed.connect(self._fail)
        loader.changed.connect(self._allow)
        scrim = Scrim(look, parent.window())
        self.finished.connect(lambda _: (self._task.drop(), scrim.deleteLater()))
        self._allow()

    def _lay_out(self) -> None:
        px = self._look.px
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(10))
        column.addWidget(Label(self._look, f"What {self._run.title} changed, word by word", "section", wrap=True))
        self.field.setFixedHeight(self._look.line("body") * 4 + px(12))
        column.addWidget(self.field)
        column.addWidget(self.shown, 1)
        column.addWidget(self.said)
        row.addWidget(self.load_button)
        row.addStretch(1)
        row.addWidget(self.close_button)
        row.addWidget(self.compare_button)
        column.addLayout(row)

    @Slot()
    def _allow(self) -> None:
        loaded = self._loader.loaded
        here = loaded is not None and self._run.name in (loaded.name, *loaded.adapters)
        self.load_button.setVisible(not here)
        if here:
            self.compare_button.enable()
            self.said.setText("Blue became more likely, orange less likely. A change too small to count stays plain.")
        else:
            reason = f"{self._run.title} has to be loaded for this."
            self.compare_button.disable(reason)
            self.said.setText(f"Loading {self._run.title}" if self._loader.loading else reason)

    @Slot()
    def _compare(self) -> None:
        if self.field.toPlainText().strip():
            self.said.setText("Reading the text twice")
            self._task.start(CompareText, text=self.field.toPlainText())

    @Slot(object)
    def _take(self, difference: TextDifference) -> None:
        self.shown.clear()
        cursor, more, less = self.shown.textCursor(), 0, 0
        for text, before, after in difference.pieces:
            change = 0.0 if before is None or after is None else after - before
            more += change >= PLAIN_UNDER
            less += change <= -PLAIN_UNDER
            cursor.insertText(text, self._format(change))
        self.shown.moveCursor(QTextCursor.MoveOperation.Start)
        self.said.setText(
            f"{counted(more, 'token')} became more likely (blue, line below), {less} less likely (orange, line above), "
            f"from {difference.before} to {difference.after}. A token is a piece of a word."
        )

    def _format(self, change: float) -> QTextCharFormat:
        shown = QTextCharFormat()
        shown.setForeground(self._look.color("ink"))
        if abs(change) >= PLAIN_UNDER:
            token = "k1" if change > 0 else "k2"
            part = min(BASE_SHARE + SHARE_PER_NAT * abs(change), MOST_SHARE)
            shown.setBackground(_mixed(self._look.color(token), self._look.color("surface"), part))
            shown.setFontUnderline(change > 0)
            shown.setUnderlineColor(self._look.color(token))
            shown.setFontOverline(change < 0)
        return shown

    @Slot(object)
    def _fail(self, failed: Failed) -> None:
        self.said.setText(f"{failed.message}. {failed.hint}".strip())


def _example(run: TaughtRun) -> str:
    answers = run.outcome.answers if run.outcome else ()
    return f"{answers[0].question}\n{answers[0].expected}" if answers else ""


def _mixed(color: QColor, ground: QColor, part: float) -> QColor:
    pairs = (
        (color.red(), ground.red()),
        (color.green(), ground.green()),
        (color.blue(), ground.blue()),
    )
    return QColor(*(round(one * part + other * (1 - part)) for one, other in pairs))
