"""A share with its name, its number and where it comes from, over a bar that may carry a mark. Knows not of what."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.label import Label
from desktop.widgets.meter_bar import MeterBar


class MarkedBar(MeterBar):
    """`mark` is from 0 to 1: where something happens."""

    def __init__(self, look: Look, accessible_name: str, tone: str, mark: float | None) -> None:
        self._tone, self._mark = tone, mark
        super().__init__(look, accessible_name)

    @property
    def color(self) -> str:
        return self._tone

    @Slot()
    def _restyle(self) -> None:
        self.setFixedHeight(self._look.px(12))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        height, width = self._look.px(6), self.width()
        top, radius = (self.height() - height) / 2, height / 2
        painter.setBrush(self._look.color("track"))
        painter.drawRoundedRect(QRectF(0, top, width, height), radius, radius)
        filled = max(width * self._share, height) if self._share > 0 else 0.0
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        painter.setBrush(self._look.color(self.color))
        painter.drawRoundedRect(QRectF(width - filled if mirrored else 0, top, filled, height), radius, radius)
        if self._mark is not None:
            place = width * (1 - self._mark if mirrored else self._mark)
            painter.setBrush(self._look.color("ink"))
            painter.drawRect(QRectF(place - 1, 0, self._look.px(15) / 10, self.height()))
        painter.end()


class ShareMeter(QWidget):
    """Three lines: name and number, bar, evidence."""

    def __init__(self, look: Look, name: str, tone: str, mark: float | None = None) -> None:
        super().__init__()
        self._look = look
        self.value = Label(look, "", "heading")
        self.bar = MarkedBar(look, name, tone, mark)
        self.evidence = Label(look, "", "small", "ink2", wrap=True)
        head = QHBoxLayout()
        head.addWidget(Label(look, name), 1)
        head.addWidget(self.value)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(head)
        self._column.addWidget(self.bar)
        self._column.addWidget(self.evidence)
        look.changed.connect(self._restyle)
        self._restyle()

    def show_share(self, filled: float, value: str, evidence: str) -> None:
        self.value.setText(value)
        self.evidence.setText(evidence)
        self.bar.show_value(filled, f"{value}, {evidence}")

    @Slot()
    def _restyle(self) -> None:
        self._column.setSpacing(self._look.px(1))
