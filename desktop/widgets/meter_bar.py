"""How full something is, as a thin bar and in words. Knows not what it measures."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from desktop.theme import Look

AMBER, RED = 0.65, 0.85
STEPS = 1000


class MeterBar(QProgressBar):
    """Painted, but a progress bar for screen readers. `alarms`: it turns amber, then red, and says "nearly full"."""

    def __init__(
        self, look: Look, accessible_name: str, *, alarms: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._alarms = alarms
        self._share = 0.0
        self.setAccessibleName(accessible_name)
        self.setRange(0, STEPS)
        self._restyle()
        look.changed.connect(self._restyle)

    def show_value(self, share: float, text: str) -> None:
        """`share` from 0 to 1; `text` is what is spoken: "612 of 2,048 tokens"."""
        self._share = min(max(share, 0.0), 1.0)
        full = ", nearly full" if self.nearly_full else ""
        self.setFormat(text.replace("%", "%%") + full)
        self.setValue(round(self._share * STEPS))
        self.setToolTip(text + full)
        self.update()

    @property
    def nearly_full(self) -> bool:
        return self._alarms and self._share >= RED

    def text(self) -> str:
        return self.format().replace("%%", "%")

    @property
    def color(self) -> str:
        if not self._alarms or self._share < AMBER:
            return "accent"
        return "warn" if self._share < RED else "bad"

    @Slot()
    def _restyle(self) -> None:
        self.setFixedHeight(self._look.px(6))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        painter.setBrush(self._look.color("track"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        filled = self.width() * self._share
        if filled > 0:
            filled = max(filled, 2 * radius)
            left = self.width() - filled if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else 0.0
            painter.setBrush(self._look.color(self.color))
            painter.drawRoundedRect(QRectF(left, 0, filled, self.height()), radius, radius)
        painter.end()
