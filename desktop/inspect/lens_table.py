"""Draws what each layer would say next: tokens across, layers down, deeper blue where it is surer. Knows no lens."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.inspect.lens_rows import CELL, FINAL, Index, LensRows
from desktop.inspect.shades import mixed
from desktop.metrics import TYPE
from desktop.theme import Look
from desktop.widgets.word_row import percent
from engine.messages import LensCell, LensTable

ROOMY, TIGHT = 42, 28
"""Row heights: as high as lets all layers be seen, between these."""
COLUMN, LEAST_COLUMN = 128, 100
HEAD, SIDE = 26, 78
FEWEST_ROWS = 5
LEADING = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
TRAILING = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LINE = Qt.TextFlag.TextSingleLine
DEEPEST = 0.5
"""How much of the hue a sure cell takes: text on it stays readable in both themes."""


class LensDelegate(QStyledItemDelegate):
    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]  # missing in the stubs
        rect = QRect(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        look, px = self._look, self._look.px
        cell: LensCell = index.data(CELL)
        start = index.row() == 0
        sure = cell.items[0].probability if cell.items and not start else 0.0
        box = QRectF(rect).adjusted(0, 0, -px(3), -px(3))
        painter.save()
        painter.fillRect(rect, look.color("surface"))  # the style marks the whole cell when it is chosen
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(look.color("sunken"), look.color("k1"), DEEPEST * sure))
        painter.drawRoundedRect(box, px(3), px(3))
        if cell.items:
            self._write(painter, box, index, cell, "ink2" if start else "ink")
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            focused = bool(state & QStyle.StateFlag.State_HasFocus)
            painter.setPen(QPen(look.color("accent" if focused else "ink"), 2))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), px(3), px(3))
        painter.restore()

    def _write(self, painter: QPainter, box: QRectF, index: Index, cell: LensCell, color: str) -> None:
        look, px = self._look, self._look.px
        inside = box.adjusted(px(9), 0, -px(9), 0)
        share = percent(cell.items[0].probability)
        share = share if share.startswith("<") else f"{100 * cell.items[0].probability:.0f}%"
        painter.setPen(look.color(color))
        painter.setFont(look.font("caption"))
        painter.drawText(inside, TRAILING, share)
        inside.setRight(inside.right() - painter.fontMetrics().horizontalAdvance(share) - px(6))
        painter.setFont(look.font("heading" if index.data(FINAL) else "body"))
        text = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, int(inside.width()))
        painter.drawText(inside, LEADING | LINE, text)


class LensView(QTableView):
    """`moved` comes with row and column when another cell is clicked or reached by the arrow keys."""

    moved = Signal(int, int)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.cells = LensRows(self)
        self.setModel(self.cells)
        self.setItemDelegate(LensDelegate(look, self))
        self.setAccessibleName("What each layer would say next")
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setHighlightSections(False)
            header.setSectionsClickable(False)
            header.setDefaultAlignment(LEADING)
        self.selectionModel().currentChanged.connect(self._moved)
        look.changed.connect(self._restyle)
        self._restyle()

    def show_table(self, table: LensTable) -> None:
        """The chosen cell stays where the new table has it, else it is the output after the last token."""
        before = self.cells.table
        place = self.currentIndex()
        row, column = place.row(), place.column()
        known = (
            before is not None and before.pieces == table.pieces and len(before.rows) == len(table.rows) and row >= 0
        )
        self.cells.show_table(table)
        self._fit()
        if not known:
            row, column = len(table.rows) - 1, len(table.pieces) - 1
        self.setCurrentIndex(self.cells.index(row, column))

    @Slot(QModelIndex)
    def _moved(self, current: QModelIndex) -> None:
        if current.isValid():
            self.moved.emit(current.row(), current.column())

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(600), self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Columns share the width while they are wide enough; what is more scrolls below a header that stays."""
        px, columns = self._look.px, max(self.cells.columnCount(), 1)
        width = max(self.viewport().width() // columns, px(LEAST_COLUMN))
        self.horizontalHeader().setDefaultSectionSize(min(width, px(COLUMN)))
        rows, bar = max(self.cells.rowCount(), 1), self.horizontalScrollBar().sizeHint().height()
        around = px(HEAD) + bar + 2
        self.verticalHeader().setDefaultSectionSize(min(max((self.height() - around) // rows, px(TIGHT)), px(ROOMY)))
        self.setMinimumHeight(around + FEWEST_ROWS * px(TIGHT))
        self.setMaximumHeight(around + rows * px(ROOMY))

    @Slot()
    def _restyle(self) -> None:
        px, size = self._look.px, TYPE["small"].size
        plain = "background: transparent; border: 0;"
        self.setStyleSheet(
            f"QHeaderView, QTableCornerButton::section, QAbstractScrollArea::corner {{ {plain} }}"
            f"QHeaderView::section {{ {plain} padding: 0; font: {px(size)}px; }}"
            f"QHeaderView::section:horizontal {{ padding: 0 {px(9)}px; font: 600 {px(size)}px;"
            f" color: {self._look.color('ink').name()}; }}"
        )
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setMinimumSectionSize(px(12))
        self.horizontalHeader().setFixedHeight(px(HEAD))
        self.verticalHeader().setFixedWidth(px(SIDE))
        self._fit()
        self.viewport().update()
