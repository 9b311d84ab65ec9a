"""A box for a number, whole or not, without arrows and deaf to a passing mouse wheel. Knows no setting."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox

from desktop.theme import Look


class NumberBox(QDoubleSpinBox):
    """`decimals` 0 makes it whole. `zero` is what the value 0 is called where it is no number."""

    def __init__(
        self,
        look: Look,
        accessible_name: str,
        *,
        minimum: float,
        maximum: float,
        step: float = 1,
        unit: str = "",
        zero: str = "",
    ) -> None:
        super().__init__()
        self.setAccessibleName(accessible_name)
        self.setDecimals(decimals_of(step))
        self.setRange(minimum, maximum)
        self.setSingleStep(step)
        self.setSuffix(f"\u00a0{unit}" if unit and unit != "%" else unit)
        self.setSpecialValueText(zero)
        self.setLocale(QLocale.c())
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setProperty("kind", "number")  # the style sheet takes the arrows away; NoButtons would take the text too
        self.lineEdit().setTextMargins(0, 0, look.px(4), 0)
        self.setKeyboardTracking(False)  # a value half typed is no value
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def number(self) -> float | int:
        return self.value() if self.decimals() else round(self.value())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def decimals_of(step: float) -> int:
    """How many digits after the point a step needs: 0.05 -> 2, 10 -> 0."""
    text = f"{step:.6f}".rstrip("0")
    return len(text.split(".")[1])
