"""How much memory a model would take, beside what is taken already. Knows no model."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.amounts import amount
from desktop.theme import Look
from desktop.widgets.label import Label


class MemoryBar(QWidget):
    """Other programs, this model, and what stays free; said in words below, so colour is not needed."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._total = Label(look, "", "small", "ink2")
        self._bar = _Bar(look)
        self._others = Label(look, "", "small", "ink2")
        self._model = Label(look, "", "small", "ink2")
        head = QHBoxLayout()
        head.addWidget(Label(look, "Memory", "heading"))
        head.addStretch(1)
        head.addWidget(self._total)
        legend = QHBoxLayout()
        legend.setSpacing(look.px(5))
        for color, label in (("bar", self._others), ("accent", self._model)):
            legend.addWidget(_Swatch(look, color))
            legend.addWidget(label)
            legend.addSpacing(look.px(8))
        legend.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(6))
        column.addLayout(head)
        column.addWidget(self._bar)
        column.addLayout(legend)

    def show_memory(self, total: int, free: int, needed: int) -> None:
        """All in bytes; `needed` is an estimate."""
        self._total.setText(amount(total))
        self._others.setText(f"In use {amount(total - free)}")
        self._model.setText(f"This model about {amount(needed)}")
        self._bar.shares = ((total - free) / total, needed / total) if total else (0.0, 0.0)
        self._bar.update()


class _Bar(QWidget):
    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.shares = (0.0, 0.0)
        self.setFixedHeight(look.px(10))
        look.changed.connect(lambda: self.setFixedHeight(look.px(10)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 3, 3)
        painter.setClipPath(shape)
        painter.fillRect(self.rect(), self._look.color("track"))
        used, model = self.shares
        width = self.width()
        painter.fillRect(QRectF(0, 0, width * used, self.height()), self._look.color("bar"))
        left = width * used
        painter.fillRect(QRectF(left, 0, max(width * model, 2), self.height()), self._look.color("accent"))
        painter.end()


class _Swatch(QWidget):
    def __init__(self, look: Look, color: str) -> None:
        super().__init__()
        self._look, self._color = look, color
        self.setFixedSize(look.px(8), look.px(8))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._look.color(self._color))
        painter.setBrush(self._look.color(self._color))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 2, 2)
        painter.end()
