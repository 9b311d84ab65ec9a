"""Declared settings become rows: name, help, control. Knows the kinds of settings, none of them by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.metrics import SETTINGS_ROW
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.availability import disable, enable
from desktop.widgets.label import Label
from desktop.widgets.segmented import Segmented
from desktop.widgets.slider_with_number import SliderWithNumber
from desktop.widgets.switch import Switch
from desktop.widgets.text_field import TextField
from engine.errors import UserError
from engine.settings import DECLARED, Declared, SettingsStore, Value

DEFAULT_REASON = "The default is used. Choose Set to change it."
CONTROL_WIDTH, NARROW_CONTROL_WIDTH = 254, 160
WORDS_WIDTH = 150
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
TEXT_LINES = 3

Change = Callable[[Value], None]


@dataclass(frozen=True)
class Control:
    """A widget for a setting, and the way to show a value in it without that counting as a change."""

    widget: QWidget
    show: Change


def control(look: Look, declared: Declared, value: Value, changed: Change) -> Control:
    """The control that fits the declaration: segments, switch, slider with a number, or a text box."""
    if declared.choices:
        segments = Segmented(look, declared.choices, declared.label, value=value)
        segments.chosen.connect(changed)
        return Control(segments, segments.set_value)
    if isinstance(declared.default, bool):
        switch = Switch(look, declared.label)
        switch.setChecked(bool(value))
        switch.clicked.connect(changed)
        return Control(switch, lambda shown: switch.setChecked(bool(shown)))
    if isinstance(declared.default, str):
        field = TextField(declared.label, str(value))
        field.settled.connect(changed)
        return Control(field, lambda shown: field.show_text(str(shown)))
    return number_control(look, declared, float(value), changed)


def number_control(look: Look, declared: Declared, value: float, changed: Change) -> Control:
    assert declared.minimum is not None and declared.maximum is not None, declared.key
    slider = SliderWithNumber(
        look,
        declared.label,
        minimum=declared.minimum,
        maximum=declared.maximum,
        step=declared.step or 1,
        value=value,
        unit=declared.unit,
        zero=declared.zero,
    )
    slider.changed.connect(changed)
    return Control(slider, lambda shown: slider.set_value(float(shown)))


class SettingRow(QWidget):
    """Name and help on the left, the control on the right; below where it is a text box or there is no room."""

    def __init__(self, look: Look, label: str, help: str, control: QWidget, *, below: bool = False) -> None:
        super().__init__()
        self._look = look
        self._control, self._below = control, below
        self._words = QVBoxLayout()
        self._words.setSpacing(0)
        self._words.addStretch(1)  # and below: aligned to the middle, it would not get the height of its lines
        self._words.addWidget(Label(look, label, "body_medium"))
        if help:
            self._words.addWidget(Label(look, help, "small", "ink2", wrap=True))
        self._words.addStretch(1)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.addLayout(self._words, 1)
        self._controls = QHBoxLayout()
        self._controls.addWidget(control, 1 if below else 0, Qt.AlignmentFlag(0) if below else LEFT)
        self._row.addLayout(self._controls)
        self._restyle()
        look.changed.connect(self._restyle)

    def append(self, widget: QWidget) -> None:
        self._controls.addWidget(widget, 0, LEFT)

    def minimumSizeHint(self) -> QSize:
        """As narrow as its controls: then they stand below the words."""
        width = self._others_width() + self._look.px(NARROW_CONTROL_WIDTH)
        if not isinstance(self._control, SliderWithNumber):
            width = self._controls.minimumSize().width()
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        px, wide = self._look.px, CONTROL_WIDTH if isinstance(self._control, SliderWithNumber) else 0
        controls = max(self._others_width() + px(wide), self._controls.sizeHint().width() if not wide else 0)
        narrow = self._below or (0 < self.width() < controls + px(WORDS_WIDTH))
        if wide:
            room = self.width() - self._others_width() if narrow else px(wide)
            self._control.setFixedWidth(min(max(room, px(NARROW_CONTROL_WIDTH)), px(wide)))
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._row.direction() != way:
            self._row.setDirection(way)
            self._row.setAlignment(self._controls, LEFT if narrow and not self._below else Qt.AlignmentFlag(0))
            self.updateGeometry()

    def _others_width(self) -> int:
        """What stands beside the control, gaps included."""
        count = self._controls.count()
        widgets = [item.widget() for item in (self._controls.itemAt(n) for n in range(1, count)) if item is not None]
        return sum(widget.sizeHint().width() + self._look.px(16) for widget in widgets if widget is not None)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self.setMinimumHeight(px(SETTINGS_ROW))
        self._row.setContentsMargins(0, px(6), 0, px(6))
        self._row.setSpacing(px(8) if self._below else px(16))
        self._controls.setSpacing(px(16))
        if self._below:
            self._control.setFixedHeight(self._look.line("body") * TEXT_LINES + px(16))
        self._arrange()


class Form(QWidget):
    """Rows for some settings. Changes apply at once; `failed` says what could not be kept and what to do."""

    failed = Signal(str, str)

    def __init__(
        self, look: Look, settings: SettingsStore, keys: Sequence[str], *, default_or_set: bool = False
    ) -> None:
        super().__init__()
        self._look = look
        self._settings = settings
        self._controls: dict[str, Control] = {}
        self._segments: dict[str, Segmented] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        for key in keys:
            self._add(DECLARED[key], default_or_set)
        self.destroyed.connect(settings.on_change(self._on_change))

    def control(self, key: str) -> QWidget:
        return self._controls[key].widget

    def add_row(self, row: QWidget) -> None:
        """A row that no declaration makes, under those there are."""
        if self._column.count():
            self._column.addWidget(hairline())
        self._column.addWidget(row)

    def apply(self, key: str, value: Value) -> None:
        try:
            self._settings.set(key, value)
        except UserError as error:
            self.failed.emit(error.message, error.hint)
            self._on_change(key)

    def reset(self) -> None:
        """Every setting of this form back to its default."""
        for key in self._controls:
            self.apply(key, DECLARED[key].default)
            if key in self._segments:
                self._mark(key, False)

    def values(self) -> dict[str, Value]:
        return {key: self._settings.get(key) for key in self._controls}

    def _add(self, declared: Declared, default_or_set: bool) -> None:
        key, value = declared.key, self._settings.get(declared.key)
        made = control(self._look, declared, value, lambda new: self.apply(key, new))
        self._controls[key] = made
        row = SettingRow(self._look, declared.label, declared.help, made.widget, below=declared.multiline)
        if default_or_set and not declared.choices and not declared.multiline:
            row.append(self._default_or_set(declared, value))
        self.add_row(row)

    def _default_or_set(self, declared: Declared, value: Value) -> Segmented:
        segments = Segmented(self._look, ((False, "Default"), (True, "Set")), f"{declared.label}, default or set")
        segments.chosen.connect(lambda is_set: self._choose(declared, bool(is_set)))
        self._segments[declared.key] = segments
        self._mark(declared.key, value != declared.default)
        return segments

    def _choose(self, declared: Declared, is_set: bool) -> None:
        self._mark(declared.key, is_set)
        if not is_set:
            self.apply(declared.key, declared.default)

    def _mark(self, key: str, is_set: bool) -> None:
        self._segments[key].set_value(is_set)
        widget = self._controls[key].widget
        if is_set:
            enable(widget)
        else:
            disable(widget, DEFAULT_REASON)

    def _on_change(self, key: str) -> None:
        if key not in self._controls:
            return
        value = self._settings.get(key)
        self._controls[key].show(value)
        if key in self._segments and value != DECLARED[key].default:
            self._mark(key, True)
