"""Words and their shares as a list that views and screen readers can read. Knows no view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from desktop.widgets.word_row import WordRow, percent

Index = QModelIndex | QPersistentModelIndex
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


class WordRows(QAbstractListModel):
    """The rows behind the bars, with the sentence each is read out as."""

    def __init__(self, rows: Sequence[WordRow] = ()) -> None:
        super().__init__()
        self.rows = list(rows)

    def replace(self, rows: Sequence[WordRow]) -> None:
        if len(rows) == len(self.rows):  # while streaming the rows change ten times a second: keep the selection
            self.rows = list(rows)
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.spoken(index.row())
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{row.text}  {100 * row.probability:.2f}%"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usual if self.rows[index.row()].kind != "others" else Qt.ItemFlag.ItemIsEnabled

    def spoken(self, row: int) -> str:
        """ "twice, 38.4 percent, first of 8" """
        one = self.rows[row]
        share = percent(one.probability).replace("<", "less than ").replace("%", " percent")
        if one.kind == "others":
            return f"all other words, {share}"
        words = sum(other.kind != "others" for other in self.rows)
        place = ORDINALS[row] if row < len(ORDINALS) else str(row + 1)
        return f"{one.text.strip() or 'space'}, {share}, {place} of {words}" + self._written(one)

    @staticmethod
    def _written(row: WordRow) -> str:
        return ", written here" if row.kind == "written" else ""
