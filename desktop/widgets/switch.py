"""On or off: a check box that looks like a switch and stays a check box for screen readers. Knows no setting."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QWidget

from desktop.theme import Look

RING = 3


class Switch(QCheckBox):
    def __init__(self, look: Look, accessible_name: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setAccessibleName(accessible_name)
        self._restyle()
        look.changed.connect(self._restyle)

    def sizeHint(self) -> QSize:
        height = max(self._look.px(18) + 2 * RING, 24)
        return QSize(self._look.px(30) + 2 * RING, height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    @Slot()
    def _restyle(self) -> None:
        self.setFixedSize(self.sizeHint())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        width, height = self._look.px(30), self._look.px(18)
        track = QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setOpacity(1 if self.isEnabled() else 0.5)
        painter.setBrush(self._look.color("accent" if self.isChecked() else "line2"))
        painter.drawRoundedRect(track, height / 2, height / 2)
        painter.setBrush(self._look.color("surface"))
        inset = self._look.px(2)
        side = height - 2 * inset
        right = self.isChecked() != (self.layoutDirection() == Qt.LayoutDirection.RightToLeft)
        left = track.right() - inset - side if right else track.left() + inset
        painter.drawEllipse(QRectF(left, track.top() + inset, side, side))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._look.color("accent"), 2))
            ring = track.adjusted(1 - RING, 1 - RING, RING - 1, RING - 1)
            painter.drawRoundedRect(ring, ring.height() / 2, ring.height() / 2)
        painter.end()
