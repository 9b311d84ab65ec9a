"""The words closest to one: a search field, bars, and the tokens it is made of. Knows no map."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.inspect.asking import Asking
from desktop.inspect.bar_list import BarList, BarRow
from desktop.inspect.pieces import quoted, shown
from desktop.inspect.place import Place
from desktop.inspect.token_chips import TokenChips
from desktop.notices import announce
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.messages import FindNeighbours, Neighbours

TOP = 9
LONGEST = 60


class ClosestWords(QWidget):
    """`wanted` comes with a word that a person typed or chose, `found` with the neighbours of the asked one."""

    wanted = Signal(str)
    found = Signal(object)

    def __init__(self, look: Look, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.neighbours: Neighbours | None = None
        self._reason = ""
        self.field = QLineEdit()
        self.field.setAccessibleName("Word to look up")
        self.field.setPlaceholderText("A word")
        self.field.setMaxLength(LONGEST)
        self._glass = QAction(self.field)
        self.field.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.button = Button(look, "Find", size="small")
        self.bars = BarList(look, "Closest words")
        self.chips = TokenChips(look)
        self.place = Place(look, self._make_list())
        self.asking = Asking(bridge, self.place)
        self.asking.answered.connect(self._show)
        self.field.returnPressed.connect(self._want)
        self.field.textChanged.connect(self._check)
        self.button.clicked.connect(self._want)
        self.bars.chosen.connect(lambda row: self.wanted.emit(self._word(row)))
        self._lay_out()
        look.changed.connect(self._restyle)
        self._restyle()
        self._check()

    def _make_list(self) -> QWidget:
        inner = QWidget()
        column = self._inner = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.bars)
        column.addWidget(hairline())
        tokens = QHBoxLayout()
        tokens.addWidget(Label(self._look, "Tokens", "small", "ink2"))
        tokens.addWidget(self.chips, 1)
        column.addLayout(tokens)
        column.addStretch(1)
        return inner

    def _lay_out(self) -> None:
        self._row = QHBoxLayout()
        self._row.addWidget(self.field, 1)
        self._row.addWidget(self.button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        title = Label(self._look, "Closest words", "heading")
        title.setToolTip("Cosine between the embeddings; a word of several tokens has the mean of theirs.")
        self._column.addWidget(title)
        self._column.addLayout(self._row)
        self._column.addWidget(self.place, 1)

    def ask(self, word: str) -> None:
        if self.field.text().strip() != word:
            self.field.setText(word)
        self.asking.ask(FindNeighbours, word=word, top=TOP)

    def _word(self, row: int) -> str:
        return shown(self.neighbours.items[row].text) if self.neighbours is not None else ""

    @Slot()
    def _want(self) -> None:
        word = self.field.text().strip()
        if word and not self._reason:
            self.wanted.emit(word)

    def let_ask(self, reason: str) -> None:
        """`reason` says why nothing can be asked now; empty when it can."""
        self._reason = reason
        self._check()

    @Slot()
    def _check(self) -> None:
        if self.field.text().strip() and not self._reason:
            self.button.enable()
        else:
            self.button.disable(self._reason or "There is no word to look up.")

    @Slot(object)
    def _show(self, neighbours: Neighbours) -> None:
        self.neighbours = neighbours
        self.bars.show_rows([self._bar(item.text, item.similarity) for item in neighbours.items])
        self.chips.show_pieces(neighbours.pieces)
        first = neighbours.items[0].text if neighbours.items else ""
        if first:
            announce(self, f"Closest to {quoted(neighbours.word)} is {quoted(first)}")
        self.found.emit(neighbours)

    def _bar(self, text: str, similarity: float) -> BarRow:
        name = shown(text)
        return BarRow(name, min(max(similarity, 0.0), 1.0), f"{similarity:.2f}", f"{name}, likeness {similarity:.2f}")

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._glass.setIcon(self._look.icon("search"))
        self.field.setFont(self._look.font("body"))
        self._row.setSpacing(px(8))
        self._column.setSpacing(px(8))
        self._inner.setSpacing(px(8))
