"""One head, large: who looks at whom, with the tokens along both sides and one row framed. Knows one map."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from desktop.inspect.attention_weights import Weights
from desktop.inspect.pieces import quoted, shown
from desktop.inspect.shades import shaded
from desktop.theme import Look
from desktop.widgets.word_row import percent
from engine.messages import Head

Index = QModelIndex | QPersistentModelIndex
SMALLEST, LARGEST = 16, 35
SIDE, TOP = 84, 80
TILT = -56
WEIGHT = Qt.ItemDataRole.UserRole


class Looks(QAbstractTableModel):
    """Row: the token that looks. Column: the token that is looked at."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.weights: Weights | None = None
        self.rows: list[list[float]] = []

    def show_head(self, weights: Weights, head: Head) -> None:
        rows = [weights.row(*head, token) for token in range(weights.size)]
        if self.weights is weights and len(rows) == len(self.rows):  # another head of the same text: keep the place
            self.rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(rows) - 1))
            return
        self.beginResetModel()
        self.weights, self.rows = weights, rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return self.rowCount(parent)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and self.weights is not None:
            return shown(self.weights.pieces[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == WEIGHT:
            return self.rows[index.row()][index.column()]
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self.spoken(index.row(), index.column())
        return None

    def spoken(self, row: int, column: int) -> str:
        """ "“fog” looks at “waves” with 31.0% of its attention" """
        assert self.weights is not None
        one, other = quoted(self.weights.pieces[row]), quoted(self.weights.pieces[column])
        if column > row:
            return f"{one} cannot look at {other}, which comes later"
        return f"{one} looks at {other} with {percent(self.rows[row][column])} of its attention"


class CellDelegate(QStyledItemDelegate):
    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        if index.column() > index.row():
            return
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]  # missing in the stubs
        rect = QRect(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        painter.fillRect(rect.adjusted(0, 0, -1, -1), shaded(self._look, index.data(WEIGHT)))
        if state & (QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_MouseOver):
            painter.setPen(QPen(self._look.color("accent"), 2))
            painter.drawRect(rect.adjusted(1, 1, -2, -2))


class TokenHeader(QHeaderView):
    """The tokens along a side: tilted above, level at the left, the chosen row's in bold."""

    def __init__(self, look: Look, orientation: Qt.Orientation, view: QTableView) -> None:
        super().__init__(orientation, view)
        self._look, self._view = look, view
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSectionsClickable(orientation == Qt.Orientation.Vertical)
        self.setHighlightSections(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.viewport().rect(), self._look.color("surface"))
        chosen = self._view.currentIndex().row()
        for place in range(self.count()):
            start, size = self.sectionViewportPosition(place), self.sectionSize(place)
            if start + size < 0 or start > self._length():
                continue
            strong = place == chosen and self.orientation() == Qt.Orientation.Vertical
            painter.setFont(self._look.font("heading" if strong else "small"))
            painter.setPen(self._look.color("ink" if strong else "ink2"))
            text = str(self.model().headerData(place, self.orientation()))
            self._write(painter, text, start, size)
        painter.end()

    def _length(self) -> int:
        return self.viewport().width() if self.orientation() == Qt.Orientation.Horizontal else self.viewport().height()

    def _write(self, painter: QPainter, text: str, start: int, size: int) -> None:
        px = self._look.px
        if self.orientation() == Qt.Orientation.Vertical:
            room = self.viewport().width() - px(8)
            cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
            ends = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, start, room, size), ends, cut)
            return
        cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, px(TOP))
        painter.save()
        painter.translate(start + size * 0.6, self.viewport().height() - px(6))
        painter.rotate(TILT)
        painter.drawText(0, 0, cut)
        painter.restore()


class HeadView(QTableView):
    """`moved` comes with the token whose row is chosen, `pointed` with what the mouse or the keys are on, in words."""

    moved = Signal(int)
    pointed = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.looks = Looks(self)
        self.setModel(self.looks)
        self.setItemDelegate(CellDelegate(look, self))
        self.setHorizontalHeader(TokenHeader(look, Qt.Orientation.Horizontal, self))
        self.setVerticalHeader(TokenHeader(look, Qt.Orientation.Vertical, self))
        self.setAccessibleName("One head")
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.entered.connect(self._point)
        self.selectionModel().currentChanged.connect(self._moved)
        self.verticalHeader().sectionPressed.connect(self.choose)
        look.changed.connect(self._restyle)
        self._restyle()

    def show_head(self, weights: Weights, head: Head) -> None:
        """The row that was chosen stays, else the last token's."""
        row = self.currentIndex().row()
        known = self.looks.weights is weights and 0 <= row < weights.size
        self.looks.show_head(weights, head)
        self._fit()
        if not known:
            self.choose(weights.size - 1)
        self.viewport().update()

    @property
    def chosen(self) -> int:
        """The token whose row is framed."""
        return max(self.currentIndex().row(), 0)

    @Slot(int)
    def choose(self, token: int) -> None:
        column = min(max(self.currentIndex().column(), 0), token)
        self.setCurrentIndex(self.looks.index(token, column))

    @Slot(QModelIndex)
    def _point(self, index: Index) -> None:
        self.pointed.emit(self.looks.spoken(index.row(), index.column()))

    @Slot(QModelIndex, QModelIndex)
    def _moved(self, current: QModelIndex, before: QModelIndex) -> None:
        if not current.isValid():
            return
        if current.row() != before.row():
            self.moved.emit(current.row())
        if self.hasFocus():
            self._point(current)
        self.viewport().update()
        self.verticalHeader().viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        row = self.currentIndex().row()
        if row < 0:
            return
        first, last = self.visualRect(self.looks.index(row, 0)), self.visualRect(self.looks.index(row, row))
        painter = QPainter(self.viewport())
        painter.setPen(QPen(self._look.color("ink"), 2))
        painter.drawRect(first.united(last).adjusted(0, 0, -1, -1))
        painter.end()

    # ---- size --------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        px, count = self._look.px, max(self.looks.rowCount(), 1)
        across, down = self.width() - px(SIDE) - px(44), self.height() - px(TOP) - px(4)
        side = min(max(min(across, down) // count, px(SMALLEST)), px(LARGEST))
        self.horizontalHeader().setDefaultSectionSize(side)
        self.verticalHeader().setDefaultSectionSize(side)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setMinimumSectionSize(px(8))
        self.horizontalHeader().setFixedHeight(px(TOP))
        self.verticalHeader().setFixedWidth(px(SIDE))
        self.setStyleSheet(
            "QTableCornerButton::section, QAbstractScrollArea::corner { background: transparent; border: 0; }"
        )
        self.setMinimumSize(px(280), px(300))
        self._fit()
        self.viewport().update()
