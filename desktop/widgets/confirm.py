"""A question before something that cannot simply be undone. Knows the words, not what is done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from desktop.widgets.scrim import Scrim

WIDTH = 440


class Confirm(QDialog):
    """Begins on the button that changes nothing. `sure` is called when the other one is pressed."""

    def __init__(
        self, look: Look, parent: QWidget, title: str, text: str, verb: str, stay: str, sure: Callable[[], object]
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(look.px(WIDTH))
        self.stay, self.go = Button(look, stay), Button(look, verb, kind="danger")
        column, row = QVBoxLayout(self), QHBoxLayout()
        px = look.px
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        column.addWidget(Label(look, title, "section", wrap=True))
        column.addWidget(Label(look, text, "body", "ink2", wrap=True))
        row.addStretch(1)
        row.addWidget(self.go)
        row.addWidget(self.stay)
        column.addLayout(row)
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.accept)
        self.accepted.connect(sure)
        scrim = Scrim(look, parent.window())
        self.finished.connect(lambda _: scrim.deleteLater())
        self.stay.setFocus()
