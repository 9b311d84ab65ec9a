"""All heads of all layers as small maps, of which one is chosen. Knows weights, not the text box.

Layers stand side by side, heads below each other; the map of a head is made when it comes into sight, a few at a time.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QImage, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from desktop.inspect.attention_weights import Weights
from desktop.inspect.pieces import quoted
from desktop.inspect.shades import color_table, picture
from desktop.metrics import TYPE
from desktop.theme import Look
from engine.messages import Head

Index = QModelIndex | QPersistentModelIndex
SMALLEST, LARGEST = 40, 71
"""A cell of the grid, with the gap around it."""
FEWEST_ROWS = 3
SLICE_SECONDS = 0.006


class Heads(QAbstractTableModel):
    """Rows are heads, columns layers. `off` are those that say nothing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.weights: Weights | None = None
        self.off: set[Head] = set()

    def show_weights(self, weights: Weights | None) -> None:
        self.beginResetModel()
        self.weights = weights
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if self.weights is None or (parent is not None and parent.isValid()) else self.weights.heads

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if self.weights is None or (parent is not None and parent.isValid()) else self.weights.layers

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        across = orientation == Qt.Orientation.Horizontal
        if role == Qt.ItemDataRole.DisplayRole:
            return f"Head {section + 1}" if not across else f"Layer {section + 1}" if section == 0 else str(section + 1)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return (
                Qt.AlignmentFlag.AlignCenter if across else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            )
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self.spoken(index.column(), index.row())
        return None

    def spoken(self, layer: int, head: int) -> str:
        """ "Layer 5, head 3: the last token looks mostly at “fog”" """
        assert self.weights is not None
        last = self.weights.size - 1
        target = self.weights.mostly(layer, head, last, 1)[0]
        off = ", switched off" if (layer, head) in self.off else ""
        return f"{name_of((layer, head))}{off}: the last token looks mostly at {quoted(self.weights.pieces[target])}"


class HeadDelegate(QStyledItemDelegate):
    """Draws the map that `HeadGrid` has made, or an empty frame until then."""

    def __init__(self, look: Look, grid: HeadGrid) -> None:
        super().__init__(grid)
        self._look, self._grid = look, grid

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]  # missing in the stubs
        rect = QRect(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        look, px = self._look, self._look.px
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.fillRect(rect, look.color("surface"))  # the style marks the whole cell when it is chosen
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(rect).adjusted(2, 2, -px(4), -px(4))
        painter.setBrush(look.color("surface"))
        painter.setPen(QPen(look.color("accent" if chosen else "line"), 2 if chosen else 1))
        painter.drawRoundedRect(frame, px(4), px(4))
        place = (index.column(), index.row())
        image = self._grid.image(place)
        if image is not None:
            inside = frame.adjusted(px(3), px(3), -px(3), -px(3)).toRect()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, image.width() > inside.width())
            painter.drawImage(inside, image)
        if place in self._grid.model_heads.off:
            painter.setPen(QPen(look.color("bad"), 2))
            painter.drawLine(frame.bottomLeft(), frame.topRight())
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.color("accent"), 2))
            painter.drawRoundedRect(frame.adjusted(3, 3, -3, -3), px(2), px(2))
        painter.restore()


class HeadGrid(QTableView):
    """`chosen` comes with layer and head when another is clicked or reached by the arrow keys."""

    chosen = Signal(int, int)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.model_heads = Heads(self)
        self._images: dict[Head, QImage] = {}
        self._wanted: deque[Head] = deque()
        self._colors: list[int] = []
        self._making = QTimer(self, interval=0)
        self._making.timeout.connect(self._make)
        self.setModel(self.model_heads)
        self.setItemDelegate(HeadDelegate(look, self))
        self.setAccessibleName("All heads")
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setHighlightSections(False)
            header.setSectionsClickable(False)
        self.selectionModel().currentChanged.connect(self._moved)
        look.changed.connect(self._restyle)
        self._restyle()

    # ---- what is shown -----------------------------------------------------------------
    def show_weights(self, weights: Weights, chosen: Head) -> None:
        """The chosen head stays chosen where the model still has it."""
        self._images.clear()
        self._wanted.clear()
        self.model_heads.show_weights(weights)
        self._fit()
        layer, head = chosen
        self.setCurrentIndex(self.model_heads.index(min(head, weights.heads - 1), min(layer, weights.layers - 1)))

    def show_off(self, off: set[Head]) -> None:
        self.model_heads.off = set(off)
        self.viewport().update()

    def image(self, place: Head) -> QImage | None:
        """None for one that will be made soon."""
        image = self._images.get(place)
        if image is None and place not in self._wanted:
            self._wanted.append(place)
            self._making.start()
        return image

    @Slot()
    def _make(self) -> None:
        until = time.perf_counter() + SLICE_SECONDS
        weights = self.model_heads.weights
        side = self.horizontalHeader().defaultSectionSize() - self._look.px(12)
        while self._wanted and weights is not None and time.perf_counter() < until:
            place = self._wanted.popleft()
            self._images[place] = picture(*weights.shades(*place, side), self._colors)
        if not self._wanted:
            self._making.stop()
        self.viewport().update()

    @Slot(QModelIndex)
    def _moved(self, current: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(current.column(), current.row())

    # ---- size --------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self.scrollTo(self.currentIndex())

    def _fit(self) -> None:
        """As large as lets all layers be seen, within bounds; what is more scrolls."""
        px, layers = self._look.px, max(self.model_heads.columnCount(), 1)
        room = self.width() - self.verticalHeader().width() - px(12)
        side = min(max(room // layers, px(SMALLEST)), px(LARGEST))
        self.horizontalHeader().setDefaultSectionSize(side)
        self.verticalHeader().setDefaultSectionSize(side)
        bar = self.horizontalScrollBar().sizeHint().height() if side * layers > room else 0
        around = self.horizontalHeader().height() + bar + 2
        heads = max(self.model_heads.rowCount(), 1)
        self.setMinimumHeight(around + min(heads, FEWEST_ROWS) * side)
        self.setMaximumHeight(around + heads * side)

    @Slot()
    def _restyle(self) -> None:
        px, size = self._look.px, TYPE["small"].size
        self._colors = color_table(self._look)
        self._images.clear()
        plain = f"background: transparent; border: 0; padding: 0; font: {px(size)}px;"
        self.setStyleSheet(
            f"QHeaderView, QHeaderView::section, QTableCornerButton::section, QAbstractScrollArea::corner {{ {plain} }}"
        )
        self.horizontalHeader().setFixedHeight(px(24))
        self.horizontalHeader().setMinimumSectionSize(px(12))
        self.verticalHeader().setFixedWidth(px(52))
        self._fit()
        self.viewport().update()


def name_of(head: Head) -> str:
    """Counted from 1, as people do."""
    return f"Layer {head[0] + 1}, head {head[1] + 1}"
