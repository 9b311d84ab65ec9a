"""The key to the colours, painted as they are painted behind the text. Knows the measure, no text."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.inspect.heat import MEASURES, TINTS, Measure
from desktop.theme import Look


class Legend(QWidget):
    """Three words on their colours."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.show_measure(MEASURES["probability"])
        look.changed.connect(self.updateGeometry)

    def show_measure(self, measure: Measure | None) -> None:
        """None where nothing is coloured."""
        self._bands = measure.bands if measure else ()
        self.setAccessibleName(f"Colours: {', '.join(self._bands)}" if measure else "No colours")
        self.setToolTip(measure.tip if measure else "")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(sum(self._widths()) + self._look.px(10) * max(len(self._bands) - 1, 0), self._look.px(24))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _widths(self) -> list[int]:
        metrics = QFontMetrics(self._look.font("small"))
        return [metrics.horizontalAdvance(name) + self._look.px(8) for name in self._bands]

    def paintEvent(self, event: QPaintEvent) -> None:
        px, look = self._look.px, self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(look.font("small"))
        left = 0
        tints = TINTS[1 : 1 + len(self._bands)]
        for name, width, (fill, line, thickness) in zip(self._bands, self._widths(), tints, strict=True):
            place = QRectF(left, (self.height() - px(20)) / 2, width, px(20))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color(fill))
            painter.drawRoundedRect(place, px(3), px(3))
            painter.setBrush(look.color(line))
            height = px(thickness)
            painter.drawRoundedRect(QRectF(left, place.bottom() - height, width, height), height / 2, height / 2)
            painter.setPen(look.color("ink2"))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, name)
            left += width + px(10)
        painter.end()
