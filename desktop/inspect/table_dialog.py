"""The numbers behind a picture, as a table that a screen reader reads and a hand copies. Knows no tab."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QTableView, QVBoxLayout, QWidget

from desktop.amounts import counted
from desktop.table import Table
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from desktop.widgets.scrim import Scrim

Index = QModelIndex | QPersistentModelIndex
SIZE = (720, 520)
COLUMN = 300


class TableRows(QAbstractTableModel):
    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._table.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._table.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        value = self._table.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _shown(value)
        if role == Qt.ItemDataRole.TextAlignmentRole and isinstance(value, int | float):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._table.columns[section].capitalize() if orientation == Qt.Orientation.Horizontal else section + 1

    def as_text(self) -> str:
        """Tabs between cells, as spreadsheets take it."""
        rows = [self._table.columns, *([_shown(value) for value in row] for row in self._table.rows)]
        return "\n".join("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row) for row in rows)


def _shown(value: str | float | int | None) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


class TableDialog(QDialog):
    def __init__(self, look: Look, table: Table, about: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(table.name)
        px = look.px
        self.resize(px(SIZE[0]), px(SIZE[1]))
        self.rows = TableRows(table)
        self.view = QTableView()
        self.view.setModel(self.rows)
        self.view.setAccessibleName(table.name)
        self.view.verticalHeader().hide()
        self.view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.view.setTabKeyNavigation(False)
        self.view.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.view.resizeColumnsToContents()
        for column in range(len(table.columns)):
            self.view.setColumnWidth(column, min(self.view.columnWidth(column) + px(16), px(COLUMN)))
        self.view.horizontalHeader().setStretchLastSection(True)
        copy, close = Button(look, "Copy the table", "copy"), Button(look, "Close")
        copy.clicked.connect(self._copy)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addWidget(Label(look, f"{counted(len(table.rows), 'row')}. {about}", "small", "ink2", wrap=True), 1)
        foot.addWidget(copy)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        column.addWidget(Label(look, table.name, "section"))
        column.addWidget(self.view, 1)
        column.addLayout(foot)
        scrim = Scrim(look, parent.window())
        self.finished.connect(lambda _: scrim.deleteLater())
        self.view.setFocus()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.rows.as_text())
