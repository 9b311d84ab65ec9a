"""The steps of the sampler as rows that views and screen readers can read. Knows no view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from desktop.widgets.word_row import percent
from engine.messages import Sampling, XRayStage

Index = QModelIndex | QPersistentModelIndex

LABELS = {
    "raw": "Model",
    "penalties": "Penalties",
    "temperature": "Temperature",
    "top-k": "Top-k",
    "top-p": "Top-p",
    "min-p": "Min-p",
}
TIPS = {
    "raw": "What the model says, before any step of the sampler",
    "penalties": "Tokens that were used already become less likely",
    "temperature": "Below 1 the likely ones become likelier, above 1 all come nearer to each other",
    "top-k": "Keeps only so many of the likeliest",
    "top-p": "Keeps the likeliest until they hold this share together",
    "min-p": "Keeps those that are at least this share of the likeliest",
}


@dataclass(frozen=True, slots=True)
class StageRow:
    stage: XRayStage
    label: str
    setting: str
    tip: str

    @property
    def spoken(self) -> str:
        kept = percent(self.stage.mass_kept).replace("%", " percent").replace("<", "less than ")
        name = f"{self.label} {self.setting}".strip()
        return f"{name}, keeps {kept}, {self.stage.candidates:,} tokens left"


def stage_rows(stages: Sequence[XRayStage], sampling: Sampling) -> list[StageRow]:
    """Steps that change nothing are there too, and say that they are off."""
    settings = {
        "penalties": "" if _penalised(sampling) else "off",
        "temperature": f"{sampling.temperature:.2f}",
        "top-k": f"{sampling.top_k}" if sampling.top_k else "off",
        "top-p": f"{sampling.top_p:.2f}" if sampling.top_p < 1 else "off",
        "min-p": f"{sampling.min_p:.2f}" if sampling.min_p else "off",
    }
    rows = []
    for stage in stages:
        key = stage.name.lower().replace("_", "-").replace(" ", "-")
        label = LABELS.get(key, stage.name)
        rows.append(StageRow(stage, label, settings.get(key, ""), TIPS.get(key, "")))
    return rows


def _penalised(sampling: Sampling) -> bool:
    return sampling.repetition_penalty != 1 or bool(sampling.presence_penalty or sampling.frequency_penalty)


class StageRows(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[StageRow] = []

    def replace(self, rows: list[StageRow]) -> None:
        if len(rows) == len(self.rows):  # while a slider moves, the chosen row stays
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tip
        return None
