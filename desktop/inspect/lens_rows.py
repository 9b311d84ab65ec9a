"""What each layer would say next, as a table that views and screen readers can read. Knows cells, no colour.

Row 0 is the stream before the first layer, the last row the output. A column is a token of the text.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QWidget

from desktop.inspect.pieces import quoted, shown
from desktop.table import Table
from desktop.widgets.word_row import percent
from engine.messages import LensCell, LensTable

Index = QModelIndex | QPersistentModelIndex
CELL = Qt.ItemDataRole.UserRole
FINAL = Qt.ItemDataRole.UserRole + 1
NAMES = {"plain": "plain lens", "trained": "trained lens"}


class LensRows(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.table: LensTable | None = None

    def show_table(self, table: LensTable | None) -> None:
        self.beginResetModel()
        self.table = table
        self.endResetModel()

    @property
    def layers(self) -> int:
        return len(self.table.rows) - 1 if self.table is not None else 0

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if self.table is None or (parent is not None and parent.isValid()) else len(self.table.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if self.table is None or (parent is not None and parent.isValid()) else len(self.table.pieces)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or self.table is None:
            return None
        return shown(self.table.pieces[section]) if orientation == Qt.Orientation.Horizontal else self.row_name(section)

    def row_name(self, row: int) -> str:
        """ "Start", "1", "8, output" """
        if row == 0:
            return "Start"
        return f"{row}, output" if row == self.layers else str(row)

    def cell(self, row: int, column: int) -> LensCell:
        assert self.table is not None
        return self.table.rows[row][column]

    def is_final(self, row: int, column: int) -> bool:
        """Whether its first choice is what the output says there."""
        items, last = self.cell(row, column).items, self.cell(self.layers, column).items
        return bool(items and last) and items[0].ids == last[0].ids

    def settled(self, column: int) -> int:
        """The first layer from which on the first choice is that of the output."""
        row = self.layers
        while row > 0 and self.is_final(row - 1, column):
            row -= 1
        return row

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        cell = self.cell(index.row(), index.column())
        if role == CELL:
            return cell
        if role == FINAL:
            return self.is_final(index.row(), index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(cell.items[0].text) if cell.items else ""
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self.spoken(index.row(), index.column())
        return None

    def spoken(self, row: int, column: int) -> str:
        """ "Layer 6, after “fog”: “came”, 33.0%" """
        cell = self.cell(row, column)
        first = f"{quoted(cell.items[0].text)}, {percent(cell.items[0].probability)}" if cell.items else "nothing"
        final = ", already the final answer" if row < self.layers and self.is_final(row, column) else ""
        return f"{self.title(row, column)}: {first}{final}"

    def title(self, row: int, column: int) -> str:
        assert self.table is not None
        after = quoted(self.table.pieces[column])
        if row == 0:
            return f"Before layer 1, after {after}"
        return f"{'Output' if row == self.layers else f'Layer {row}'}, after {after}"

    def finding(self, column: int) -> str:
        """Where the answer is settled, in one sentence."""
        settled, items = self.settled(column), self.cell(self.layers, column).items
        if not items:
            return ""
        answer = quoted(items[0].text)
        if settled == self.layers:
            return f"Only the last layer makes {answer} the first choice."
        where = "From the start" if settled == 0 else f"From layer {settled} on"
        return f"{where}, {answer} is the first choice, as in the output."

    def as_table(self) -> Table | None:
        if self.table is None:
            return None
        rows = [
            (row, place + 1, self.table.pieces[place], number + 1, one.text, one.probability)
            for row in range(len(self.table.rows))
            for place in range(len(self.table.pieces))
            for number, one in enumerate(self.cell(row, place).items)
        ]
        columns = ("Layer", "Place", "After token", "Choice", "Token", "Probability")
        return Table(f"Layers, {NAMES[self.table.lens]}", columns, rows)
