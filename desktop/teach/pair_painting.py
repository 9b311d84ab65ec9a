"""Paints one cell of the table of pairs: number, texts, recall bar, status. Knows no set and no edit."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from desktop.amounts import share
from desktop.teach.pair_rows import ANSWER, EDITING_ROLE, NUMBER, PAIR_ROLE, QUESTION, RECALL
from desktop.teach.wording import status_of
from desktop.theme import Look
from engine.data.pair_sets import StoredPair

Index = QModelIndex | QPersistentModelIndex
BAR_WIDTH, BAR_HEIGHT = 44, 6
MIDDLE = Qt.AlignmentFlag.AlignVCenter
LEADING = Qt.AlignmentFlag.AlignLeft
SHOWN_CHARACTERS = 400
"""No row is wide enough for more, and measuring a page of text for every frame would be felt."""


class PairPainter:
    """Draws with the theme that is in use; `forget` when it changes."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._pixmaps: dict[tuple[str, str], QPixmap] = {}

    def forget(self) -> None:
        self._pixmaps.clear()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        pair: StoredPair = index.data(PAIR_ROLE)
        state, rect = option_of(option)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(rect, self._look.color("sel" if selected else "surface"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), self._look.color("line"))
        px = self._look.px
        inside = rect.adjusted(px(12), 0, -px(12), -1)
        column = index.column()
        if column == NUMBER:
            right = rect.adjusted(0, 0, -px(8), -1)
            self._text(painter, right, str(index.data()), "body", "ink3", Qt.AlignmentFlag.AlignRight)
        elif column == QUESTION:
            self._question(painter, inside, pair, selected)
        elif column == ANSWER:
            self._one_line(painter, inside, pair.answer, "body", "ink2")
        elif column == RECALL:
            self._recall(painter, inside, pair)
        else:
            self._status(painter, inside, pair, bool(index.data(EDITING_ROLE)))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._look.color("accent"), 2))
            painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -2), px(4), px(4))
        painter.restore()

    def _question(self, painter: QPainter, area: QRect, pair: StoredPair, selected: bool) -> None:
        if pair.earlier:
            count = str(len(pair.earlier))
            painter.setFont(self._look.font("caption"))
            width = painter.fontMetrics().horizontalAdvance(count) + self._look.px(22)
            mark = QRect(area.right() - width + self._look.px(4), area.top(), width, area.height())
            self._icon(painter, mark, "list-tree", "ink3")
            self._text(painter, mark.adjusted(self._look.px(18), 0, 0, 0), count, "caption", "ink3", LEADING)
            area = area.adjusted(0, 0, -width, 0)
        self._one_line(painter, area, pair.question, "body_medium" if selected else "body", "ink")

    def _recall(self, painter: QPainter, area: QRect, pair: StoredPair) -> None:
        if pair.recall is None:
            return
        px = self._look.px
        height, width = px(BAR_HEIGHT), px(BAR_WIDTH)
        bar = QRectF(area.left(), area.center().y() - height / 2 + 0.5, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.color("track"))
        painter.drawRoundedRect(bar, height / 2, height / 2)
        painter.setBrush(self._look.color(status_of(pair, False).bar))
        painter.drawRoundedRect(
            QRectF(bar.left(), bar.top(), max(width * pair.recall, height), height), height / 2, height / 2
        )
        words = area.adjusted(width + px(8), 0, px(8), 0)
        self._text(painter, words, share(pair.recall), "small", "ink2", LEADING)

    def _status(self, painter: QPainter, area: QRect, pair: StoredPair, editing: bool) -> None:
        status = status_of(pair, editing)
        self._icon(painter, area, status.icon, status.color)
        self._text(painter, area.adjusted(self._look.px(21), 0, self._look.px(8), 0), status.word, "body",
                   status.color, LEADING)  # fmt: skip

    def _icon(self, painter: QPainter, area: QRect, name: str, color: str) -> None:
        key = (name, color)
        if key not in self._pixmaps:
            self._pixmaps[key] = self._look.pixmap(name, color, 15)
        top = area.top() + (area.height() - self._look.px(15)) // 2
        painter.drawPixmap(QPoint(area.left(), top), self._pixmaps[key])

    def _one_line(self, painter: QPainter, area: QRect, text: str, role: str, color: str) -> None:
        self._text(painter, area, " ".join(text[:SHOWN_CHARACTERS].split()), role, color, LEADING)

    def _text(self, painter: QPainter, area: QRect, text: str, role: str, color: str, side: Qt.AlignmentFlag) -> None:
        painter.setFont(self._look.font(role))
        painter.setPen(self._look.color(color))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, max(area.width(), 0))
        painter.drawText(area, side | MIDDLE | Qt.TextFlag.TextSingleLine, shown)


def option_of(option: QStyleOptionViewItem) -> tuple[QStyle.StateFlag, QRect]:
    return option.state, QRect(option.rect)  # pyright: ignore[reportAttributeAccessIssue]  # missing in the stubs
