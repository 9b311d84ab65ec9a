"""The head of a numbered part: its number in a ring, its name, and a short remark. Knows no part."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.theme import Look
from desktop.widgets.label import Label

SIDE = 18


class Ring(QWidget):
    def __init__(self, look: Look, number: int) -> None:
        super().__init__()
        self._look, self._number = look, number
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(SIDE), self._look.px(SIDE))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._look.color("line2"), 1))
        painter.drawEllipse(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(self._look.color("ink2"))
        painter.setFont(self._look.font("caption_strong"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, str(self._number))
        painter.end()


class StepHead(QWidget):
    def __init__(self, look: Look, number: int, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._ring = Ring(look, number)
        self.title = Label(look, title, "heading")
        self.note = Label(look, "", "small", "ink3")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self._ring)
        self._row.addWidget(self.title)
        self._row.addStretch(1)
        self._row.addWidget(self.note)
        look.changed.connect(self._restyle)
        self._restyle()

    def say(self, text: str, tip: str = "") -> None:
        self.note.setText(text)
        self.note.setToolTip(tip)

    @Slot()
    def _restyle(self) -> None:
        self._row.setSpacing(self._look.px(8))
        self._ring.updateGeometry()
