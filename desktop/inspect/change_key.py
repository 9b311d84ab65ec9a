"""What blue below and orange above mean, painted as they are painted in a text. Knows no text."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.inspect.compare_rows import MOST_SHARE
from desktop.inspect.marked_text import mixed
from desktop.theme import Look

NAMES = (("more likely now", "k1", False), ("less likely now", "k2", True))
HEIGHT, PADDING, GAP, LINE = 20, 5, 12, 2


class ChangeKey(QWidget):
    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Key: blue with a line below is more likely now, orange with a line above less likely")
        self.setToolTip("Changes of less than half a nat (a factor of 1.6) stay plain")
        look.changed.connect(self._restyle)

    def sizeHint(self) -> QSize:
        metrics, px = QFontMetrics(self._look.font("small")), self._look.px
        width = sum(metrics.horizontalAdvance(name) + 2 * px(PADDING) for name, *_ in NAMES) + px(GAP)
        return QSize(width, px(HEIGHT) + 2)

    @Slot()
    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look, px, left = self._look, self._look.px, 0.0
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(look.font("small"))
        for name, tone, above in NAMES:
            width = painter.fontMetrics().horizontalAdvance(name) + 2 * px(PADDING)
            place = QRectF(left, 1, width, px(HEIGHT))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mixed(look.color(tone), look.color("surface"), MOST_SHARE))
            painter.drawRoundedRect(place, px(3), px(3))
            painter.setBrush(look.color(tone))
            top = place.top() if above else place.bottom() - px(LINE)
            painter.drawRect(QRectF(left, top, width, px(LINE)))
            painter.setPen(look.color("ink"))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, name)
            left += width + px(GAP)
        painter.end()
