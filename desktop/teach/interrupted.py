"""Runs that did not end: each can go on from its last save, or be forgotten. Knows runs, no pairs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.amounts import counted
from desktop.theme import Look
from desktop.unfinished_card import UnfinishedCard
from engine.messages import RunInfo

GONE = "Its pairs are no longer here, so it can only be forgotten."


def card_of(look: Look, info: RunInfo, title: str, known: bool) -> UnfinishedCard:
    return UnfinishedCard(
        look,
        f"Teaching {title} was interrupted at step {info.step:,} of {info.steps:,}",
        f"{counted(info.pairs, 'pair')}. Everything up to that step is kept.",
        going_on=f"Go on teaching {title}",
        forgetting=f"Forget the run {title}",
        blocked="" if known else GONE,
    )


class Interrupted(QWidget):
    """A card a run. Signals carry the RunInfo."""

    go_on = Signal(object)
    forget = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.cards: list[UnfinishedCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def show_runs(self, runs: Sequence[tuple[RunInfo, str, bool]]) -> None:
        """Each with its title, and whether its pairs are known."""
        for card in self.cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = []
        for info, title, known in runs:
            card = card_of(self._look, info, title, known)
            card.go_on.clicked.connect(lambda _=False, one=info: self.go_on.emit(one))
            card.forget.clicked.connect(lambda _=False, one=info: self.forget.emit(one))
            self.cards.append(card)
            self._column.addWidget(card)
        self.setVisible(bool(runs))
