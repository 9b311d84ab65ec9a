"""How long it trains: left to Nextword, a time, or passes over the text. Knows the preparation, no engine."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.theme import Look
from desktop.train.preparation import Preparation
from desktop.widgets.label import Label
from desktop.widgets.number_box import NumberBox
from desktop.widgets.segmented import Segmented

FITTING, TIME, PASSES = "fitting", "time", "passes"
CHOICES = ((FITTING, "As fits"), (TIME, "Time"), (PASSES, "Passes"))
USUAL_MINUTES, USUAL_PASSES = 30, 3


class Length(QWidget):
    def __init__(self, look: Look, preparation: Preparation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._preparation = look, preparation
        self.choice = Segmented(look, CHOICES, "Length")
        self.choice.setToolTip("How long it trains: as fits this size, for a time, or so often over the text (epochs)")
        self.minutes = NumberBox(look, "Minutes", minimum=1, maximum=60 * 24 * 60, step=1, unit="min")
        self.passes = NumberBox(look, "Passes over the text", minimum=0.1, maximum=1_000, step=0.1)
        self.minutes.setValue(USUAL_MINUTES)
        self.passes.setValue(USUAL_PASSES)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(Label(look, "Length", "small_medium"))
        self._row.addWidget(self.choice)
        self._row.addWidget(self.minutes)
        self._row.addWidget(self.passes)
        self._row.addStretch(1)
        self.choice.chosen.connect(self._choose)
        self.minutes.valueChanged.connect(lambda _: preparation.set_length(minutes=float(self.minutes.number())))
        self.passes.valueChanged.connect(lambda _: preparation.set_length(passes=float(self.passes.number())))
        preparation.changed.connect(self._show)
        look.changed.connect(self._restyle)
        self._restyle()
        self._show()

    def _choose(self, choice: object) -> None:
        self._preparation.set_length(
            minutes=float(self.minutes.number()) if choice == TIME else 0.0,
            passes=float(self.passes.number()) if choice == PASSES else 0.0,
        )

    @Slot()
    def _show(self) -> None:
        preparation = self._preparation
        value = PASSES if preparation.passes else TIME if preparation.settings.minutes else FITTING
        self.choice.set_value(value)
        for box, number, chosen in (
            (self.minutes, preparation.settings.minutes, value == TIME),
            (self.passes, preparation.passes, value == PASSES),
        ):
            box.setVisible(chosen)
            if chosen:
                box.blockSignals(True)
                box.setValue(number)
                box.blockSignals(False)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._row.setSpacing(px(10))
        for box in (self.minutes, self.passes):
            box.setFixedWidth(px(84))
