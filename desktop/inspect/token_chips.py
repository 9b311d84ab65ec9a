"""The tokens of a word as a row of chips. Knows pieces, not what they are of."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.amounts import counted
from desktop.inspect.pieces import chip
from desktop.theme import Look

SIDES, GAP, HEIGHT = 6, 6, 22


class TokenChips(QWidget):
    """At the trailing edge; what does not fit is counted."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._texts: list[str] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self._restyle)
        self._restyle()

    def show_pieces(self, pieces: Sequence[str]) -> None:
        self._texts = [chip(piece) for piece in pieces]
        words = ", ".join(self._texts)
        self.setAccessibleName(f"{counted(len(pieces), 'token')}: {words}")
        self.setToolTip(words)
        self.update()

    def texts(self) -> list[str]:
        """As seen, with a count of what has no room."""
        room, shown = float(self.width()), list(self._texts)
        while len(shown) > 1 and sum(map(self._width, shown)) > room - self._more(len(shown)):
            shown.pop()
        left = len(self._texts) - len(shown)
        return [*shown, f"+{left}"] if left else shown

    def _width(self, text: str) -> float:
        metrics = QFontMetrics(self._look.font("token"))
        return metrics.horizontalAdvance(text) + 2 * self._look.px(SIDES) + self._look.px(GAP)

    def _more(self, shown: int) -> float:
        return self._width("+00") if shown < len(self._texts) else 0.0

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(120), self._look.px(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, px = self._look, self._look.px
        texts = self.texts()
        widths = [self._width(text) - px(GAP) for text in texts]
        left = self.width() - sum(widths) - px(GAP) * max(len(texts) - 1, 0)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(look.font("token"))
        for number, (text, width) in enumerate(zip(texts, widths, strict=True)):
            box = QRectF(max(left, 0.0), 0, min(width, self.width()), self.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("c1" if number % 2 == 0 else "sunken"))
            painter.drawRoundedRect(box, px(3), px(3))
            painter.setPen(look.color("ink"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, text)
            left += width + px(GAP)
        painter.end()

    @Slot()
    def _restyle(self) -> None:
        self.setFixedHeight(self._look.px(HEIGHT))
        self.update()
