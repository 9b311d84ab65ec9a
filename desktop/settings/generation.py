"""The page of generation defaults. Knows which settings belong there."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.forms import Form, SettingRow
from desktop.settings.page import SettingsPage
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.availability import disable, enable
from desktop.widgets.number_box import NumberBox
from desktop.widgets.segmented import Segmented
from engine.settings import DECLARED, SettingsStore

NUMBERS = (
    "generation.temperature",
    "generation.top_k",
    "generation.top_p",
    "generation.min_p",
    "generation.repetition_penalty",
    "generation.presence_penalty",
    "generation.frequency_penalty",
    "generation.max_new_tokens",
)
SEED = ("generation.seed_fixed", "generation.seed")
REST = ("generation.overflow", "generation.instructions")


def generation_page(look: Look, settings: SettingsStore) -> SettingsPage:
    page = SettingsPage(
        look, "Generation defaults", hint="Used by new chats. A chat can have its own values, and those win."
    )
    numbers = Form(look, settings, NUMBERS, default_or_set=True)
    numbers.add_row(seed_row(look, settings, numbers))
    page.add_form(numbers)
    page.add(hairline())
    page.add_form(Form(look, settings, REST))
    page.rows.setSpacing(0)
    return page


def seed_row(look: Look, settings: SettingsStore, form: Form) -> SettingRow:
    """Two settings in one row: whether the seed is fixed, and to which number."""
    fixed, number = DECLARED[SEED[0]], DECLARED[SEED[1]]
    segments = Segmented(look, fixed.choices, fixed.label, value=settings.get(fixed.key))
    box = NumberBox(look, number.label, minimum=number.minimum or 0, maximum=number.maximum or 0)
    box.setValue(settings.get(number.key))
    box.setFixedWidth(look.px(96))
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(segments)
    row.addWidget(box)

    def show(key: str) -> None:
        if key in SEED:
            segments.set_value(settings.get(fixed.key))
            box.setValue(settings.get(number.key))
            able(bool(settings.get(fixed.key)))

    def able(is_fixed: bool) -> None:
        if is_fixed:
            enable(box)
        else:
            disable(box, "Every reply takes a new seed. Choose Fixed to set one.")

    able(bool(settings.get(fixed.key)))
    segments.chosen.connect(lambda value: form.apply(fixed.key, value))
    box.valueChanged.connect(lambda _: form.apply(number.key, box.number()))
    both.destroyed.connect(settings.on_change(show))
    return SettingRow(look, fixed.label, fixed.help, both)
