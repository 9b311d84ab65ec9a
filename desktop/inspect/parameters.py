"""Parameters: where a model's numbers are, how large they are, and what an adapter changed."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.amounts import SPACE, counted, share
from desktop.bridge import Bridge
from desktop.inspect.asking import Asking
from desktop.inspect.bar_list import BarList, BarRow
from desktop.inspect.parameter_table import TITLES, ParameterTable, cells, percentage
from desktop.inspect.place import NO_MODEL, Place, scrolling
from desktop.inspect.tab import Tab
from desktop.loader import ModelLoader
from desktop.table import Table
from desktop.theme import Look
from desktop.widgets.area import area
from desktop.widgets.button import Button
from desktop.widgets.folding_row import FoldingRow
from desktop.widgets.label import Label
from engine.messages import LoadedModel, Parameters, ReadParameters

TIPS = {
    "Embedding": "One row for each token of the vocabulary.",
    "Attention": "Which earlier tokens each head looks at, and what it takes from them.",
    "MLP": "What each layer makes of a token by itself.",
    "Norm": "Scales between the parts.",
    "Output": "From the last layer to the vocabulary.",
    "Adapter": "What teaching added.",
}


class ParametersTab(Tab):
    """Needs no text: read once for a model."""

    key = "parameters"
    title = "Parameters"

    def __init__(self, look: Look, bridge: Bridge, loader: ModelLoader) -> None:
        super().__init__(look, bridge, loader)
        self._look, self._loader = look, loader
        self._model: LoadedModel | None = None
        self.found: Parameters | None = None
        self.part = ""
        self.parts = BarList(look, "Where the parameters are", (72, 128))
        self.all_parts = Button(look, "Show all parts", kind="link", size="small")
        self.facts = Label(look, "", "small", "ink2", wrap=True)
        self.figures = ParameterTable(look)
        self.title_label = Label(look, "All parameters", "heading")
        self.content = area("surface")
        self.place = Place(look, scrolling(self.content))
        self.asking = Asking(bridge, self.place)
        self.asking.answered.connect(self._show)
        self.parts.chosen.connect(self._choose)
        self.all_parts.clicked.connect(lambda: self._choose(-1))
        self._lay_out()
        look.changed.connect(self._restyle)
        self._restyle()
        self.place.say(*NO_MODEL)

    def _lay_out(self) -> None:
        beside = QVBoxLayout()
        beside.setSpacing(self._look.px(8))  # else it has that of the row
        beside.addWidget(self.all_parts, 0, Qt.AlignmentFlag.AlignLeft)
        beside.addWidget(self.facts)
        beside.addStretch(1)
        top = FoldingRow(self._look, (0, 0, 0, 0), 32)
        top.first.addWidget(self.parts, 1)
        top.second.addLayout(beside)
        inner = self._inner = QVBoxLayout(self.content)
        inner.addWidget(Label(self._look, "Where the parameters are", "heading"))
        inner.addWidget(top)
        inner.addWidget(self.title_label)
        inner.addWidget(self.figures, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.place)

    # ---- the model ---------------------------------------------------------------------
    def read(self, text: str) -> None:
        model = self._loader.loaded
        if model is None:
            self._model, self.found = None, None
            self.asking.drop()
            self.said.emit("")
            return self.place.say(*NO_MODEL)
        if model != self._model:
            self._model, self.found = model, None
            return self.asking.ask(ReadParameters)
        self._say()
        return None

    def leave(self) -> None:
        if self.asking.drop():
            self._model = None

    @Slot(object)
    def _show(self, found: Parameters) -> None:
        self.found = found
        self.part = ""
        self.parts.show_rows(bars_by_part(found))
        self.facts.setText(facts(found))
        self._show_rows()
        self._say()

    def _say(self) -> None:
        if self.found is not None:
            total = sum(row.count for row in self.found.rows)
            self.said.emit(f"{many(total)} parameters in {counted(len(self.found.rows), 'array')}.")

    # ---- one part ----------------------------------------------------------------------
    @Slot(int)
    def _choose(self, row: int) -> None:
        """Only that part is listed; below 0 all are."""
        self.part = self.parts.rows()[row].name if row >= 0 else ""
        if row < 0:
            self.parts.clearSelection()
        self._show_rows()

    def _show_rows(self) -> None:
        rows = self.found.rows if self.found is not None else ()
        changed = any(row.changed is not None for row in rows)
        rounded = any(row.rounded is not None for row in rows)
        shown = [row for row in rows if self.part in ("", row.part)]
        self.figures.show_parameters(shown, changed=changed, rounded=rounded)
        self.title_label.setText(self.part or "All parameters")
        if self.part:
            self.all_parts.enable()
        else:
            self.all_parts.disable("All parts are listed. Choose one above to see only that.")

    # ---- what the page asks ------------------------------------------------------------
    def table(self) -> Table | None:
        if self.found is None or not self.place.pictured:
            return None
        return Table("Parameters", TITLES, [cells(row) for row in self.found.rows])

    def picture(self) -> QWidget:
        return self.content if self.place.pictured else self

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._inner.setContentsMargins(0, px(16), px(2), px(8))
        self._inner.setSpacing(px(8))
        self.parts.setMinimumWidth(px(320))
        self.facts.setMinimumWidth(px(280))
        self.figures.setMinimumHeight(px(240))


def bars_by_part(found: Parameters) -> list[BarRow]:
    """The largest first."""
    counts: Counter[str] = Counter()
    for row in found.rows:
        counts[row.part] += row.count
    total = max(sum(counts.values()), 1)
    return [
        BarRow(
            part,
            count / total,
            f"{many(count)}, {share(count / total)}",
            f"{part}: {many(count)} parameters, {share(count / total)} of all. {TIPS.get(part, '')}".strip(),
        )
        for part, count in counts.most_common()
    ]


def facts(found: Parameters) -> str:
    """What the file held, and what was changed most."""
    said = []
    if found.quantised_from:
        said.append(f"The file held blocks of {found.quantised_from}. What is shown is what they stand for.")
    changed = [row for row in found.rows if row.changed is not None and row.part != "Adapter"]
    if changed:
        most = max(changed, key=lambda row: row.changed or 0.0)
        what = counted(len(changed), "array")
        said.append(f"Teaching changed {what}, most of all {most.name}, by {percentage(most.changed)} of its size.")
    rounded = [row for row in found.rows if row.rounded is not None]
    if rounded:
        most = max(rounded, key=lambda row: row.rounded or 0.0)
        what = counted(len(rounded), "array")
        said.append(f"Rounding the weights changed {what}, most of all {most.name}, by {percentage(most.rounded)}.")
    return " ".join(said)


def many(count: int) -> str:
    """ "134.5 million", "98,304" """
    for size, name in ((1e9, "billion"), (1e6, "million")):
        if count >= size:
            return f"{count / size:.1f}{SPACE}{name}"
    return f"{count:,}"
