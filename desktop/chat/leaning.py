"""The quiet line under a reply that leans on taught pairs: which, and how sure that they are meant. Knows no store."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.chat.facts import meant
from desktop.theme import Look
from desktop.widgets.button import Button
from engine.messages import CardUsed


class PairLinks(QWidget):
    """A link a pair; `chosen` has its number."""

    chosen = Signal(int)

    def __init__(self, look: Look, cards: Sequence[CardUsed]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.px(4))
        for number, card in enumerate(cards):
            link = Button(look, f"{'and' if number else 'From your'} pair {card.lesson}", kind="link")
            link.setFont(look.font("small"))
            link.setToolTip(meant(card))
            link.setAccessibleName(f"From your pair {card.lesson}")
            link.setAccessibleDescription(meant(card))
            link.clicked.connect(lambda _=False, pair=card.lesson: self.chosen.emit(pair))
            row.addWidget(link)
        row.addStretch(1)
