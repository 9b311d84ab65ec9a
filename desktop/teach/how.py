"""How it is taught: each value is the one that fits, or one that a person sets. Knows settings, not what they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.teach.open_set import OpenSet
from desktop.teach.planning import Planning
from desktop.theme import Look
from desktop.widgets.availability import disable, enable
from desktop.widgets.label import Label
from desktop.widgets.number_box import NumberBox
from desktop.widgets.segmented import Segmented
from engine.messages import TeachPlan, TeachSettings

FITTING = "The value that fits is used. Choose Set to change it."
METHODS = (("auto", "Automatic"), ("lora", "LoRA"))


@dataclass(frozen=True, slots=True)
class Field:
    """A number of `TeachSettings`: `unset` is the value that leaves it to Nextword."""

    key: str
    label: str
    help: str
    minimum: float
    maximum: float
    step: float
    unset: float
    usual: float


FIELDS = (
    Field("epochs", "Passes over the pairs", "epochs", 1, 200, 1, 0, 10),
    Field("learning_rate", "Learning rate", "how far each step goes", 0.00001, 0.01, 0.00001, 0.0, 0.0002),
    Field("rank", "Rank", "how much an adapter can hold", 1, 256, 1, 0, 16),
    Field("replay", "Not forgetting", "weight against learning (replay)", 0.0, 4.0, 0.05, -1.0, 0.5),
)


class FieldRow(QWidget):
    """Label, Default or Set, and the number."""

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

    def show_value(self, settings: TeachSettings, plan: TeachPlan | None) -> None:
        value = getattr(settings, self._field.key)
        is_set = value != self._field.unset
        self.choice.set_value(is_set)
        fitting = getattr(plan, self._field.key) if plan is not None else self._field.usual
        self.number.blockSignals(True)
        self.number.setValue(value if is_set else fitting)
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
        self.number.setFixedWidth(self._look.px(84))


class How(QWidget):
    """Changes apply at once and belong to the open set."""

    def __init__(self, look: Look, pairs: OpenSet, planning: Planning, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._pairs, self._planning = look, pairs, planning
        self.method = Segmented(look, METHODS, "Method")
        self.method.setToolTip("LoRA teaches a small adapter beside the weights, which stay as they are")
        self.method.chosen.connect(lambda method: self._keep("method", method))
        self.rows = {field.key: FieldRow(look, field, self._keeper(field)) for field in FIELDS}
        self.reasons = Label(look, "", "small", "ink2", wrap=True)
        self._column = QVBoxLayout(self)
        self._column.addWidget(Label(look, "Method", "small_medium"))
        self._column.addWidget(self.method)
        for row in self.rows.values():
            self._column.addWidget(row)
        self._column.addWidget(self.reasons)
        pairs.opened.connect(self._show)
        planning.changed.connect(self._show)
        look.changed.connect(self._restyle)
        self._restyle()
        self._show()

    def _keeper(self, field: Field) -> Callable[[float], None]:
        whole = field.key in ("epochs", "rank")
        return lambda value: self._keep(field.key, round(value) if whole else value)

    def _keep(self, key: str, value: object) -> None:
        self._pairs.keep_settings(replace(self._pairs.settings, **{key: value}))  # pyright: ignore[reportArgumentType]
        self._planning.settings_changed()
        self._show()

    @Slot()
    def _show(self) -> None:
        settings, plan = self._pairs.settings, self._planning.plan
        self.method.set_value(settings.method)
        for row in self.rows.values():
            row.show_value(settings, plan)
        self.reasons.setText(" ".join(plan.reasons) if plan is not None else "")
        self.reasons.setVisible(bool(self.reasons.text()))

    @Slot()
    def _restyle(self) -> None:
        self._column.setContentsMargins(0, self._look.px(4), 0, 0)
        self._column.setSpacing(self._look.px(8))
