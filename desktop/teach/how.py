"""How it is taught: each value is the one that fits, or one that a person sets. Knows settings, not what they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.field_row import Field, FieldRow
from desktop.teach.open_set import OpenSet
from desktop.teach.planning import Planning
from desktop.theme import Look
from desktop.widgets.label import Label
from desktop.widgets.segmented import Segmented

METHODS = (("auto", "Automatic"), ("lora", "LoRA"), ("full", "Full"))


FIELDS = (
    Field("epochs", "Passes over the pairs", "epochs", 1, 100, 1, 0, 10),
    Field("learning_rate", "Learning rate", "how far each step goes", 0.00001, 0.01, 0.00001, 0.0, 0.0002),
    Field("rank", "Rank", "how much an adapter can hold", 1, 256, 1, 0, 16),
    Field("replay", "Not forgetting", "weight against learning (replay)", 0.0, 4.0, 0.05, -1.0, 0.5),
)


class How(QWidget):
    """Changes apply at once and belong to the open set."""

    def __init__(self, look: Look, pairs: OpenSet, planning: Planning, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._pairs, self._planning = look, pairs, planning
        self.method = Segmented(look, METHODS, "Method")
        self.method.setToolTip(
            "LoRA teaches a small adapter beside the weights; Full lets all layers of a small model change"
        )
        self.method.chosen.connect(lambda method: self._keep("method", method))
        self.rows = {field.key: FieldRow(look, field, self._keeper(field)) for field in FIELDS}
        self.reasons = Label(look, "", "small", "ink2", wrap=True)
        self._column = QVBoxLayout(self)
        self._column.addWidget(Label(look, "Method", "small_medium"))
        self._column.addWidget(self.method, alignment=Qt.AlignmentFlag.AlignLeft)
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
        for key, row in self.rows.items():
            row.show_value(getattr(settings, key), getattr(plan, key) if plan is not None else None)
        self.rows["rank"].setVisible(settings.method != "full")
        self.reasons.setText(" ".join(plan.reasons) if plan is not None else "")
        self.reasons.setVisible(bool(self.reasons.text()))

    @Slot()
    def _restyle(self) -> None:
        self._column.setContentsMargins(0, self._look.px(4), 0, 0)
        self._column.setSpacing(self._look.px(8))
