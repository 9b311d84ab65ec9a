"""Text with some of its pieces coloured, a frame around the chosen one, a tip for each. Knows not what colours mean.

The marks are painted behind the text, so it stays text: it can be selected, copied and read by a screen reader.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import bidirectional

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCursor,
    QTextLine,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QToolTip

from desktop.notices import announce
from desktop.theme import Look

LINE, SPREAD = 30, 1
MARGIN = 4
RIGHT_TO_LEFT = ("R", "AL")
UNSHOWN = str.maketrans({"\r": " ", "\0": "\ufffd", "\ufdd0": "\ufffd", "\ufdd1": "\ufffd"})
"""What Qt would swallow or take for its own: every character keeps its place."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters `start` to `end`. `fill` at `strength` on the surface, a `line` of so many px above or below."""

    start: int
    end: int
    tip: str = ""
    fill: str = ""
    strength: float = 1.0
    line: str = ""
    width: int = 0
    above: bool = False


class MarkedText(QTextEdit):
    """As high as its text, at most `most` lines of it. `moved` has the number of the piece that was chosen."""

    moved = Signal(int)

    def __init__(self, look: Look, accessible_name: str, *, most: int = 12) -> None:
        super().__init__()
        self._look, self._most = look, most
        self.pieces: Sequence[Piece] = ()
        self._text, self._places = "", [0]
        self.selected: int | None = None
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(accessible_name)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        look.changed.connect(self._restyle)
        self._restyle()

    def show_pieces(self, text: str, pieces: Sequence[Piece]) -> None:
        """`pieces` in the order of the text."""
        self.pieces, self.selected = pieces, None
        self._text, self._places = text, [0]
        for character in text:
            self._places.append(self._places[-1] + (2 if ord(character) > 0xFFFF else 1))
        self.setPlainText(text.translate(UNSHOWN))
        self._restyle()

    def select(self, number: int | None) -> None:
        """Frame a piece and bring it into view."""
        self.selected = number if number is not None and 0 <= number < len(self.pieces) else None
        if self.selected is not None:
            cursor = self.textCursor()
            cursor.setPosition(self._places[self.pieces[self.selected].end])
            self.setTextCursor(cursor)
            self.ensureCursorVisible()
        self.viewport().update()

    def piece_at(self, place: QPoint) -> int | None:
        """The piece under a point of the viewport."""
        layout = self.document().documentLayout()
        position = layout.hitTest(QPointF(place) + self._offset(), Qt.HitTestAccuracy.ExactHit)
        if position < 0:
            return None
        number = bisect_right(self.pieces, position, key=lambda one: self._places[one.start]) - 1
        return number if number >= 0 and self._places[self.pieces[number].end] > position else None

    # ---- choosing --------------------------------------------------------------------
    def _choose(self, number: int) -> None:
        self.select(number)
        if self.selected is not None:
            announce(self, self.pieces[number].tip)
            self.moved.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or not self.pieces:
            return super().keyPressEvent(event)
        here = -1 if self.selected is None else self.selected
        return self._choose(max(0, min(here + step, len(self.pieces) - 1)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        number = self.piece_at(event.position().toPoint())
        if number is not None and not self.textCursor().hasSelection():
            self._choose(number)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self.piece_at(event.pos())
            QToolTip.showText(event.globalPos(), self.pieces[number].tip if number is not None else "", self)
            return True
        return super().viewportEvent(event)

    # ---- size ------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        return QSize(self._look.px(320), self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        px, margin = self._look.px, self._look.px(MARGIN)
        self.document().setTextWidth(self.viewport().width())
        needed = int(self.document().size().height()) + 2
        self.setFixedHeight(min(max(needed, px(LINE) + 2 * margin), px(LINE) * self._most + 2 * margin))

    @Slot()
    def _restyle(self) -> None:
        self.document().setDefaultFont(self._look.font("reading"))
        self.document().setDocumentMargin(self._look.px(MARGIN))
        line = QTextBlockFormat()
        line.setLineHeight(self._look.px(LINE), QTextBlockFormat.LineHeightTypes.MinimumHeight.value)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(line)
        self._fit()
        self.viewport().update()

    # ---- painting --------------------------------------------------------------------
    def _offset(self) -> QPointF:
        return QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-self._offset())
        seen = QRectF(self._offset(), self.viewport().size())
        first = self.cursorForPosition(QPoint(0, 0)).position()
        last = self.cursorForPosition(QPoint(self.viewport().width(), self.viewport().height())).position()
        begin = bisect_left(self.pieces, first, key=lambda one: self._places[one.end])
        for number, piece in enumerate(self.pieces[begin:], begin):
            if self._places[piece.start] > last:
                break
            if piece.fill or number == self.selected:
                self._paint_piece(painter, piece, seen, chosen=number == self.selected)
        painter.end()
        super().paintEvent(event)

    def _paint_piece(self, painter: QPainter, piece: Piece, seen: QRectF, *, chosen: bool) -> None:
        px, radius = self._look.px, self._look.px(3)
        for rect in self._rects(piece):
            if not rect.intersects(seen):
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            if piece.fill:
                painter.setBrush(mixed(self._look.color(piece.fill), self._look.color("surface"), piece.strength))
                painter.drawRoundedRect(rect, radius, radius)
                height = px(piece.width)
                top = rect.top() if piece.above else rect.bottom() - height
                painter.setBrush(self._look.color(piece.line))
                painter.drawRect(QRectF(rect.left(), top, rect.width(), height))
            if chosen:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(self._look.color("accent"), px(2)))
                painter.drawRoundedRect(rect.adjusted(-1, -1, 1, 1), radius, radius)

    def _rects(self, piece: Piece) -> Iterator[QRectF]:
        """Where it stands, one rectangle a line, without the space before it."""
        first, last = self._places[piece.start], self._places[piece.end]
        turned = any(bidirectional(one) in RIGHT_TO_LEFT for one in self._text[piece.start : piece.end])
        block = self.document().findBlock(first)
        while block.isValid() and block.position() < last:
            start = max(0, first - block.position())
            end = min(block.length() - 1, last - block.position())
            while start < end and self.document().characterAt(block.position() + start) == " ":
                start += 1
            yield from self._line_rects(block, start, end, turned=turned)
            block = block.next()

    def _line_rects(self, block: QTextBlock, start: int, end: int, *, turned: bool) -> Iterator[QRectF]:
        origin = self.document().documentLayout().blockBoundingRect(block).topLeft()
        while start < end:
            line = block.layout().lineForTextPosition(start)
            if not line.isValid():
                return
            stop = min(end, line.textStart() + line.textLength())
            if stop <= start:
                return
            left, right = _ends(line, start, stop, turned=turned)
            height = line.ascent() + line.descent() + 2 * self._look.px(SPREAD)
            middle = line.y() + line.height() - (line.ascent() + line.descent()) / 2
            yield QRectF(origin.x() + left, origin.y() + middle - height / 2, max(right - left, 1.0), height)
            start = stop


def mixed(color: QColor, ground: QColor, part: float) -> QColor:
    """`part` of a colour in the ground below it."""
    pairs = ((color.red(), ground.red()), (color.green(), ground.green()), (color.blue(), ground.blue()))
    return QColor(*(round(one * part + other * (1 - part)) for one, other in pairs))


def _ends(line: QTextLine, start: int, stop: int, *, turned: bool) -> tuple[float, float]:
    """Left and right of some characters of a line. Where the direction of writing turns, a cursor has two places:
    so what is written from right to left is measured by its glyphs."""
    boxes = [run.boundingRect() for run in line.glyphRuns(start, stop - start)] if turned else []
    if boxes:
        return min(box.left() for box in boxes), max(box.right() for box in boxes)
    left, right = sorted((_x(line.cursorToX(start)), _x(line.cursorToX(stop))))
    return left, right


def _x(found: object) -> float:
    """PySide returns the position with the cursor it moved; only the first is wanted."""
    return float(found[0]) if isinstance(found, tuple) else float(found)  # type: ignore[arg-type]
