"""Where the tokens of a text stand in its document, and the tints behind them. Changes nothing in the document."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QTextBlock, QTextDocument

from desktop.inspect.heat import TINTS, Measure, band_of
from desktop.theme import Look
from engine.messages import TextToken

SPREAD = 2
"""What a tint reaches over the letters, above and below, in px."""


class Places:
    """From characters, as Python and the engine count them, to positions of the document, which counts in UTF-16."""

    def __init__(self, text: str) -> None:
        self._wide = [place for place, letter in enumerate(text) if ord(letter) > 0xFFFF]

    def position(self, character: int) -> int:
        return character + bisect_right(self._wide, character - 1)


def paint_tints(
    painter: QPainter,
    document: QTextDocument,
    look: Look,
    tokens: Sequence[tuple[TextToken, int, int]],
    measure: Measure,
    visible: tuple[int, int],
) -> None:
    """`tokens` with their positions in the document; only those between the `visible` positions are painted."""
    painter.setPen(Qt.PenStyle.NoPen)
    for token, start, end in tokens:
        if end < visible[0]:
            continue
        if start > visible[1]:
            break
        fill, line, width = TINTS[band_of(measure, token)]
        for rect in token_rects(document, start, end, look.px(SPREAD)) if fill else ():
            painter.setBrush(look.color(fill))
            painter.drawRoundedRect(rect, look.px(3), look.px(3))
            height = look.px(width)
            painter.setBrush(look.color(line))
            bar = QRectF(rect.left(), rect.bottom() - height, rect.width(), height)
            painter.drawRoundedRect(bar, height / 2, height / 2)


def token_rects(document: QTextDocument, start: int, end: int, spread: float) -> Iterator[QRectF]:
    """One rectangle a line, without the space before the token."""
    block = document.findBlock(start)
    while block.isValid() and block.position() < end:
        first = max(0, start - block.position())
        last = min(block.length() - 1, end - block.position())
        while first < last and document.characterAt(block.position() + first) == " ":
            first += 1
        origin = document.documentLayout().blockBoundingRect(block).topLeft()
        yield from _line_rects(block, first, last, origin, spread)
        block = block.next()


def _line_rects(block: QTextBlock, first: int, last: int, origin: QPointF, spread: float) -> Iterator[QRectF]:
    layout = block.layout()
    while first < last:
        line = layout.lineForTextPosition(first)
        if not line.isValid():
            return
        stop = min(last, line.textStart() + line.textLength())
        if stop <= first:
            return
        left, right = sorted((_x(line.cursorToX(first)), _x(line.cursorToX(stop))))
        # The letters stand at the foot of a line that is higher than they are.
        foot = line.y() + line.height()
        height = line.ascent() + line.descent() + 2 * spread
        if right > left:
            yield QRectF(origin.x() + left, origin.y() + foot - height + spread, right - left, height)
        first = stop


def _x(found: object) -> float:
    """PySide returns the position with the cursor it moved; only the first is wanted."""
    return float(found[0]) if isinstance(found, tuple) else float(found)  # type: ignore[arg-type]
