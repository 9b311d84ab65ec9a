"""What the model might write next, as rows of word, bar and share. Knows probabilities, not where they come from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QListView, QWidget

from desktop.theme import Look
from desktop.widgets.word_bar_painting import WordBarDelegate
from desktop.widgets.word_row import WordRow
from desktop.widgets.word_rows import WordRows


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
