"""Why a model cannot be opened, and what can be done: in its place, never in a pop-up. Knows no engine."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.messages import ModelInfo


class Damage(QWidget):
    """What is wrong, what is safe, the remedies. Hidden for a whole model."""

    another_wanted = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._mark = QLabel()
        self.what = Label(look, "", "section", wrap=True)
        self.why = Label(look, "", "body", "ink2", wrap=True)
        safe = Label(look, "Your chats are safe.", "body", wrap=True)
        another = Button(look, "Choose another copy", "folder-open", primary=True, size="large")
        another.clicked.connect(self.another_wanted)
        copy = Button(look, "Copy details", "copy")
        copy.clicked.connect(self._copy)
        self._details = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(10))
        for widget in (self._mark, self.what, self.why, safe, another, copy):
            column.addWidget(widget)
        look.changed.connect(self._restyle)
        self._restyle()

    def show_problem(self, info: ModelInfo) -> None:
        self.setVisible(bool(info.problem))
        self.what.setText(f"{info.title} cannot be opened")
        self.why.setText(info.problem)
        self._details = f"{info.name}\n{info.path}\n{info.problem}"

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)

    @Slot()
    def _restyle(self) -> None:
        self._mark.setPixmap(self._look.pixmap("file-warning", "bad", 26))
