"""The likeliest next words with their shares, and between how many the model chooses. Knows numbers, no engine."""

from __future__ import annotations

import html
import math

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.inspect.heat import rounded
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.label import Label
from desktop.widgets.segmented import Segmented
from desktop.widgets.word_bars import WordBars
from desktop.widgets.word_row import WordRow
from desktop.wording import OTHERS, shown
from engine.messages import NextChances, Unit

UNITS = (("word", "Words"), ("token", "Tokens"))
NOTES = {
    "word": "Model, before the sampler. The words above and <others> add up to exactly 100%. "
    "A word of several tokens counts as one.",
    "token": "Model, before the sampler. The tokens above and <others> add up to exactly 100%. "
    "A token is a word or a piece of one.",
}


class NextList(QWidget):
    """`chosen` carries the text that a row would write; `unit_chosen` "word" or "token"."""

    chosen = Signal(str)
    unit_chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.chances: NextChances | None = None
        self.units = Segmented(look, UNITS, "Next by")
        self.finding = QLabel()
        self.finding.setTextFormat(Qt.TextFormat.RichText)
        self.finding.setWordWrap(True)
        self.bars = WordBars(look, "Next words, model, before the sampler")
        self.bars.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.note = Label(look, "", "small", "ink2", wrap=True)
        head = QHBoxLayout()
        head.addWidget(Label(look, "Next word", "heading"))
        head.addStretch(1)
        head.addWidget(self.units, 0, Qt.AlignmentFlag.AlignVCenter)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self.finding)
        column.addWidget(self.bars)
        self._line = hairline()
        column.addWidget(self._line)
        column.addWidget(self.note)
        column.addStretch(1)
        self.units.chosen.connect(lambda unit: self.unit_chosen.emit(str(unit)))
        self.bars.chosen.connect(self._choose)
        look.changed.connect(self._restyle)
        self._restyle()
        self.show_chances(None)

    def show_chances(self, chances: NextChances | None) -> None:
        self.chances = chances
        rows = rows_of(chances) if chances else []
        self.bars.show_rows(rows)
        for part in (self.finding, self.bars, self._line, self.note):
            part.setVisible(chances is not None)
        if chances is not None:
            self.finding.setText(finding_of(chances))
            begun = f" The text ends with “{chances.started}”, which may be the beginning of a word."
            self.note.setText(NOTES[chances.unit] + (begun if chances.started else ""))

    def unit(self) -> Unit:
        return "token" if self.units.value() == "token" else "word"

    @Slot(int)
    def _choose(self, row: int) -> None:
        if self.chances is not None and row < len(self.chances.items):
            self.chosen.emit(self.chances.items[row].text)

    @Slot()
    def _restyle(self) -> None:
        self._column.setSpacing(self._look.px(10))
        self.finding.setFont(self._look.font("finding"))


def rows_of(chances: NextChances) -> list[WordRow]:
    rows = [WordRow(shown(one.text), one.probability) for one in chances.items]
    return [*rows, WordRow(OTHERS, chances.unexplored, "others")]


def finding_of(chances: NextChances) -> str:
    """Of words the entropy is a lower bound, since nobody counts them all; of tokens it is exact."""
    count, noun = math.exp(chances.entropy), "word" if chances.unit == "word" else "token"
    if count < 1.2:
        strong = f"only 1 {noun}"
    elif count < 2.5:
        strong = f"1 or 2 {noun}s"
    else:
        number = rounded(round(count)) if count < 9.95 else rounded(count)
        strong = f"{number.replace('about', 'at least') if chances.unit == 'word' else number} {noun}s"
    return f"Choosing between <b>{html.escape(strong)}</b>"
