"""A slider in the colours of the theme. Knows neither units nor numbers beyond its positions."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QWidget

from desktop.theme import Look

DIMMED = 0.55


class Slider(QSlider):
    def __init__(self, look: Look, accessible_name: str, *, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._look = look
        self.setAccessibleName(accessible_name)
        self._restyle()
        look.changed.connect(self._restyle)

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(176), max(self._look.px(24), 24))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(64), max(self._look.px(24), 24))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only when focused: else scrolling a page would change the sliders it passes over."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    @Slot()
    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def _handle_center(self) -> float:
        """From the style, so that what is drawn is what the mouse grabs."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_SliderHandle
        return self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, self).center().x() + 0.5

    def paintEvent(self, event: QPaintEvent) -> None:
        thick, radius = self._look.px(4), self._look.px(16) / 2
        middle, x = self.height() / 2, self._handle_center()
        x = min(max(x, radius + 2), self.width() - radius - 2)
        track = QRectF(0, middle - thick / 2, self.width(), thick)
        filled = QRectF(track)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            filled.setLeft(x)
        else:
            filled.setRight(x)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.color("track"))
        painter.drawRoundedRect(track, thick / 2, thick / 2)
        accent = self._accent()
        painter.setBrush(accent)
        painter.drawRoundedRect(filled, thick / 2, thick / 2)
        painter.setBrush(self._look.color("surface"))
        painter.setPen(QPen(accent, 1.5))
        painter.drawEllipse(QRectF(x - radius + 1, middle - radius + 1, 2 * radius - 2, 2 * radius - 2))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(accent, 2))
            painter.drawEllipse(QRectF(x - radius - 1, middle - radius - 1, 2 * radius + 2, 2 * radius + 2))
        painter.end()

    def _accent(self) -> QColor:
        color = self._look.color("accent")
        color.setAlphaF(1.0 if self.isEnabled() else DIMMED)
        return color
