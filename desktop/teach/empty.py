"""What stands where no pair is yet: one sentence, and three ways to begin. Knows no pair."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.card import Card
from desktop.widgets.label import Label

WIDTH = 480
SAID = "Write questions with the answers you want, or bring a file of them. The model learns them on this computer."


class WayIn(Card):
    """An icon, a title, a line below."""

    def __init__(self, look: Look, icon: str, title: str, detail: str) -> None:
        super().__init__(look, title, description=detail, checkable=False)
        self._icon = icon
        self._mark, self._arrow = QLabel(), QLabel()
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label(look, title, "body_medium"))
        words.addWidget(Label(look, detail, "small", "ink2", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(look.px(12))
        row.addWidget(self._mark)
        row.addLayout(words, 1)
        row.addWidget(self._arrow)
        self.body.addLayout(row)
        for label in self.findChildren(QLabel):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        look.changed.connect(self._draw)
        self._draw()

    @Slot()
    def _draw(self) -> None:
        self._mark.setPixmap(self._look.pixmap(self._icon, "accent", 18))
        self._arrow.setPixmap(self._look.pixmap("chevron-right", "ink2", 16))


class EmptyTeach(QWidget):
    """Shown in the place of the table."""

    write = Signal()
    open_file = Signal()
    paste = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.title = Label(look, "Teach it your own answers", "page_title")
        self.text = Label(look, SAID, "reading", "ink2", wrap=True)
        self.ways = (
            WayIn(look, "pencil", "Write the first pair", "One question and its answer"),
            WayIn(look, "folder-open", "Open a file", "CSV, Excel, JSON, text with Q and A, and others"),
            WayIn(look, "copy", "Paste from a spreadsheet", "Copy two columns there, then paste them here"),
        )
        for way, signal in zip(self.ways, (self.write, self.open_file, self.paste), strict=True):
            way.clicked.connect(signal)
        column = QVBoxLayout()
        for widget in (self.title, self.text, *self.ways):
            column.addWidget(widget)
        self._inner = QWidget()
        self._inner.setLayout(column)
        self._column = column
        row = QHBoxLayout(self)
        row.addStretch(1)
        middle = QVBoxLayout()
        middle.addStretch(2)
        middle.addWidget(self._inner)
        middle.addStretch(3)
        row.addLayout(middle, 100)
        row.addStretch(1)
        look.changed.connect(self._restyle)
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        self._inner.setMaximumWidth(self._look.px(WIDTH))
        self._column.setSpacing(self._look.px(8))
