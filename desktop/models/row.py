"""Paints one model of the list: name, stage, size, verdict with its numbers. Knows no list and no engine."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.models import wording
from desktop.theme import Look
from engine.messages import ModelInfo

INFO_ROLE = Qt.ItemDataRole.UserRole
IN_USE_ROLE = INFO_ROLE + 1
PADDING, GAP, ICON = 14, 8, 14
LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight


class RowDelegate(QStyledItemDelegate):
    """A card of three lines; the right column is the verdict, and under it where its numbers come from."""

    def __init__(self, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        lines = self._look.line("caption") + self._look.line("heading") + self._look.line("small")
        return QSize(0, lines + self._look.px(2 * 10 + GAP))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        info: ModelInfo = index.data(INFO_ROLE)
        state, rect = _state_of(option)
        card = rect.adjusted(1, 1, -1, -self._look.px(GAP))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._card(painter, card, state, bool(info.problem))
        inside = card.adjusted(self._look.px(PADDING), self._look.px(10), -self._look.px(PADDING), 0)
        width = self._verdict(painter, inside, info)
        inside.setRight(inside.right() - width - self._look.px(16))
        self._words(painter, inside, info, in_use=index.data(IN_USE_ROLE))
        painter.restore()

    def _card(self, painter: QPainter, card: QRect, state: QStyle.StateFlag, damaged: bool) -> None:
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        edge = "bad" if damaged and selected else "accent" if selected else "line2" if hovered else "line"
        fill = "badsoft" if damaged and selected else "sel" if selected else "surface"
        thickness = 2 if selected else 1
        painter.setPen(QPen(self._look.color(edge), thickness))
        painter.setBrush(self._look.color(fill))
        inset = thickness / 2
        radius = self._look.px(10)
        painter.drawRoundedRect(QRectF(card).adjusted(inset, inset, -inset, -inset), radius, radius)

    def _words(self, painter: QPainter, area: QRect, info: ModelInfo, *, in_use: bool) -> None:
        caption = area.adjusted(0, 0, 0, 0)
        width = self._text(painter, caption, wording.kind(info), "caption", "ink3")
        if in_use:
            dot, left = self._look.px(7), area.left() + width + self._look.px(12)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._look.color("ok"))
            painter.drawEllipse(left, area.top() + (self._look.line("caption") - dot) // 2, dot, dot)
            self._text(painter, caption.adjusted(left + dot + self._look.px(5) - area.left(), 0, 0, 0), "In use",
                       "caption", "ok")  # fmt: skip
        title = area.adjusted(0, self._look.line("caption"), 0, 0)
        self._text(painter, title, info.title, "heading", "ink")
        below = title.adjusted(0, self._look.line("heading"), 0, 0)
        facts = info.problem or f"{wording.in_short(info)}, {wording.tokenizer(info)}"
        self._text(painter, below, facts, "small", "ink2")

    def _verdict(self, painter: QPainter, area: QRect, info: ModelInfo) -> int:
        """Paints at the right edge; returns how wide it is."""
        verdict = wording.VERDICTS[info.fit.verdict]
        word, icon, color = ("Damaged", "file-warning", "bad") if info.problem else (
            verdict.word, verdict.icon, verdict.color)  # fmt: skip
        top = area.adjusted(0, self._look.line("caption") - self._look.px(2), 0, 0)
        width = self._text(painter, top, word, "small_medium", color, RIGHT)
        size = self._look.px(ICON)
        left = area.right() - width - size - self._look.px(5)
        offset = (self._look.line("small_medium") - size) // 2
        painter.drawPixmap(QPoint(left, top.top() + offset), self._look.pixmap(icon, color, ICON))
        if info.problem:
            return area.right() - left
        below = area.adjusted(0, self._look.line("caption") + self._look.line("heading"), 0, 0)
        return max(area.right() - left, self._text(painter, below, wording.need(info.fit), "small", "ink2", RIGHT))

    def _text(
        self, painter: QPainter, area: QRect, text: str, role: str, color: str, side: Qt.AlignmentFlag = LEFT
    ) -> int:
        """One line at the top of the area, elided; returns how wide it came out."""
        font = self._look.font(role)
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, max(area.width(), 0))
        line = QRect(area.left(), area.top(), area.width(), self._look.line(role))
        painter.setFont(font)
        painter.setPen(self._look.color(color))
        painter.drawText(line, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
        return QFontMetrics(font).horizontalAdvance(shown)


def _state_of(option: QStyleOptionViewItem) -> tuple[QStyle.StateFlag, QRect]:
    return option.state, QRect(option.rect)  # pyright: ignore[reportAttributeAccessIssue]  # missing in the stubs
