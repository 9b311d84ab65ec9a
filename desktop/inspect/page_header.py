"""The line at the top of Look inside: which model, what is coloured and how, and saving. Knows no text."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from desktop.inspect.heat import MEASURES, Measure
from desktop.inspect.legend import Legend
from desktop.inspect.model_choice import ModelChoice
from desktop.metrics import GUTTER
from desktop.theme import Look
from desktop.widgets.folding_row import FoldingRow
from desktop.widgets.label import Label

HEAD = 56
NOTHING = "No colours"


class PageHeader(FoldingRow):
    """`measured` carries the Measure, or None for no colours."""

    measured = Signal(object)

    def __init__(self, look: Look, choice: ModelChoice, save: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(look, (GUTTER, 6, GUTTER, 6), 12, parent)
        self.choice = choice
        self.legend = Legend(look)
        self.measures = QComboBox()
        self.measures.setAccessibleName("What the colours show")
        self.measures.view().setAccessibleName("What the colours show")
        for measure in MEASURES.values():
            self.measures.addItem(measure.label, measure.key)
        self.measures.addItem(NOTHING, "")
        self.first.addWidget(Label(look, "Look inside", "page_title"))
        self.first.addWidget(choice)
        self.first.addStretch(1)
        self.second.addStretch(1)
        for widget in (self.legend, self.measures, save):
            self.second.addWidget(widget)
        self.measures.currentIndexChanged.connect(self._choose)
        look.changed.connect(self._resize)
        self._resize()
        self._choose()

    def measure(self) -> Measure | None:
        return MEASURES.get(str(self.measures.currentData()))

    @Slot()
    def _choose(self) -> None:
        measure = self.measure()
        self.legend.show_measure(measure)
        self.measures.setToolTip(measure.tip if measure else "The text stays plain")
        self.measured.emit(measure)

    @Slot()
    def _resize(self) -> None:
        self.setMinimumHeight(self._look.px(HEAD))
        self.measures.setFont(self._look.font("body_medium"))
