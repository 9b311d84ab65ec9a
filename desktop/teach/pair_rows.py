"""The pairs as a table: all of the open set, or those that a search or a check picks out. Knows no view."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.amounts import counted, share
from desktop.teach.open_set import OpenSet
from desktop.teach.wording import status_of
from engine.data.pair_sets import PairField, StoredPair

Index = QModelIndex | QPersistentModelIndex
NUMBER, QUESTION, ANSWER, RECALL, STATUS = range(5)
TITLES = ("#", "Question", "Answer", "Recall", "Status")
FIELDS: dict[int, PairField] = {QUESTION: "question", ANSWER: "answer"}
PAIR_ROLE = Qt.ItemDataRole.UserRole
EDITING_ROLE = PAIR_ROLE + 1
MOST_MOVES = 500
"""Above this many rows at once the whole table is told to be new."""


class PairRows(QAbstractTableModel):
    """`shown` are the numbers of the pairs in the rows; `editing` is the one whose editor is open."""

    def __init__(self, pairs: OpenSet, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pairs = pairs
        self._only: Sequence[int] | None = None
        self.shown: list[int] = list(pairs.ids)
        self.editing: int | None = None
        pairs.opened.connect(lambda: self.show_only(None))
        pairs.added.connect(self._add)
        pairs.removed.connect(self._remove)
        pairs.touched.connect(self._touch)
        pairs.marked.connect(self._repaint)

    def show_only(self, ids: Sequence[int] | None) -> None:
        """These pairs, in the order of the set; None for all."""
        self.beginResetModel()
        self._only = ids
        self.shown = list(self._pairs.ids) if ids is None else [one for one in sorted(ids) if self._pairs.holds(one)]
        self.endResetModel()

    @property
    def filtered(self) -> bool:
        return self._only is not None

    def row_of(self, pair: int) -> int:
        """-1 where it is not shown."""
        row = bisect_left(self.shown, pair)
        return row if row < len(self.shown) and self.shown[row] == pair else -1

    def set_editing(self, pair: int | None) -> None:
        self.editing = pair
        self._repaint()

    # ---- what Qt asks ----------------------------------------------------------------
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        if role == Qt.ItemDataRole.ToolTipRole and section == RECALL:
            return "How likely the model finds the right answer, word for word (mean probability of its tokens)"
        if role == Qt.ItemDataRole.TextAlignmentRole and section == NUMBER:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usual | Qt.ItemFlag.ItemIsEditable if index.column() in FIELDS else usual

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        pair = self._pairs.pair(self.shown[index.row()])
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return self._text(pair, index.column())
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(pair, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return _tip(pair, index.column())
            case _ if role == PAIR_ROLE:
                return pair
            case _ if role == EDITING_ROLE:
                return pair.id == self.editing
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        field = FIELDS.get(index.column())
        if field is None or role != Qt.ItemDataRole.EditRole:
            return False
        self._pairs.write(self.shown[index.row()], field, str(value))
        return True

    def _text(self, pair: StoredPair, column: int) -> str:
        if column in FIELDS:
            return getattr(pair, FIELDS[column])
        if column == NUMBER:
            return f"{self._pairs.place(pair.id) + 1}"
        if column == RECALL:
            return "" if pair.recall is None else share(pair.recall)
        return status_of(pair, pair.id == self.editing).word

    def _spoken(self, pair: StoredPair, column: int) -> str:
        text = self._text(pair, column)
        if column == NUMBER:
            return f"Pair {text}"
        if column == RECALL and not text:
            text = "not measured yet"
        turns = f", after {counted(len(pair.earlier), 'earlier turn')}" if column == QUESTION and pair.earlier else ""
        return f"{TITLES[column]}: {text or 'empty'}{turns}"

    # ---- following the set -----------------------------------------------------------
    def _add(self, ids: list[int]) -> None:
        if self._only is not None:
            self._only = [*self._only, *ids]  # what was just added is not hidden by a search
        if len(ids) > MOST_MOVES:
            return self.show_only(self._only)
        for one in ids:
            row = bisect_left(self.shown, one)
            self.beginInsertRows(QModelIndex(), row, row)
            self.shown.insert(row, one)
            self.endInsertRows()

    def _remove(self, ids: list[int]) -> None:
        rows = [row for row in map(self.row_of, ids) if row >= 0]
        if len(rows) > MOST_MOVES:
            return self.show_only(self._only)
        runs = [[row for _, row in run] for _, run in groupby(enumerate(rows), lambda one: one[1] - one[0])]
        for run in reversed(runs):  # from the end, so that the rows before stay where they are
            self.beginRemoveRows(QModelIndex(), run[0], run[-1])
            del self.shown[run[0] : run[-1] + 1]
            self.endRemoveRows()
        self._repaint()  # the numbers after them are other ones now

    def _touch(self, ids: list[int]) -> None:
        for row in map(self.row_of, ids[:MOST_MOVES]):
            if row >= 0:
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(TITLES) - 1))
        if len(ids) > MOST_MOVES:
            self._repaint()

    def _repaint(self) -> None:
        if self.shown:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.shown) - 1, len(TITLES) - 1))


def _tip(pair: StoredPair, column: int) -> str | None:
    """The whole text where it may be cut off, and the turns before the question."""
    if column == QUESTION and (pair.earlier or pair.system):
        names = {"user": "You", "assistant": "Model", "system": "Instructions"}
        lines = [f"Instructions: {pair.system}"] if pair.system else []
        lines += [f"{names[turn.role]}: {turn.text}" for turn in pair.earlier]
        return "\n".join([*lines, f"You: {pair.question}"])
    return getattr(pair, FIELDS[column]) if column in FIELDS else None
