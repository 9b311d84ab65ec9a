"""What stands on the right before a first run: what will happen there, in three steps. Knows no run."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.label import Label

WIDTH = 560
STAGES = (
    ("First letters", "rtle eth ohung pest lid", "It begins at random, and finds out which letters are common."),
    ("Then words", "the was and the little a", "Words come, one beside the other, with nothing between them."),
    ("Then sentences", "lived in a small boat and saw a fish", "It finds what follows what, and small stories come."),
)
WHAT = (
    "It reads your text and guesses the next token, again and again; after each guess its numbers are moved a "
    "little towards the right one. You watch how the loss falls, and what it writes meanwhile."
)


class EmptyTrain(QWidget):
    """The samples are marked as examples, since nobody has written them yet."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._card = QFrame()
        self._card.setProperty("area", "card")
        self._grid = QGridLayout(self._card)
        for row, (title, sample, meaning) in enumerate(STAGES):
            self._grid.addWidget(Label(look, title, "heading"), 2 * row, 0)
            text = Label(look, sample, "token", "ink2", wrap=True)
            text.setAccessibleName(f"Example: {sample}")
            self._grid.addWidget(text, 2 * row, 1)
            said = Label(look, meaning, "small", "ink3", wrap=True)
            said.setContentsMargins(0, 0, 0, look.px(10 if row + 1 < len(STAGES) else 0))
            self._grid.addWidget(said, 2 * row + 1, 1)
        self._grid.setColumnStretch(1, 1)
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.addWidget(Label(look, "Here a model will learn to talk", "page_title", wrap=True))
        self._column.addWidget(Label(look, WHAT, "body", "ink2", wrap=True))
        self._column.addWidget(self._card)
        self._column.addWidget(Label(look, "Examples, not measured.", "caption", "ink3"))
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.addWidget(self._inside)
        column.addStretch(3)
        look.changed.connect(self._restyle)
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._inside.setMaximumWidth(px(WIDTH))
        self._column.setContentsMargins(px(24), px(12), px(24), px(12))
        self._column.setSpacing(px(12))
        self._grid.setContentsMargins(px(16), px(12), px(16), px(12))
        self._grid.setHorizontalSpacing(px(20))
        self._grid.setVerticalSpacing(px(4))
