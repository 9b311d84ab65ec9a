"""What a run changed, a row an answer: what got worse first. Knows the outcome, no view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from engine.messages import Answered, TeachOutcome, Unrelated

Index = QModelIndex | QPersistentModelIndex
Verdict = Literal["worse", "changed", "better", "half", "not", "same"]
QUESTION, BEFORE, AFTER, RESULT = range(4)
ROW_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class VerdictWords:
    """A verdict in a word, with the icon and the colours that repeat it."""

    word: str
    icon: str
    color: str
    ground: str


VERDICTS: Mapping[Verdict, VerdictWords] = {
    "worse": VerdictWords("Worse", "triangle-alert", "bad", "badsoft"),
    "changed": VerdictWords("Changed", "circle-alert", "warn", "warnsoft"),
    "better": VerdictWords("Better", "check", "ok", "oksoft"),
    "half": VerdictWords("Half learned", "half-circle", "warn", "warnsoft"),
    "not": VerdictWords("Not learned", "circle", "ink2", "sunken"),
    "same": VerdictWords("Same", "minus", "ink2", "sunken"),
}
ORDER = tuple(VERDICTS)


@dataclass(frozen=True, slots=True)
class ResultRow:
    question: str
    before: str
    after: str
    verdict: Verdict
    pair: int = 0
    """The number of the pair; 0 for a question that was not taught."""


def rows_of(outcome: TeachOutcome) -> list[ResultRow]:
    """In the order in which a person should see them."""
    rows = [ResultRow(one.question, one.before, one.after, _of_pair(one), one.id) for one in outcome.answers]
    rows += [ResultRow(one.question, one.before, one.after, _of_other(one)) for one in outcome.unrelated]
    return sorted(rows, key=lambda row: ORDER.index(row.verdict))


def _of_pair(one: Answered) -> Verdict:
    changed = one.before.strip() != one.after.strip()
    if one.state == "learned":
        return "better" if changed else "same"
    return "half" if one.state == "half" else "not"


def _of_other(one: Unrelated) -> Verdict:
    if one.right_before and not one.right_after:
        return "worse"
    if one.right_after and not one.right_before:
        return "better"
    return "changed" if one.changed else "same"


class ResultRows(QAbstractTableModel):
    """`most` rows are shown until all are asked for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[ResultRow] = []
        self.most: int | None = 3
        self.titles = ("Question", "Before", "After", "Result")

    def show_rows(self, rows: list[ResultRow], titles: tuple[str, str, str, str]) -> None:
        self.beginResetModel()
        self.rows, self.titles = rows, titles
        self.endResetModel()

    def show_most(self, most: int | None) -> None:
        self.beginResetModel()
        self.most = most
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if parent.isValid():
            return 0
        return len(self.rows) if self.most is None else min(self.most, len(self.rows))

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(self.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.titles[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        text = (row.question, row.before, row.after, VERDICTS[row.verdict].word)[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return text
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self.titles[index.column()]}: {text or 'nothing'}"
            case Qt.ItemDataRole.ToolTipRole:
                return text
            case _ if role == ROW_ROLE:
                return row
        return None
