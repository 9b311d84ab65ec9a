"""A slider and the same number in a box, linked. Knows no setting."""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.number_box import NumberBox, decimals_of
from desktop.widgets.slider import Slider

FINE_STEPS = 200
"""Above so many steps the slider is stretched at its low end, where the values differ most."""
STRETCHED = 120


class SliderWithNumber(QWidget):
    """`changed` comes with the new value once it stands: on release of the mouse, on a key, after typing."""

    changed = Signal(object)

    def __init__(
        self,
        look: Look,
        accessible_name: str,
        *,
        minimum: float,
        maximum: float,
        step: float = 1,
        value: float | None = None,
        unit: str = "",
        zero: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._whole = decimals_of(step) == 0
        self._marks = marks(minimum, maximum, step)
        self.slider = Slider(look, accessible_name)
        self.slider.setRange(0, len(self._marks) - 1)
        self.slider.setPageStep(max(1, len(self._marks) // 10))
        self.slider.setTracking(False)
        self.number = NumberBox(
            look, f"{accessible_name}, number", minimum=minimum, maximum=maximum, step=step, unit=unit, zero=zero
        )
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        self.setFocusProxy(self.slider)
        self._current = minimum
        self.set_value(minimum if value is None else value)
        self.slider.sliderMoved.connect(self._on_drag)
        self.slider.valueChanged.connect(self._on_slider)
        self.number.valueChanged.connect(self._on_number)
        self._restyle()
        look.changed.connect(self._restyle)

    def value(self) -> float | int:
        return round(self._current) if self._whole else self._current

    def set_value(self, value: float) -> None:
        """Show a value without saying that it changed."""
        self._current = value
        for control in (self.slider, self.number):
            control.blockSignals(True)
        self.number.setValue(value)
        self.slider.setValue(self._nearest(value))
        for control in (self.slider, self.number):
            control.blockSignals(False)
        self.slider.update()

    def _nearest(self, value: float) -> int:
        above = min(bisect_left(self._marks, value), len(self._marks) - 1)
        below = max(above - 1, 0)
        return below if abs(self._marks[below] - value) < abs(self._marks[above] - value) else above

    @Slot(int)
    def _on_drag(self, position: int) -> None:
        self.number.blockSignals(True)
        self.number.setValue(self._marks[position])
        self.number.blockSignals(False)

    @Slot(int)
    def _on_slider(self, position: int) -> None:
        self._take(self._marks[position])

    @Slot(float)
    def _on_number(self, value: float) -> None:
        self._take(round(value, 6))

    def _take(self, value: float) -> None:
        if value == self._current:
            return
        self.set_value(value)
        self.changed.emit(self.value())

    @Slot()
    def _restyle(self) -> None:
        self._row.setSpacing(self._look.px(12))
        longest = self.number.specialValueText() or "00000"
        width = self.number.fontMetrics().horizontalAdvance(longest) + self._look.px(26)
        self.number.setFixedWidth(max(self._look.px(64), width))


def marks(minimum: float, maximum: float, step: float) -> list[float]:
    """The values a slider stops at, in order, from one end of the range to the other."""
    steps = round((maximum - minimum) / step)
    if steps <= FINE_STEPS:
        places = range(steps + 1)
    else:
        places = sorted({round((place / STRETCHED) ** 3 * steps) for place in range(STRETCHED + 1)})
    return [min(round(minimum + place * step, 6), maximum) for place in places]
