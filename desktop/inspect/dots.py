"""Every text as a dot: how much likelier it became, a row a group. Knows numbers and names, no model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.amounts import counted
from desktop.inspect.chances import times
from desktop.inspect.compare_rows import PLAIN_UNDER
from desktop.theme import Look

ROW, FOOT, HEAD = 36, 28, 4
NAMES, COUNTS = 130, 90
DOT = 3.2
SCATTER = (0, -6, 5, -2, 7, -8, 2, 9, -4, 3)
"""Pixels above or below the middle, so that dots at one place are told apart."""
MOST_MARKS = 6


@dataclass(frozen=True, slots=True)
class Dot:
    """`nats` more likely than before, in row `group`; `place` is that of its text."""

    group: str
    nats: float
    name: str
    place: int


class Dots(QWidget):
    """`chosen` has the place of a text, by click or by arrow keys from dot to dot."""

    chosen = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.dots: list[Dot] = []
        self.groups: list[str] = []
        self.selected: int | None = None
        self._low, self._high = -1, 1
        self.setAccessibleName("Every text, one dot each. Arrow keys go from dot to dot")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        look.changed.connect(self._restyle)

    def show_dots(self, dots: Sequence[Dot], summary: str) -> None:
        """`summary` says in a sentence what the dots show."""
        self.dots, self.selected = list(dots), None
        self.groups = list(dict.fromkeys(one.group for one in dots))
        tens = [one.nats / math.log(10) for one in dots]
        self._low = min(-1, math.floor(min(tens, default=0)))
        self._high = max(1, math.ceil(max(tens, default=0)))
        self.setAccessibleDescription(summary)
        self._restyle()

    def sizeHint(self) -> QSize:
        rows = max(len(self.groups), 1)
        return QSize(self._look.px(420), self._look.px(HEAD + ROW * rows + FOOT))

    @Slot()
    def _restyle(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    # ---- where things are ------------------------------------------------------------
    def _span(self) -> tuple[float, float]:
        px = self._look.px
        left = min(px(NAMES + COUNTS), self.width() * 0.4)
        return left + px(40), max(self.width() - px(50), left + px(60))

    def _x(self, tens: float) -> float:
        left, right = self._span()
        return left + (right - left) * (tens - self._low) / (self._high - self._low)

    def _at(self, number: int) -> QPointF:
        dot, px = self.dots[number], self._look.px
        y = px(HEAD) + px(ROW) * (self.groups.index(dot.group) + 0.5) + px(1) * SCATTER[number % len(SCATTER)]
        return QPointF(self._x(dot.nats / math.log(10)), y)

    def _nearest(self, point: QPointF) -> int | None:
        near = min(range(len(self.dots)), key=lambda n: _distance(self._at(n), point), default=None)
        return near if near is not None and _distance(self._at(near), point) <= self._look.px(9) else None

    # ---- choosing --------------------------------------------------------------------
    def _choose(self, number: int) -> None:
        self.selected = number
        self.setAccessibleDescription(self._said(number))
        self.update()
        self.chosen.emit(self.dots[number].place)

    def _said(self, number: int) -> str:
        dot = self.dots[number]
        return f"{dot.group}: “{dot.name}”, {times(dot.nats)} likely"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        near = self._nearest(event.position())
        if near is not None:
            self._choose(near)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
        way = ways.get(Qt.Key(event.key()))
        if way is None or not self.dots:
            return super().keyPressEvent(event)
        return self._choose(self._step(*way))

    def _step(self, row: int, along: int) -> int:
        """The dot to go to: the next of the row, or the nearest of the row above or below."""
        if self.selected is None:
            return 0
        here = self.dots[self.selected]
        if row:
            group = self.groups[max(0, min(self.groups.index(here.group) + row, len(self.groups) - 1))]
            members = [n for n, one in enumerate(self.dots) if one.group == group]
            return min(members, key=lambda n: abs(self.dots[n].nats - here.nats))
        members = sorted((n for n, one in enumerate(self.dots) if one.group == here.group), key=self._order)
        return members[max(0, min(members.index(self.selected) + along, len(members) - 1))]

    def _order(self, number: int) -> float:
        return self.dots[number].nats

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            near = self._nearest(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if near is None else self._said(near), self)
            return True
        return super().event(event)

    # ---- painting --------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_grid(painter)
        for row, group in enumerate(self.groups):
            self._paint_name(painter, row, group)
        for number in range(len(self.dots)):
            self._paint_dot(painter, number)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._look.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), self._look.px(6), self._look.px(6))
        painter.end()

    def _paint_grid(self, painter: QPainter) -> None:
        px, bottom = self._look.px, self.height() - self._look.px(FOOT)
        step = math.ceil((self._high - self._low) / MOST_MARKS)
        painter.setFont(self._look.font("caption"))
        for tens in range(self._low, self._high + 1):
            if tens % step:
                continue
            x = round(self._x(tens)) + 0.5
            painter.setPen(QPen(self._look.color("line" if tens else "ink3"), 1 if tens else 1.5))
            painter.drawLine(QPointF(x, px(HEAD)), QPointF(x, bottom))
            painter.setPen(self._look.color("ink3"))
            painter.drawText(QRectF(x - px(60), bottom + px(4), px(120), px(18)), Qt.AlignmentFlag.AlignHCenter,
                             _mark(tens))  # fmt: skip

    def _paint_name(self, painter: QPainter, row: int, group: str) -> None:
        px, top = self._look.px, self._look.px(HEAD) + row * self._look.px(ROW)
        names = min(px(NAMES), self.width() * 0.24)
        count = sum(one.group == group for one in self.dots)
        painter.setFont(self._look.font("body"))
        painter.setPen(self._look.color("ink"))
        text = painter.fontMetrics().elidedText(group, Qt.TextElideMode.ElideRight, int(names))
        painter.drawText(QRectF(px(4), top, names, px(ROW)), Qt.AlignmentFlag.AlignVCenter, text)
        painter.setFont(self._look.font("small"))
        painter.setPen(self._look.color("ink2"))
        painter.drawText(QRectF(px(8) + names, top, px(COUNTS), px(ROW)), Qt.AlignmentFlag.AlignVCenter,
                         counted(count, "text"))  # fmt: skip

    def _paint_dot(self, painter: QPainter, number: int) -> None:
        nats, radius = self.dots[number].nats, self._look.px(DOT * 10) / 10
        color = QColor(self._look.color("k5" if abs(nats) < PLAIN_UNDER else "k1" if nats > 0 else "k2"))
        color.setAlphaF(0.75)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(self._at(number), radius, radius)
        if number == self.selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._look.color("accent"), 2))
            painter.drawEllipse(self._at(number), radius + 3, radius + 3)


def _mark(tens: int) -> str:
    if tens == 0:
        return "same"
    size = f"{10 ** abs(tens):,}" if abs(tens) <= 6 else f"10^{abs(tens)}"
    return f"{size} times {'more' if tens > 0 else 'less'}" if abs(tens) == 1 or tens < 0 else f"{size} times"


def _distance(one: QPointF, other: QPointF) -> float:
    return math.hypot(one.x() - other.x(), one.y() - other.y())
