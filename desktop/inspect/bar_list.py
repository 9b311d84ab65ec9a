"""Names with a bar and a number each, as a list that can be walked through and chosen from. Knows not of what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.theme import Look

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
HEIGHT, BAR, GAP = 28, 10, 10
MIDDLE = Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class BarRow:
    """`length` is from 0 to 1 of the room there is; `spoken` is what a screen reader says."""

    name: str
    length: float
    number: str
    spoken: str


class BarRows(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[BarRow] = []

    def replace(self, rows: Sequence[BarRow]) -> None:
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return row.spoken
        return None


class BarDelegate(QStyledItemDelegate):
    def __init__(self, look: Look, widths: tuple[int, int], parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._widths = look, widths

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(self._look.px(sum(self._widths) + 60), self._look.px(HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]  # missing in the stubs
        rect = QRect(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        direction: Qt.LayoutDirection = option.direction  # pyright: ignore[reportAttributeAccessIssue]
        row: BarRow = index.data(ROW)
        look, px = self._look, self._look.px
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, state, rect)
        names, numbers = px(self._widths[0]), px(self._widths[1])
        name = QRect(rect.left() + px(4), rect.top(), names, rect.height())
        number = QRect(rect.right() + 1 - px(4) - numbers, rect.top(), numbers, rect.height())
        left = name.right() + 1 + px(GAP)
        room = max(number.left() - px(GAP) - left, 2)
        height = px(BAR)
        bar = QRect(left, rect.top() + (rect.height() - height) // 2, max(round(room * row.length), 2), height)
        name, number, bar = (QStyle.visualRect(direction, rect, part) for part in (name, number, bar))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("k1"))
        painter.drawRoundedRect(bar, px(2), px(2))
        painter.setFont(look.font("body"))
        painter.setPen(look.color("ink"))
        text = painter.fontMetrics().elidedText(row.name, Qt.TextElideMode.ElideRight, name.width())
        painter.drawText(name, MIDDLE | Qt.TextFlag.TextSingleLine, text)
        painter.setFont(look.font("small"))
        painter.setPen(look.color("ink2"))
        painter.drawText(number, MIDDLE | Qt.AlignmentFlag.AlignRight, row.number)
        painter.restore()

    def _ground(self, painter: QPainter, state: QStyle.StateFlag, rect: QRect) -> None:
        radius = self._look.px(4)
        painter.setPen(Qt.PenStyle.NoPen)
        for flag, color in ((QStyle.StateFlag.State_Selected, "sel"), (QStyle.StateFlag.State_MouseOver, "hover")):
            if state & flag:
                painter.setBrush(self._look.color(color))
                painter.drawRoundedRect(rect, radius, radius)
                break
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._look.color("accent"), 2))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)


class BarList(QListView):
    """As high as its rows. `chosen` comes with the row on a click or Enter. `widths` are those of name and number."""

    chosen = Signal(int)

    def __init__(self, look: Look, accessible_name: str, widths: tuple[int, int] = (80, 44)) -> None:
        super().__init__()
        self._look = look
        self._rows = BarRows(self)
        self.setModel(self._rows)
        self.setItemDelegate(BarDelegate(look, widths, self))
        self.setAccessibleName(accessible_name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(lambda index: self.chosen.emit(index.row()))
        self.activated.connect(lambda index: self.chosen.emit(index.row()))
        look.changed.connect(self._restyle)

    def show_rows(self, rows: Sequence[BarRow]) -> None:
        self._rows.replace(rows)
        self._restyle()

    def rows(self) -> list[BarRow]:
        return self._rows.rows

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(240), len(self._rows.rows) * self._look.px(HEIGHT))

    @Slot()
    def _restyle(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
