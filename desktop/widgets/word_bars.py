"""What the model might write next, as rows of word, bar and share. Knows probabilities, not where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QListView, QWidget

from desktop.theme import Look
from desktop.widgets.word_bar_painting import WordBarDelegate
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


class WordBars(QListView):
    """As high as its rows. `chosen` comes with the row on Enter or a double click, `moved` when another is selected."""

    chosen = Signal(int)
    moved = Signal(int)

    def __init__(
        self,
        look: Look,
        accessible_name: str,
        *,
        row_height: int = 26,
        bar_height: int = 10,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._row_height = row_height
        self._rows = WordRows()
        self.setModel(self._rows)
        self.setItemDelegate(WordBarDelegate(look, row_height, bar_height, self))
        self.setAccessibleName(accessible_name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.activated.connect(self._on_activated)
        self.selectionModel().currentChanged.connect(self._on_moved)
        look.changed.connect(self._restyle)

    def show_rows(self, rows: Sequence[WordRow]) -> None:
        """In the order to be shown; the likeliest first, `others` last."""
        self._rows.replace(rows)
        self._restyle()

    def rows(self) -> list[WordRow]:
        return self._rows.rows

    def select(self, row: int) -> None:
        self.setCurrentIndex(self._rows.index(row))

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(240), len(self._rows.rows) * self._look.px(self._row_height))

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        if self._rows.rows[index.row()].kind != "others":
            self.chosen.emit(index.row())

    @Slot(QModelIndex)
    def _on_moved(self, current: QModelIndex) -> None:
        if current.isValid():
            self.moved.emit(current.row())

    @Slot()
    def _restyle(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
