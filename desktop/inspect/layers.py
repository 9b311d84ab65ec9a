"""Layers: what each would say next at each place of the text, through a plain lens or a trained one."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.amounts import choices_between, counted
from desktop.bridge import Bridge
from desktop.inspect.asking import Asking
from desktop.inspect.lens_table import LensView
from desktop.inspect.lens_training import LensTraining, nearer
from desktop.inspect.pieces import bars
from desktop.inspect.place import NO_MODEL, NO_TEXT, Place
from desktop.inspect.stop_after import StopAfter
from desktop.inspect.tab import Tab
from desktop.inspect.two_columns import TwoColumns
from desktop.loader import ModelLoader
from desktop.table import Table
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.folding_row import FoldingRow
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.segmented import Segmented
from desktop.widgets.word_bars import WordBars
from engine.messages import AskLens, Failed, Lens, LensState, LensTable, LoadedModel, ReadLayers

PLAIN = "Plain lens: every layer is read as if it were the last. Early layers may mislead."
PLAIN_TERM = "Logit lens: the final norm and the output matrix on the stream after each layer."


class LayersTab(Tab):
    key = "layers"
    title = "Layers"

    def __init__(self, look: Look, bridge: Bridge, loader: ModelLoader) -> None:
        super().__init__(look, bridge, loader)
        self._look, self._loader = look, loader
        self._text = ""
        self._model: LoadedModel | None = None
        self.lens: Lens = "plain"
        self.lens_choice = Segmented(look, [("plain", "Plain lens"), ("trained", "Trained lens")], "Lens")
        self.lens_said = Label(look, PLAIN, "small", "ink2", wrap=True)
        self.view = LensView(look)
        self.stopping = StopAfter(look, bridge)
        self.training = LensTraining(look, bridge)
        self.cell_title = Label(look, "", "heading", wrap=True)
        self.cell_said = Label(look, "", "small", "ink2", wrap=True)
        self.cell_bars = WordBars(look, "What this layer would say next")
        self.finding = Label(look, "", "small", "ink2", wrap=True)
        self.place = Place(look, self._make_table())
        self.asking = Asking(bridge, self.place)
        self._state = Task(bridge, self)
        self.parts = QStackedWidget()
        self._lay_out()
        self._wire()
        self.place.say(*NO_TEXT)

    def _make_table(self) -> QWidget:
        self.columns = TwoColumns(self._look, "Layers")
        main, side = self.columns.main, self.columns.side
        for widget in (self.view, self.stopping):
            main.addWidget(widget, 1 if widget is self.view else 0)
        main.addStretch(0)
        for widget in (self.cell_title, self.cell_said, self.cell_bars, self.finding, hairline(), self.lens_said):
            side.addWidget(widget)
        side.addStretch(1)
        return self.columns

    def _lay_out(self) -> None:
        self.parts.addWidget(self.place)
        self.parts.addWidget(self.training)
        self._head = FoldingRow(self._look, (0, 12, 2, 0), 8)
        self._head.first.addWidget(Label(self._look, "What each layer would say next", "heading"))
        self._head.first.addWidget(ElidedLabel(self._look, "Bold: already the final answer", "small", "ink2"), 1)
        self._head.second.addWidget(self.lens_choice, 0, Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self.parts, 1)

    def _wire(self) -> None:
        self.asking.answered.connect(self._show_table)
        self.lens_choice.chosen.connect(self._choose_lens)
        self.view.moved.connect(self._show_cell)
        self.training.trained.connect(self._trained)
        self._state.done.connect(self._hear_state)
        self._state.failed.connect(self._state_failed)

    # ---- the text ----------------------------------------------------------------------
    def read(self, text: str) -> None:
        self._text = text
        if self._loader.loaded != self._model:
            self._model = self._loader.loaded
            self.training.begin_anew()
        self._begin()

    def leave(self) -> None:
        """Training a lens goes on: it takes a minute, and nobody waits for it here."""
        self._state.drop()
        self.stopping.drop()
        self.asking.drop()

    def _begin(self) -> None:
        if self._loader.loaded is None or not self._text:
            self.asking.drop()
            self._state.drop()
            self.said.emit("")
            self.place.say(*(NO_TEXT if self._loader.loaded is not None else NO_MODEL))
            return self.parts.setCurrentWidget(self.place)
        self._say_lens(None)
        if self.lens == "trained":
            return self._state.start(AskLens)
        return self._ask()

    def _ask(self) -> None:
        self.parts.setCurrentWidget(self.place)
        self.asking.ask(ReadLayers, text=self._text, lens=self.lens)

    @Slot(object)
    def _show_table(self, table: LensTable) -> None:
        cut = f" The first {counted(table.cut, 'token')} did not fit and are left out." if table.cut else ""
        self.said.emit(f"Click any cell to see its whole list.{cut}")
        self.stopping.show_text(self._text, table.lens, len(table.rows) - 1)
        self.view.show_table(table)
        place = self.view.currentIndex()
        self._show_cell(place.row(), place.column())

    # ---- the lens ----------------------------------------------------------------------
    @Slot(object)
    def _choose_lens(self, lens: object) -> None:
        self.lens = cast(Lens, lens)
        self.asking.drop()
        self._state.drop()
        self._begin()

    @Slot(object)
    def _hear_state(self, state: LensState) -> None:
        self._say_lens(state)
        if state.trained:
            return self._ask()
        self.asking.drop()
        return self.parts.setCurrentWidget(self.training)

    @Slot(object)
    def _state_failed(self, failed: Failed) -> None:
        self.parts.setCurrentWidget(self.place)
        self.place.fail(failed)

    @Slot(object)
    def _trained(self, state: LensState) -> None:
        """The plain lens may have been chosen meanwhile."""
        if self.lens == "trained":
            self._hear_state(state)

    def _say_lens(self, state: LensState | None) -> None:
        plain = self.lens == "plain"
        said = PLAIN if plain else nearer(state) if state is not None and state.trained else ""
        self.lens_said.setText(said)
        self.lens_said.setToolTip(PLAIN_TERM if plain else self.training.text.toolTip())

    # ---- one cell ----------------------------------------------------------------------
    @Slot(int, int)
    def _show_cell(self, row: int, column: int) -> None:
        cells = self.view.cells
        cell = cells.cell(row, column)
        output = row == cells.layers
        self.cell_title.setText(cells.title(row, column))
        by = "by the model, before any sampler" if output else f"by the {self.lens} lens"
        self.cell_said.setText(f"Choosing between {choices_between(cell.entropy)}, {by}")
        self.cell_bars.show_rows(bars(cell.items))
        self.finding.setText(cells.finding(column))

    # ---- what the page asks ------------------------------------------------------------
    def table(self) -> Table | None:
        return self.view.cells.as_table() if self._pictured() else None

    def picture(self) -> QWidget:
        return self.columns.content if self._pictured() else self

    def _pictured(self) -> bool:
        return self.place.pictured and self.parts.currentWidget() is self.place
