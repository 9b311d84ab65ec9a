"""What stands where nothing can be shown yet: a sentence, and texts to begin with. Knows no tab."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.card import Card
from desktop.widgets.label import Label

TEXTS = (
    "The lighthouse keeper counted the waves until the fog came back and the bells began to",
    "The capital of France is",
    "Once upon a time there was a little girl who loved to",
)
WIDTH = 560


class Examples(QWidget):
    """`chosen` carries the text of a card."""

    chosen = Signal(str)

    def __init__(self, look: Look, texts: Sequence[str] = TEXTS, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._said = Label(look, "", "reading", "ink2", wrap=True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._said)
        self.cards = [self._card(text) for text in texts]
        self._column.addStretch(1)
        look.changed.connect(self._restyle)
        self._restyle()

    def _card(self, text: str) -> Card:
        card = Card(self._look, text, description="Put this text into the box", checkable=False)
        label = Label(self._look, text, wrap=True)
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        card.body.addWidget(label)
        card.clicked.connect(lambda: self.chosen.emit(text))
        self._column.addWidget(card)
        return card

    def say(self, sentence: str, *, examples: bool) -> None:
        self._said.setText(sentence)
        for card in self.cards:
            card.setVisible(examples)

    @Slot()
    def _restyle(self) -> None:
        self._column.setSpacing(self._look.px(8))
        self.setMaximumWidth(self._look.px(WIDTH))
