"""A slider over the steps at which something was written, spaced by the logarithm of the step. Knows no sample."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from desktop.theme import Look

TRACK, HANDLE, LABELS = 26, 18, 20
EDGE = 12


class Scrubber(QSlider):
    """Its value is the place of a mark among the marks; the keys go from mark to mark."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._look = look
        self.marks: list[int] = []
        self.setAccessibleName("Step")
        self.setPageStep(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.valueChanged.connect(self._say)
        look.changed.connect(self._restyle)
        self._restyle()

    @property
    def step(self) -> int | None:
        return self.marks[self.value()] if self.marks else None

    def show_marks(self, marks: Sequence[int]) -> None:
        """In rising order. Stays at its step, and at the end where it was at the end."""
        if list(marks) == self.marks:
            return
        step, last = self.step, self.value() == len(self.marks) - 1
        self.marks = list(marks)
        self.setRange(0, max(len(self.marks) - 1, 0))
        place = len(self.marks) - 1 if step is None or last else bisect_left(self.marks, step)
        self.setValue(min(max(place, 0), len(self.marks) - 1) if self.marks else 0)
        self._say()
        self.update()

    def go_to(self, step: int) -> None:
        if step in self.marks:
            self.setValue(self.marks.index(step))

    # ---- where a step stands ---------------------------------------------------------
    def x_of(self, step: float) -> float:
        edge = self._look.px(EDGE)
        width = max(self.width() - 2 * edge, 1)
        share = math.log1p(step) / math.log1p(self.marks[-1]) if self.marks and self.marks[-1] > 0 else 0.0
        return edge + share * width

    def _place_at(self, x: float) -> int:
        return min(range(len(self.marks)), key=lambda place: abs(self.x_of(self.marks[place]) - x))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.marks:
            self.setValue(self._place_at(event.position().x()))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self.marks:
            self.setValue(self._place_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    # ---- drawing ---------------------------------------------------------------------
    def labels(self) -> list[tuple[int, float]]:
        """The steps that are written below, with their places: the chosen one, then as many as do not collide."""
        metrics, gap = self.fontMetrics(), self._look.px(10)
        order = [self.value(), len(self.marks) - 1, 0, *range(len(self.marks) - 1, 0, -1)] if self.marks else []
        taken: list[tuple[float, float]] = []
        shown: list[tuple[int, float]] = []
        for place in dict.fromkeys(order):
            step, half = self.marks[place], metrics.horizontalAdvance(f"{self.marks[place]:,}") / 2
            middle = min(max(self.x_of(step), half), self.width() - half)
            if all(middle + half + gap <= left or middle - half - gap >= right for left, right in taken):
                taken.append((middle - half, middle + half))
                shown.append((step, middle))
        return shown

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.marks:
            return
        px, look = self._look.px, self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here, middle = self.x_of(self.marks[self.value()]), px(TRACK) / 2
        thick, left, right = px(4), px(EDGE), self.width() - px(EDGE)
        self._bar(painter, QRectF(left, middle - thick / 2, right - left, thick), look.color("track"))
        self._bar(painter, QRectF(left, middle - thick / 2, here - left, thick), look.color("accent"))
        painter.setBrush(look.color("surface"))
        for mark in self.marks:  # a gap in the bar for each step that can be seen
            painter.drawRect(QRectF(self.x_of(mark) - 1, middle - thick / 2, 2, thick))
        self._handle(painter, QPointF(here, middle))
        self._write_labels(painter)
        painter.end()

    def _bar(self, painter: QPainter, rect: QRectF, color: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)

    def _handle(self, painter: QPainter, middle: QPointF) -> None:
        radius = self._look.px(HANDLE) / 2 - 1
        painter.setBrush(self._look.color("surface"))
        painter.setPen(QPen(self._look.color("accent"), 1.5))
        painter.drawEllipse(middle, radius, radius)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._look.color("accent"), 2))
            painter.drawEllipse(middle, radius + 2, radius + 2)

    def _write_labels(self, painter: QPainter) -> None:
        look = self._look
        for step, middle in self.labels():
            chosen = step == self.step
            painter.setFont(look.font("caption_strong" if chosen else "caption"))
            painter.setPen(look.color("ink" if chosen else "ink3"))
            box = QRectF(middle - look.px(40), look.px(TRACK), look.px(80), look.px(LABELS))
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, f"{step:,}")

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(300), self._look.px(TRACK + LABELS))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(120), self._look.px(TRACK + LABELS))

    @Slot()
    def _say(self) -> None:
        if self.marks:
            place = f"{self.value() + 1} of {len(self.marks)}"
            self.setAccessibleDescription(f"step {self.marks[self.value()]:,}, {place}")

    @Slot()
    def _restyle(self) -> None:
        self.setFont(self._look.font("caption_strong"))
        self.setFixedHeight(self._look.px(TRACK + LABELS))
        self.update()
