"""What stands for everything that is not named: lines at 45 degrees. Knows a rectangle and two colours."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

STEP = 7.0


def hatch(painter: QPainter, rect: QRectF, line: QColor, edge: QColor, radius: float) -> None:
    """Lines that end at the edge, not a pattern and not clipped: the one is pixels in an SVG, the other ignored."""
    painter.setPen(QPen(line, 1))
    for one in hatch_lines(rect, STEP):
        painter.drawLine(one)
    painter.setPen(QPen(edge, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def hatch_lines(rect: QRectF, step: float) -> Iterator[QLineF]:
    """From the foot of the rectangle up to the right, `step` pixels apart, as long as they are inside."""
    foot = rect.left() - rect.height()
    while foot < rect.right():
        head = foot + rect.height()
        before, beyond = max(rect.left() - foot, 0.0), max(head - rect.right(), 0.0)
        yield QLineF(foot + before, rect.bottom() - before, head - beyond, rect.top() + beyond)
        foot += step
