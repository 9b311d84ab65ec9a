"""A run that did not end: the newest one can go on from here, the others from the list. Knows runs, no engine."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.train.size_card import millions
from desktop.unfinished_card import UnfinishedCard
from engine.messages import PretrainRun


class Interrupted(QWidget):
    """Signals carry the PretrainRun."""

    go_on = Signal(object)
    forget = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.card: UnfinishedCard | None = None
        self._column = QVBoxLayout(self)
        look.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def show_runs(self, runs: Sequence[PretrainRun]) -> None:
        """Newest first."""
        if self.card is not None:
            self._column.removeWidget(self.card)
            self.card.hide()
            self.card.deleteLater()
            self.card = None
        if runs:
            self._add(runs[0], len(runs) - 1)
        self.setVisible(bool(runs))

    def _add(self, run: PretrainRun, others: int) -> None:
        more = f" {others} more under Earlier runs." if others else ""
        self.card = card = UnfinishedCard(
            self._look,
            f"Training {run.title} stopped at step {run.step:,} of {run.steps:,}",
            f"{run.preset.capitalize()}, {millions(run.parameters)}. Everything up to that step is kept.{more}",
            going_on=f"Go on training {run.title}",
            forgetting=f"Forget the run {run.title}",
            blocked=run.problem,
        )
        card.go_on.clicked.connect(lambda: self.go_on.emit(run))
        card.forget.clicked.connect(lambda: self.forget.emit(run))
        self._column.addWidget(card)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setContentsMargins(px(24), px(16), px(20), 0)
