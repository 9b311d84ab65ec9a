"""Paints one row of the word bars. Knows colours and widths, not what is shown around it."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.theme import Look
from desktop.widgets.hatching import hatch_lines
from desktop.widgets.word_row import WordRow, percent
from desktop.widgets.word_rows import WordRows

WORD_WIDTH, SHARE_WIDTH, GAP = 84, 50, 10
HATCH_ON, HATCH_STEP = 2, 5


class WordBarDelegate(QStyledItemDelegate):
    """Bars are scaled to the largest listed word, and at least 2 pixels wide."""

    def __init__(self, look: Look, row_height: int, bar_height: int, parent: QObject) -> None:
        super().__init__(parent)
        self._look = look
        self._row_height = row_height
        self._bar_height = bar_height

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._look.px(WORD_WIDTH + SHARE_WIDTH + 60), self._look.px(self._row_height))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        model = cast(WordRows, index.model())
        row = model.rows[index.row()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option)
        strong = row.kind == "written" or (index.row() == 0 and row.kind != "others")
        word, bar, share = self._columns(option.rect, option.direction)
        self._paint_word(painter, word, row, strong)
        largest = max((one.probability for one in model.rows if one.kind != "others"), default=1.0)
        self._paint_bar(painter, bar, row, index.row(), largest, option.direction)
        self._paint_share(painter, share, row, strong)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        state, radius = option.state, self._look.px(4)
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(self._look.color("sel"))
            painter.drawRoundedRect(option.rect, radius, radius)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(self._look.color("hover"))
            painter.drawRoundedRect(option.rect, radius, radius)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._look.color("accent"), 2))
            painter.drawRoundedRect(option.rect.adjusted(1, 1, -1, -1), radius, radius)

    def _columns(self, rect: QRect, direction: Qt.LayoutDirection) -> tuple[QRect, QRect, QRect]:
        px = self._look.px
        edge, gap = px(4), px(GAP)
        word = QRect(rect.left() + edge, rect.top(), px(WORD_WIDTH), rect.height())
        share = QRect(rect.right() + 1 - edge - px(SHARE_WIDTH), rect.top(), px(SHARE_WIDTH), rect.height())
        height = px(self._bar_height)
        left, right = word.right() + 1 + gap, share.left() - gap
        bar = QRect(left, rect.top() + (rect.height() - height) // 2, max(right - left, 2), height)
        word, bar, share = (QStyle.visualRect(direction, rect, part) for part in (word, bar, share))
        return word, bar, share

    def _paint_word(self, painter: QPainter, rect: QRect, row: WordRow, strong: bool) -> None:
        painter.setFont(self._look.font("heading" if strong else "body"))
        painter.setPen(self._look.color("ink2" if row.kind == "others" else "ink"))
        text = painter.fontMetrics().elidedText(row.text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)

    def _paint_share(self, painter: QPainter, rect: QRect, row: WordRow, strong: bool) -> None:
        painter.setFont(self._look.font("small_medium" if strong else "small"))
        painter.setPen(self._look.color("ink" if strong else "ink2"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, percent(row.probability))

    def _paint_bar(
        self, painter: QPainter, rect: QRect, row: WordRow, place: int, largest: float, direction: Qt.LayoutDirection
    ) -> None:
        width = max(2, round(rect.width() * min(row.probability / max(largest, 1e-12), 1.0)))
        bar = QStyle.visualRect(direction, rect, QRect(rect.left(), rect.top(), width, rect.height()))
        if row.kind == "others":
            self._paint_hatch(painter, bar)
            return
        color = "accent" if place == 0 else "c3u" if row.kind == "written" else "bar"
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.color(color))
        painter.drawRoundedRect(bar, 2, 2)

    def _paint_hatch(self, painter: QPainter, bar: QRect) -> None:
        color = self._look.color("bar")
        painter.save()
        painter.setPen(QPen(color, HATCH_ON / 1.4))
        for line in hatch_lines(QRectF(bar), HATCH_STEP):
            painter.drawLine(line)
        painter.setPen(QPen(color, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar.adjusted(0, 0, -1, -1))
        painter.restore()
