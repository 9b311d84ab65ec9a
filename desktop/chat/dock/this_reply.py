"""How sure the whole reply is, while it is written too: a stripe a token, and jumps to the places of doubt.

Knows numbers, not where they come from.
"""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.chat.certainty import FEWEST, Certainty, Doubt
from desktop.chat.strip import CertaintyStrip, DoubtChip
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.label import Label

HEIGHT = 32
NONE = Certainty((), ())
DOUBTS: tuple[Doubt, ...] = ("unsure", "forks")


class ThisReply(QWidget):
    """`chosen` has a position; `jump` the doubt and the way."""

    chosen = Signal(int)
    jump = Signal(str, int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.strip = CertaintyStrip(look, NONE, HEIGHT)
        self.chips: dict[Doubt, DoubtChip] = {doubt: DoubtChip(look, doubt, 0) for doubt in DOUBTS}
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(Label(look, "This reply", "heading"), 1)
        head.addWidget(Label(look, "taller = less sure", "small", "ink3"))
        for doubt, chip in self.chips.items():
            foot.addWidget(chip)
            chip.jump.connect(lambda way, doubt=doubt: self.jump.emit(doubt, way))
        foot.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(hairline())
        self._column.addLayout(head)
        self._column.addWidget(self.strip)
        self._column.addLayout(foot)
        self.strip.chosen.connect(self.chosen)
        look.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def show_certainty(self, certainty: Certainty, position: int | None) -> None:
        """Hidden where there are too few tokens to see anything."""
        self.setVisible(len(certainty.spans) >= FEWEST)
        self.strip.here = next((n for n, span in enumerate(certainty.spans) if span.position == position), None)
        self.strip.show_certainty(certainty)
        for doubt, chip in self.chips.items():
            chip.show_count(len(certainty.places(doubt)))

    @Slot()
    def _restyle(self) -> None:
        self.strip.setFixedHeight(self._look.px(HEIGHT))
        self._column.setSpacing(self._look.px(8))
