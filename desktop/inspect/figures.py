"""A table of words and numbers that sorts by any column and can be walked through by keyboard. Knows not of what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QHeaderView, QSizePolicy, QTableView, QWidget

from desktop.metrics import TYPE
from desktop.theme import Look

Index = QModelIndex | QPersistentModelIndex
Value = str | float | int | None
ROW, HEAD = 36, 30
LEADING = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
TRAILING = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Column:
    """`written` turns a value into what is seen; `color` names the theme's colour for it. Missing values come last."""

    title: str
    tip: str = ""
    written: Callable[[Value], str] = lambda value: "" if value is None else str(value)
    color: Callable[[Value], str] = lambda value: "ink"
    strong: bool = False
    words: bool = False
    """Whether it holds words, which begin at its left edge."""


class Rows(QAbstractTableModel):
    """`rows` as shown; `source` maps a row on screen to its place in what was given."""

    def __init__(self, look: Look, columns: Sequence[Column], parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.columns = tuple(columns)
        self.rows: list[Sequence[Value]] = []
        self.source: list[int] = []
        self.by: tuple[int, Qt.SortOrder] | None = None

    def show_rows(self, rows: Sequence[Sequence[Value]]) -> None:
        self.beginResetModel()
        self.rows, self.source = list(rows), list(range(len(rows)))
        if self.by is not None:
            self._order(*self.by)
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.by = (column, order) if column >= 0 else None
        self.beginResetModel()
        self._order(column, order)
        self.endResetModel()

    def _order(self, column: int, order: Qt.SortOrder) -> None:
        """Equals stay in the order of the text."""
        given = sorted(zip(self.source, self.rows, strict=True), key=lambda one: one[0])
        if column >= 0:
            known = [one for one in given if one[1][column] is not None]
            known.sort(key=lambda one: one[1][column], reverse=order == Qt.SortOrder.DescendingOrder)  # type: ignore[arg-type,return-value]
            given = known + [one for one in given if one[1][column] is None]
        self.source, self.rows = [one[0] for one in given], [one[1] for one in given]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEADING if self.columns[section].words else TRAILING
        shown = {Qt.ItemDataRole.DisplayRole: "title", Qt.ItemDataRole.ToolTipRole: "tip"}.get(role)  # type: ignore[call-overload]
        return getattr(self.columns[section], shown) if shown else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column, value = self.columns[index.column()], self.rows[index.row()][index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.written(value)
            case Qt.ItemDataRole.TextAlignmentRole:
                return LEADING if column.words else TRAILING
            case Qt.ItemDataRole.ForegroundRole:
                return QColor(self._look.color(column.color(value)))
            case Qt.ItemDataRole.FontRole:
                return QFont(self._look.font("heading" if column.strong else "body"))
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{column.title}: {column.written(value)}"
        return None


class Figures(QTableView):
    """`moved` and `chosen` carry the place of a row in what was given. A third click on a head gives its order back."""

    moved = Signal(int)
    chosen = Signal(int)

    def __init__(self, look: Look, accessible_name: str, columns: Sequence[Column], *, rows: int = 0) -> None:
        """`rows` above 0: as high as that many, at most; else it takes the room there is."""
        super().__init__()
        self._look, self._most = look, rows
        self.model_rows = Rows(look, columns, self)
        self.setModel(self.model_rows)
        self.setAccessibleName(accessible_name)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        head.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        head.setSortIndicatorClearable(True)
        self.setSortingEnabled(True)
        self.selectionModel().currentRowChanged.connect(self._moved)
        self.activated.connect(lambda index: self.chosen.emit(self.model_rows.source[index.row()]))
        if rows:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        look.changed.connect(self._restyle)
        self._restyle()

    def show_rows(self, rows: Sequence[Sequence[Value]]) -> None:
        self.model_rows.show_rows(rows)
        self._fit()

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Other titles over the same number of columns."""
        self.model_rows.columns = tuple(columns)
        self.model_rows.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(columns) - 1)

    def select(self, place: int) -> None:
        """The row that was given at `place`, brought into view."""
        if place in self.model_rows.source:
            self.setCurrentIndex(self.model_rows.index(self.model_rows.source.index(place), 0))

    def selected(self) -> int | None:
        row = self.currentIndex().row()
        return self.model_rows.source[row] if row >= 0 else None

    @Slot(QModelIndex)
    def _moved(self, current: QModelIndex) -> None:
        if current.isValid():
            self.moved.emit(self.model_rows.source[current.row()])

    def _fit(self) -> None:
        if self._most:
            px, shown = self._look.px, min(max(len(self.model_rows.rows), 1), self._most)
            self.setFixedHeight(px(HEAD) + shown * px(ROW) + 2)

    @Slot()
    def _restyle(self) -> None:
        px, size = self._look.px, TYPE["caption_strong"].size
        self.verticalHeader().setDefaultSectionSize(px(ROW))
        self.horizontalHeader().setFixedHeight(px(HEAD))
        self.horizontalHeader().setStyleSheet(f"QHeaderView::section {{ font: 600 {px(size)}px; }}")
        self._fit()
