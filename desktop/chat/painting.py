"""Paints what lies behind a transcript's text: questions' bubbles, code boxes, quotes, and how sure each token was.

Knows the document's layout; changes nothing in it. Tints are painted, not inserted: 2,000 spans cost 10.7 s.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTextBlock, QTextDocument

from desktop.chat.blocks import CODE, CODE_FIRST, CODE_LAST, KIND, LANGUAGE, QUOTE
from desktop.chat.script import Entry, Placed
from desktop.theme import Look

# Lowest probability of the band, fill, underline, its width in px, spoken name. The first that fits holds.
BANDS = (
    (0.70, "", "", 0, ""),
    (0.40, "c1", "c1u", 1, "fairly sure"),
    (0.15, "c2", "c2u", 2, "unsure"),
    (0.00, "c3", "c3u", 3, "a guess"),
)


CUT = "Messages above this line are no longer read"
CUT_MIDDLE = "The dimmed messages above this line are no longer read"
VEIL = 0.6
"""How much of the ground lies over what is not read: faint, but not gone."""


def band(probability: float) -> tuple[float, str, str, int, str]:
    """The band of certainty of a token (look.md 1.3)."""
    return next(b for b in BANDS if probability >= b[0] or b[0] == 0.0)


class Painter:
    """One painting of the part of a document that lies in `clip` (document coordinates)."""

    def __init__(self, painter: QPainter, document: QTextDocument, look: Look, clip: QRectF) -> None:
        self._painter = painter
        self._document = document
        self._look = look
        self._clip = clip

    def _block_rect(self, block: QTextBlock) -> QRectF:
        return self._document.documentLayout().blockBoundingRect(block)

    def question(self, entry: Entry) -> None:
        """The rounded block behind a person's message."""
        first, last = self._document.findBlock(entry.start), self._document.findBlock(entry.end)
        top, bottom = text_rect(self._document, first).top(), text_rect(self._document, last).bottom()
        px = self._look.px
        left = first.blockFormat().leftMargin() - px(14)
        right = self._document.textWidth()
        self._fill(QRectF(left, top - px(10), right - left, bottom - top + px(20)), "bubble", px(12))

    def backgrounds(self, first: QTextBlock) -> None:
        """Boxes behind code and bars beside quotes, from the first block in view."""
        block = _start_of_box(first)
        while block.isValid() and self._block_rect(block).top() <= self._clip.bottom():
            kind = block.blockFormat().intProperty(KIND)
            if kind & CODE and kind & CODE_FIRST:
                self._code_box(block)
            if kind & QUOTE:
                rect = text_rect(self._document, block)
                self._fill(QRectF(0, rect.top(), self._look.px(3), rect.height()), "line2", 1)
            block = block.next()

    def _code_box(self, block: QTextBlock) -> None:
        px = self._look.px
        rect = code_rect(self._document, block, self._look)
        self._painter.setPen(QPen(self._look.color("line"), 1))
        self._painter.setBrush(self._look.color("sunken"))
        self._painter.drawRoundedRect(rect, px(6), px(6))
        language = block.blockFormat().stringProperty(LANGUAGE)
        self._painter.setPen(self._look.color("ink3"))
        self._painter.setFont(self._look.font("caption"))
        head = QRectF(rect.left() + px(14), rect.top(), rect.width(), px(32))
        self._painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, language or "Code")

    def tints(self, entry: Entry, first: int, last: int) -> None:
        """Fill and underline of the unsure tokens between two positions of the document."""
        for token in entry.tokens:
            if token.end < first:
                continue
            if token.start > last:
                break
            _, fill, underline, width, _ = band(token.probability)
            for rect in self.token_rects(token) if fill else ():
                self._fill(rect, fill, self._look.px(3))
                height = self._look.px(width)
                bar = QRectF(rect.left(), rect.bottom() - height, rect.width(), height)
                self._fill(bar, underline, min(1.5, height / 2))

    def outline(self, token: Placed) -> None:
        """The frame around the chosen token."""
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.setPen(QPen(self._look.color("accent"), self._look.px(2)))
        for rect in self.token_rects(token):
            self._painter.drawRoundedRect(rect.adjusted(-2, -2, 2, 2), self._look.px(4), self._look.px(4))

    def veil(self, entry: Entry) -> None:
        """Dims a message that the model no longer reads."""
        last = self._document.findBlock(entry.end)
        top = text_rect(self._document, self._document.findBlock(entry.start)).top() - self._look.px(12)
        bottom = text_rect(self._document, last).bottom() + self._look.px(12)
        color = self._look.color("surface")
        color.setAlphaF(VEIL)
        self._painter.fillRect(QRectF(0, top, self._document.textWidth(), bottom - top), color)

    def cut(self, first: Entry, words: str) -> None:
        """The line above the first message that is still read, with `words` on it."""
        px = self._look.px
        y = text_rect(self._document, self._document.findBlock(first.start)).top() - px(22)
        self._painter.setFont(self._look.font("caption"))
        width = self._painter.fontMetrics().horizontalAdvance(words) + px(24)
        middle, right = self._document.textWidth() / 2, self._document.textWidth()
        self._painter.setPen(QPen(self._look.color("line2"), 1))
        self._painter.drawLine(QPointF(0, y), QPointF(middle - width / 2, y))
        self._painter.drawLine(QPointF(middle + width / 2, y), QPointF(right, y))
        self._painter.setPen(self._look.color("ink3"))
        place = QRectF(middle - width / 2, y - px(10), width, px(20))
        self._painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def token_rects(self, token: Placed) -> Iterator[QRectF]:
        return token_rects(self._document, token, self._look.px(2))

    def _fill(self, rect: QRectF, colour: str, radius: float) -> None:
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(self._look.color(colour))
        self._painter.drawRoundedRect(rect, radius, radius)


def _start_of_box(block: QTextBlock) -> QTextBlock:
    """The first block of the code box that this one is in the middle of."""
    while block.blockFormat().intProperty(KIND) & CODE and not block.blockFormat().intProperty(KIND) & CODE_FIRST:
        block = block.previous()
    return block


def code_rect(document: QTextDocument, first: QTextBlock, look: Look) -> QRectF:
    """The box of the code that begins in `first`, with the room for its head."""
    last = first
    while not last.blockFormat().intProperty(KIND) & CODE_LAST and last.next().isValid():
        last = last.next()
    top = text_rect(document, first).top() - look.px(38)
    bottom = text_rect(document, last).bottom() + look.px(10)
    left = first.blockFormat().leftMargin() - look.px(14)
    return QRectF(left + 0.5, top + 0.5, document.textWidth() - left - 1, bottom - top)


def text_rect(document: QTextDocument, block: QTextBlock) -> QRectF:
    """The lines of a block. Its own rectangle won't do: it has their height, but begins above them."""
    origin = document.documentLayout().blockBoundingRect(block).topLeft()
    return block.layout().boundingRect().translated(origin)


def code_text(first: QTextBlock) -> str:
    """The code of the box that begins in `first`, as it was written."""
    lines, block = [first.text()], first
    while not block.blockFormat().intProperty(KIND) & CODE_LAST and block.next().isValid():
        block = block.next()
        lines.append(block.text())
    return "\n".join(lines)


def token_rects(document: QTextDocument, token: Placed, spread: float) -> Iterator[QRectF]:
    """Where a token stands, one rectangle a line, without the space before it."""
    block = document.findBlock(token.start)
    while block.isValid() and block.position() < token.end:
        start = max(0, token.start - block.position())
        end = min(block.length() - 1, token.end - block.position())
        while start < end and document.characterAt(block.position() + start) == " ":
            start += 1
        origin = document.documentLayout().blockBoundingRect(block).topLeft()
        yield from _line_rects(block, start, end, origin, spread)
        block = block.next()


def _line_rects(block: QTextBlock, start: int, end: int, origin: QPointF, spread: float) -> Iterator[QRectF]:
    layout = block.layout()
    while start < end:
        line = layout.lineForTextPosition(start)
        if not line.isValid():
            return
        stop = min(end, line.textStart() + line.textLength())
        if stop <= start:
            return
        left, right = _x(line.cursorToX(start)), _x(line.cursorToX(stop))
        middle = line.y() + line.height() / 2
        height = line.ascent() + line.descent() + 2 * spread
        if right > left:
            yield QRectF(origin.x() + left, origin.y() + middle - height / 2, right - left, height)
        start = stop


def _x(found: object) -> float:
    """PySide returns the position with the cursor it moved; only the first is wanted."""
    return float(found[0]) if isinstance(found, tuple) else float(found)  # type: ignore[arg-type]
