"""Pieces of text as chips, one after the other and wrapped like words. Knows pieces, not what they are of."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.amounts import counted
from desktop.theme import Look

SIDES, GAP, HEIGHT, LINE_GAP = 4, 2, 22, 2
MOST_LINES = 2
SIGNS = {"▁": "␣", " ": "␣", "\n": "⏎", "\t": "⇥"}
"""What would be invisible, or is how SentencePiece writes a space."""


def chip(piece: str) -> str:
    """A piece with its spaces seen."""
    return "".join(SIGNS.get(mark, mark) for mark in piece) or "∅"


class Chips(QWidget):
    """At most two lines; what has no room is cut off at a whole chip. Its tip has all of it."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.texts: list[str] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self._restyle)
        self._restyle()

    def show_pieces(self, pieces: Sequence[str]) -> None:
        self.texts = [chip(piece) for piece in pieces]
        said = " ".join(self.texts)
        self.setAccessibleName(f"{counted(len(pieces), 'token')}: {said}")
        self.setToolTip(said)
        self._restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._restyle()

    def boxes(self) -> list[tuple[str, QRectF]]:
        """Where each chip stands, as far as they fit."""
        look, metrics = self._look, QFontMetrics(self._look.font("token"))
        boxes, left, line = [], 0.0, 0
        for text in self.texts:
            width = metrics.horizontalAdvance(text) + 2 * look.px(SIDES)
            if left and left + width > self.width():
                left, line = 0.0, line + 1
            if line >= MOST_LINES:
                break
            top = line * (look.px(HEIGHT) + look.px(LINE_GAP))
            boxes.append((text, QRectF(left, top, min(width, self.width()), look.px(HEIGHT))))
            left += width + look.px(GAP)
        return boxes

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(200), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, (text, box) in enumerate(self.boxes()):
            paint_chip(painter, self._look, text, box, number)
        painter.end()

    @Slot()
    def _restyle(self) -> None:
        boxes = self.boxes()
        self.setFixedHeight(round(boxes[-1][1].bottom()) if boxes else self._look.px(HEIGHT))
        self.update()


def paint_chip(painter: QPainter, look: Look, text: str, box: QRectF, number: int) -> None:
    """Neighbours take turns in two fills, so that one sees where each ends."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.color("c1" if number % 2 == 0 else "sunken"))
    painter.drawRoundedRect(box, look.px(3), look.px(3))
    painter.setPen(look.color("ink"))
    painter.setFont(look.font("token"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, text)
