"""A small table of texts that is only looked at. Knows no page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Slot
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from desktop.metrics import TYPE
from desktop.theme import Look

Index = QModelIndex | QPersistentModelIndex
ROW, HEAD = 30, 28
LONGEST = 300


class Texts(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.titles: Sequence[str] = ()
        self.rows: Sequence[Sequence[str]] = ()

    def show_rows(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.beginResetModel()
        self.titles, self.rows = titles, rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(self.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.titles[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        text = self.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return " ".join(text[:LONGEST].split())
        return text if role == Qt.ItemDataRole.ToolTipRole else None


class Cells(QTableView):
    """Columns share the width by `shares`."""

    def __init__(self, look: Look, accessible_name: str, shares: Sequence[int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._shares = look, shares
        self.texts = Texts()
        self.setModel(self.texts)
        self.setAccessibleName(accessible_name)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        look.changed.connect(self._restyle)
        self._restyle()

    def show_rows(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.texts.show_rows(titles, rows)
        head = self.horizontalHeader()
        for column in range(len(titles)):
            fixed = self._shares[column] == 0
            head.setSectionResizeMode(
                column, QHeaderView.ResizeMode.ResizeToContents if fixed else QHeaderView.ResizeMode.Stretch
            )

    @Slot()
    def _restyle(self) -> None:
        px, size = self._look.px, TYPE["caption_strong"].size
        self.setFont(self._look.font("small"))
        self.verticalHeader().setDefaultSectionSize(px(ROW))
        self.horizontalHeader().setFixedHeight(px(HEAD))
        self.horizontalHeader().setStyleSheet(f"QHeaderView::section {{ font: 600 {px(size)}px; }}")
