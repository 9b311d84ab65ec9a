"""A number that Nextword chooses unless a person sets it: label, Default or Set, the box. Knows no settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.availability import disable, enable
from desktop.widgets.label import Label
from desktop.widgets.number_box import NumberBox
from desktop.widgets.segmented import Segmented

FITTING = "The value that fits is used. Choose Set to change it."
NUMBER_WIDTH = 84


@dataclass(frozen=True, slots=True)
class Field:
    """`unset` is the value that leaves it to Nextword, `usual` what is shown while the fitting one is not known."""

    key: str
    label: str
    help: str
    minimum: float
    maximum: float
    step: float
    unset: float
    usual: float


class FieldRow(QWidget):
    """`changed` gets the number, or `unset` where the choice is left to Nextword again."""

    def __init__(self, look: Look, field: Field, changed: Callable[[float], None]) -> None:
        super().__init__()
        self._look, self._field, self._changed = look, field, changed
        self.choice = Segmented(look, ((False, "Default"), (True, "Set")), f"{field.label}, default or set")
        self.number = NumberBox(look, field.label, minimum=field.minimum, maximum=field.maximum, step=field.step)
        words, controls = QVBoxLayout(), QHBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label(look, field.label, "small_medium", wrap=True))
        words.addWidget(Label(look, field.help, "caption", "ink3", wrap=True))
        controls.addWidget(self.choice)
        controls.addWidget(self.number)
        controls.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(words)
        self._column.addLayout(controls)
        self.choice.chosen.connect(self._choose)
        self.number.valueChanged.connect(lambda _: self._changed(self.number.number()))
        self._restyle()
        look.changed.connect(self._restyle)

    def show_value(self, value: float, fitting: float | None) -> None:
        """What is set, and what would fit where that is known."""
        is_set = value != self._field.unset
        self.choice.set_value(is_set)
        self.number.blockSignals(True)
        self.number.setValue(value if is_set else self._field.usual if fitting is None else fitting)
        self.number.blockSignals(False)
        if is_set:
            enable(self.number)
        else:
            disable(self.number, FITTING)

    def _choose(self, is_set: bool) -> None:
        self._changed(self.number.number() if is_set else self._field.unset)

    @Slot()
    def _restyle(self) -> None:
        self._column.setSpacing(self._look.px(4))
        self.number.setFixedWidth(self._look.px(NUMBER_WIDTH))
