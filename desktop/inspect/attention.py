"""Attention: all heads as small maps, one of them large, and what becomes of the next words without it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.amounts import counted
from desktop.bridge import Bridge
from desktop.inspect.asking import Asking
from desktop.inspect.attention_grid import HeadGrid, name_of
from desktop.inspect.attention_large import HeadView
from desktop.inspect.attention_weights import Weights
from desktop.inspect.halves import Halves
from desktop.inspect.head_test import HeadTest
from desktop.inspect.pieces import quoted
from desktop.inspect.place import NO_MODEL, NO_TEXT, Place
from desktop.inspect.tab import Tab
from desktop.loader import ModelLoader
from desktop.table import Table
from desktop.theme import Look
from desktop.widgets.area import area
from desktop.widgets.folding_row import FoldingRow
from desktop.widgets.label import ElidedLabel, Label
from engine.messages import AttentionMaps, Head, ReadAttention

CAUTION = (
    "Attention shows where a head looks. It does not prove why the model answers as it does. "
    "To test a head, switch it off and compare the next words."
)


class AttentionTab(Tab):
    key = "attention"
    title = "Attention"

    def __init__(self, look: Look, bridge: Bridge, loader: ModelLoader) -> None:
        super().__init__(look, bridge, loader)
        self._look, self._loader = look, loader
        self._text = ""
        self.weights: Weights | None = None
        self.head: Head = (0, 0)
        self.grid = HeadGrid(look)
        self.large = HeadView(look)
        self.head_title = Label(look, "", "heading")
        self.finding = Label(look, "", "small", "ink2")
        self.pointed = ElidedLabel(look, "", "small", "ink3")
        self.test = HeadTest(look, bridge)
        self.halves = Halves(look, "Attention")
        self.place = Place(look, self.halves)
        self.asking = Asking(bridge, self.place)
        self._lay_out()
        self.asking.answered.connect(self._show_maps)
        self.grid.chosen.connect(self._choose)
        self.large.moved.connect(self._say_row)
        self.large.pointed.connect(self.pointed.setText)
        self.test.switched.connect(self.grid.show_off)
        look.changed.connect(self._restyle)
        self._restyle()
        self.place.say(*NO_TEXT)

    def _lay_out(self) -> None:
        main, side = self.halves.main, self.halves.side
        main.addWidget(Label(self._look, "All heads", "heading"))
        main.addWidget(self.grid, 1)
        main.addWidget(self._make_note())
        main.addWidget(self.test)
        main.addStretch(0)
        head = FoldingRow(self._look, (0, 0, 0, 0), 8)
        head.first.addWidget(self.head_title)
        head.second.addWidget(self.finding)
        side.addWidget(head)
        side.addWidget(self.large, 1)
        side.addWidget(self.pointed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.place)

    def _make_note(self) -> QFrame:
        note = area("well")
        self._icon = QLabel()
        row = self._note_row = QHBoxLayout(note)
        row.addWidget(self._icon)
        row.addWidget(Label(self._look, CAUTION, "small", "ink2", wrap=True), 1)
        return note

    # ---- the text ----------------------------------------------------------------------
    def read(self, text: str) -> None:
        self._text = text
        self.weights = None
        if self._loader.loaded is None or not text:
            self.asking.drop()
            self.said.emit("")
            return self.place.say(*(NO_TEXT if self._loader.loaded is not None else NO_MODEL))
        self.test.show_text(text)
        return self.asking.ask(ReadAttention, text=text)

    def leave(self) -> None:
        self.test.drop()
        self.asking.drop()

    @Slot(object)
    def _show_maps(self, maps: AttentionMaps) -> None:
        self.weights = Weights(maps)
        layers, heads = counted(maps.layers, "layer"), counted(maps.heads, "head")
        cut = f" The first {counted(maps.cut, 'token')} did not fit and are left out." if maps.cut else ""
        self.said.emit(f"{layers} with {heads} each.{cut}")
        self.grid.show_weights(self.weights, self.head)
        self._show_head()

    # ---- the head ----------------------------------------------------------------------
    @Slot(int, int)
    def _choose(self, layer: int, head: int) -> None:
        if (layer, head) != self.head:
            self.head = (layer, head)
            self._show_head()

    def _show_head(self) -> None:
        if self.weights is None:
            return
        self.head_title.setText(name_of(self.head))
        self.large.setAccessibleName(name_of(self.head))
        self.large.show_head(self.weights, self.head)
        self.test.show_head(self.head)
        self.pointed.setText("")
        self._say_row(self.large.chosen)

    @Slot(int)
    def _say_row(self, token: int) -> None:
        if self.weights is None:
            return
        pieces = self.weights.pieces
        targets = ", ".join(quoted(pieces[place]) for place in self.weights.mostly(*self.head, token))
        self.finding.setText(f"{quoted(pieces[token])} looks mostly at {targets}")
        self.large.setAccessibleDescription(self.finding.text())

    # ---- what the page asks ------------------------------------------------------------
    def table(self) -> Table | None:
        """The chosen head, one row for each pair of tokens of which the first may see the second."""
        if self.weights is None or not self.place.pictured:
            return None
        pieces = self.weights.pieces
        rows = [
            (token + 1, pieces[token], other + 1, pieces[other], weight)
            for token in range(len(pieces))
            for other, weight in enumerate(self.weights.row(*self.head, token)[: token + 1])
        ]
        columns = ("Place", "Token", "Place looked at", "Token looked at", "Share of attention")
        return Table(f"Attention of {name_of(self.head).lower()}", columns, rows)

    def picture(self) -> QWidget:
        return self.halves.content if self.place.pictured else self

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._icon.setPixmap(self._look.pixmap("info", "ink2", 16))
        self._note_row.setContentsMargins(px(14), px(10), px(14), px(10))
        self._note_row.setSpacing(px(12))
