"""Log-odds of one word against another, a row a filler, with 95 % intervals. Knows a result, not how it came."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.inspect.probe_words import finding, is_shifted, spoken
from desktop.notices import announce
from desktop.theme import Look
from engine.messages import ProbeResult, ProbeRow

ROW, FOOT, HEAD = 44, 44, 8
NAMES, MOST_NAMES = 96, 0.3
MARKS = (1.5, 2, 3, 4, 7, 10, 20, 50, 100, 300, 1_000, 10_000, 100_000, 1_000_000, 1e8, 1e12, 1e18, 1e25)
"""Odds that may stand below the chart; the two that fit do."""
LEADING = Qt.AlignmentFlag.AlignVCenter
TRAILING = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class OddsChart(QWidget):
    """More of the first choice is to the right. Up and Down go from row to row."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.result: ProbeResult | None = None
        self.rows: list[ProbeRow] = []
        self.selected: int | None = None
        self._span, self._marks = 1.0, (2.0, 3.0)
        self.setAccessibleName("Odds after each word. Up and Down go from word to word")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self._restyle)

    def show_result(self, result: ProbeResult) -> None:
        """Sorted from the second choice to the first."""
        self.result, self.selected = result, None
        self.rows = sorted(result.rows, key=lambda row: row.log_odds)
        reach = max([abs(end) for row in self.rows for end in (row.low, row.high, row.log_odds)], default=1.0)
        outer = next((mark for mark in MARKS[1:] if math.log(mark) >= 0.75 * reach), MARKS[-1])
        inner = min(MARKS, key=lambda mark: abs(math.log(mark) - math.log(outer) / 2))
        self._marks = (inner, outer)
        self._span = 1.08 * max(reach, math.log(outer))
        self.setAccessibleDescription(finding(result))
        self._restyle()

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(420), self._look.px(HEAD + ROW * max(len(self.rows), 1) + FOOT))

    @Slot()
    def _restyle(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    # ---- where things are ------------------------------------------------------------
    def _left(self) -> float:
        metrics = self.fontMetrics()
        names = max((metrics.horizontalAdvance(row.filler) for row in self.rows), default=0)
        return max(self._look.px(NAMES), min(names + self._look.px(16), self.width() * MOST_NAMES))

    def _x(self, nats: float) -> float:
        left, right = self._left() + self._look.px(8), self.width() - self._look.px(8)
        return left + (right - left) * (nats / self._span + 1) / 2

    def _y(self, number: int) -> float:
        return self._look.px(HEAD) + self._look.px(ROW) * (number + 0.5)

    def _row_at(self, y: float) -> int | None:
        number = int((y - self._look.px(HEAD)) // self._look.px(ROW))
        return number if 0 <= number < len(self.rows) else None

    # ---- choosing --------------------------------------------------------------------
    def _choose(self, number: int) -> None:
        self.selected = number
        if self.result is not None:
            said = spoken(self.result, self.rows[number])
            self.setAccessibleDescription(said)
            announce(self, said)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None or not self.rows:
            return super().keyPressEvent(event)
        here = self.selected if self.selected is not None else (-1 if step > 0 else len(self.rows))
        return self._choose(max(0, min(here + step, len(self.rows) - 1)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._row_at(event.position().y())
        if number is not None:
            self._choose(number)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.result is not None:
            number = self._row_at(event.pos().y())
            QToolTip.showText(event.globalPos(), "" if number is None else spoken(self.result, self.rows[number]), self)
            return True
        return super().event(event)

    # ---- painting --------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.result is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_grid(painter, self.result)
        for number, row in enumerate(self.rows):
            self._paint_row(painter, number, row, self.result)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._look.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), self._look.px(6), self._look.px(6))
        painter.end()

    def _paint_grid(self, painter: QPainter, result: ProbeResult) -> None:
        px, bottom = self._look.px, self.height() - self._look.px(FOOT)
        inner, outer = self._marks
        painter.setFont(self._look.font("caption"))
        for mark in (-outer, -inner, 0, inner, outer):
            nats = math.copysign(math.log(abs(mark)), mark) if mark else 0.0
            x = round(self._x(nats)) + 0.5
            painter.setPen(QPen(self._look.color("line" if mark else "line2"), 1))
            painter.drawLine(QPointF(x, px(HEAD)), QPointF(x, bottom))
            painter.setPen(self._look.color("ink3"))
            self._under(painter, x, bottom + px(4), f"{_figure(abs(mark))} to 1" if mark else "even")
        dotted = QPen(self._look.color("ink3"), self._look.px(15) / 10)
        dotted.setDashPattern([1, 2.5])
        painter.setPen(dotted)
        x = self._x(result.baseline)
        painter.drawLine(QPointF(x, px(HEAD)), QPointF(x, bottom))
        painter.setFont(self._look.font("caption_strong"))
        for side, choice in ((-outer, result.choices[1]), (outer, result.choices[0])):
            painter.setPen(self._look.color("k2" if side < 0 else "k1"))
            self._under(painter, self._x(math.copysign(math.log(outer), side)), bottom + px(22), f"more “{choice}”")

    def _under(self, painter: QPainter, x: float, top: float, text: str) -> None:
        """Words below a place, moved inwards where they would leave the picture."""
        width = painter.fontMetrics().horizontalAdvance(text)
        left = max(0.0, min(x - width / 2, self.width() - width))
        painter.drawText(QRectF(left, top, width + 2, self._look.px(18)), LEADING, text)

    def _paint_row(self, painter: QPainter, number: int, row: ProbeRow, result: ProbeResult) -> None:
        px, y = self._look.px, self._y(number)
        if number == self.selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._look.color("sel"))
            painter.drawRoundedRect(QRectF(0, y - px(ROW) / 2 + 2, self._left(), px(ROW) - 4), px(6), px(6))
        painter.setFont(self._look.font("body"))
        painter.setPen(self._look.color("ink"))
        place = QRectF(0, y - px(ROW) / 2, self._left() - px(8), px(ROW))
        name = painter.fontMetrics().elidedText(row.filler, Qt.TextElideMode.ElideRight, int(place.width()))
        painter.drawText(place, TRAILING, name)
        shifted = is_shifted(result, row)
        color = self._look.color(("k1" if row.log_odds > result.baseline else "k2") if shifted else "k5")
        painter.setPen(QPen(color, px(25) / 10))
        painter.drawLine(QPointF(self._x(row.low), y), QPointF(self._x(row.high), y))
        painter.setPen(QPen(color, px(2)))
        painter.setBrush(color if shifted else self._look.color("surface"))
        painter.drawEllipse(QPointF(self._x(row.log_odds), y), px(55) / 10, px(55) / 10)


def _figure(mark: float) -> str:
    return f"{mark:g}" if mark < 1000 else f"{mark:,.0f}" if mark <= 1_000_000 else f"10^{round(math.log10(mark))}"
