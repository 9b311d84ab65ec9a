"""Runs that did not end: each can go on from its last save, or be forgotten. Knows runs, no pairs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.amounts import counted
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.messages import RunInfo

GONE = "Its pairs are no longer here, so it can only be forgotten."


class InterruptedCard(QFrame):
    def __init__(self, look: Look, info: RunInfo, title: str, known: bool) -> None:
        super().__init__()
        self._look = look
        self.setProperty("area", "card")
        self._mark = QLabel()
        said = f"Teaching {title} was interrupted at step {info.step:,} of {info.steps:,}"
        self.title = Label(look, said, "heading", wrap=True)
        detail = f"{counted(info.pairs, 'pair')}. Everything up to that step is kept."
        self.go_on, self.forget = Button(look, "Go on", "play"), Button(look, "Forget it", kind="ghost")
        self.go_on.setAccessibleName(f"Go on teaching {title}")
        self.forget.setAccessibleName(f"Forget the run {title}")
        if not known:
            self.go_on.disable(GONE)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(Label(look, detail if known else f"{detail} {GONE}", "small", "ink2", wrap=True))
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._mark)
        self._row.addLayout(words, 1)
        self._row.addWidget(self.forget)
        self._row.addWidget(self.go_on)
        look.changed.connect(self._restyle)
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._mark.setPixmap(self._look.pixmap("circle-alert", "warn", 18))
        self._row.setContentsMargins(px(16), px(10), px(10), px(10))
        self._row.setSpacing(px(10))


class Interrupted(QWidget):
    """A card a run. Signals carry the RunInfo."""

    go_on = Signal(object)
    forget = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.cards: list[InterruptedCard] = []
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
            card = InterruptedCard(self._look, info, title, known)
            card.go_on.clicked.connect(lambda _=False, one=info: self.go_on.emit(one))
            card.forget.clicked.connect(lambda _=False, one=info: self.forget.emit(one))
            self.cards.append(card)
            self._column.addWidget(card)
        self.setVisible(bool(runs))
