"""Paths the text could take, as blocks that a hand or the arrow keys follow. Knows nodes, not where they come from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from desktop.inspect.paths_layout import Block, lay_out
from desktop.notices import announce
from desktop.theme import Look
from desktop.widgets.hatching import hatch
from desktop.widgets.word_row import percent
from desktop.wording import OTHERS, shown
from engine.messages import PathNode

LEAST, GAP, HEIGHT = 21, 2, 460
LABELLED, DRAWN = 16, 4
"""Heights from which others have their name, and from which they are drawn at all."""
NAME = "Paths it could take"
WAYS = {Qt.Key.Key_Up: "up", Qt.Key.Key_Down: "down", Qt.Key.Key_Left: "left", Qt.Key.Key_Right: "right"}


class PathBlocks(QWidget):
    """`followed` carries the words from the text to the chosen block, as they would be written."""

    followed = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._nodes: tuple[PathNode, ...] = ()
        self._columns = 1
        self._at = -1
        self._hovered = -1
        self.blocks: list[Block] = []
        self.setAccessibleName(NAME)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        look.changed.connect(self._lay_out)

    def show_paths(self, nodes: Sequence[PathNode], columns: int) -> None:
        self._nodes, self._columns = tuple(nodes), columns
        self._at = self._hovered = -1
        self._lay_out()

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(520), self._look.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(280), self._look.px(HEIGHT))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    @Slot()
    def _lay_out(self) -> None:
        path = self.blocks[self._at].path if 0 <= self._at < len(self.blocks) else ()
        self.blocks = lay_out(self._nodes, self.height(), self._look.px(LEAST)) if self._nodes else []
        self._at = next((n for n, block in enumerate(self.blocks) if path and block.path == path), -1)
        self._hovered = -1
        self.setAccessibleDescription(self._summary())
        self.update()

    def _summary(self) -> str:
        likeliest = [block for block in self.blocks if block.likeliest]
        if not likeliest:
            return "No paths yet"
        words = ", ".join(shown(block.text) for block in likeliest)
        return f"The likeliest: {words}, {percent(likeliest[-1].probability)}. Arrow keys move, Enter follows."

    # ---- painting ----------------------------------------------------------------------
    def place_of(self, block: Block) -> QRectF:
        """Gaps are taken from the block, so that heights stay true to each other."""
        gap = self._look.px(GAP)
        width = (self.width() + gap) / self._columns
        return QRectF(block.column * width, block.top, width - gap, max(block.height - gap, 1.0))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, block in enumerate(self.blocks):
            rect = self.place_of(block)
            if block.others:
                self._paint_others(painter, rect, block)
            else:
                self._paint_word(painter, rect, block, hovered=number == self._hovered)
            if number == self._at and self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(self._look.color("accent"), 2))
                painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), self._look.px(3), self._look.px(3))
        painter.end()

    def _paint_word(self, painter: QPainter, rect: QRectF, block: Block, *, hovered: bool) -> None:
        look, px = self._look, self._look.px
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("soft" if block.likeliest else "hover" if hovered else "sunken"))
        painter.drawRoundedRect(rect, px(3), px(3))
        if block.likeliest:
            painter.setBrush(look.color("accent"))
            painter.drawRoundedRect(QRectF(rect.left(), rect.top(), px(3), rect.height()), 1.5, 1.5)
        # In a high block the words stand near its top, where the eye looks for them; in a low one in the middle.
        row = QRectF(rect.left() + px(10), rect.top(), rect.width() - px(20), min(rect.height(), px(44)))
        painter.setFont(look.font("small"))
        share = percent(block.probability)
        taken = painter.fontMetrics().horizontalAdvance(share)
        painter.setPen(look.color("ink" if block.likeliest else "ink2"))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, share)
        painter.setFont(look.font("heading" if block.likeliest else "body"))
        painter.setPen(look.color("ink"))
        room = int(row.width() - taken - px(8))
        text = painter.fontMetrics().elidedText(shown(block.text), Qt.TextElideMode.ElideRight, room)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)

    def _paint_others(self, painter: QPainter, rect: QRectF, block: Block) -> None:
        look, px = self._look, self._look.px
        if rect.height() < px(DRAWN):
            return
        hatch(painter, rect, look.color("line"), look.color("line2"), px(3))
        if rect.height() < px(LABELLED):
            return
        painter.setFont(look.font("small"))
        width = painter.fontMetrics().horizontalAdvance(OTHERS) + px(12)
        middle = rect.center().y()
        label = QRectF(rect.left() + px(4), middle - px(9), width, px(18))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("surface"))
        painter.drawRect(label.intersected(rect.adjusted(1, 1, -1, -1)))
        painter.setPen(look.color("ink2"))
        painter.drawText(label.adjusted(px(6), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, OTHERS)

    # ---- the hand ----------------------------------------------------------------------
    def block_at(self, point: QPointF) -> int:
        return next((n for n, block in enumerate(self.blocks) if self.place_of(block).contains(point)), -1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number = self.block_at(event.position())
        if number != self._hovered:
            self._hovered = number
            followable = number >= 0 and not self.blocks[number].others
            self.setCursor(Qt.CursorShape.PointingHandCursor if followable else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._follow(self.block_at(event.position()))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self.block_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.said(number) if number >= 0 else "", self)
            return True
        return super().event(event)

    def said(self, number: int) -> str:
        block = self.blocks[number]
        words = "".join(block.path).strip() if block.path else "All other words here"
        return f"{words}: {100 * block.probability:.2f}%"

    def _follow(self, number: int) -> None:
        if number >= 0 and not self.blocks[number].others:
            self.followed.emit("".join(self.blocks[number].path))

    # ---- the keys ----------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = WAYS.get(Qt.Key(event.key()))
        if way is not None:
            return self._move(way)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            return self._follow(self._at)
        return super().keyPressEvent(event)

    def focusInEvent(self, event: object) -> None:
        if self._at < 0 and self.blocks:
            self._at = 0
        self.update()

    def focusOutEvent(self, event: object) -> None:
        self.update()

    def _move(self, way: str) -> None:
        number = self._next(way)
        if number >= 0:
            self._at = number
            said = self.said(number)
            self.setAccessibleDescription(said)
            announce(self, said)
            self.update()

    def _next(self, way: str) -> int:
        """Up and down within a column, right to the first word after this one, left to the one before it."""
        words = [n for n, block in enumerate(self.blocks) if not block.others]
        if not words:
            return -1
        if self._at < 0:
            return words[0]
        here = self.blocks[self._at]
        if way == "left":
            return here.parent
        if way == "right":
            return next((n for n in words if self.blocks[n].parent == self._at), -1)
        column = [n for n in words if self.blocks[n].column == here.column]
        place = column.index(self._at) + (1 if way == "down" else -1)
        return column[place] if 0 <= place < len(column) else -1
