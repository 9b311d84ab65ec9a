"""One choice of a few, side by side: arrow keys move it as they move radio buttons. Knows no setting."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QHBoxLayout, QToolButton, QWidget

from desktop.theme import Look


class Segmented(QFrame):
    """`choices` are (value, label). `chosen` comes when a person chooses, not when `set_value` is called."""

    chosen = Signal(object)

    def __init__(
        self,
        look: Look,
        choices: Sequence[tuple[object, str]],
        accessible_name: str,
        *,
        value: object = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._values = [choice for choice, _ in choices]
        self._group = QButtonGroup(self)
        self.setProperty("area", "segments")
        self.setAccessibleName(accessible_name)
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        for index, (_, label) in enumerate(choices):
            row.addWidget(self._segment(index, label, accessible_name))
        self.set_value(self._values[0] if value is None else value)
        self._group.buttonClicked.connect(self._on_click)
        self._restyle()
        look.changed.connect(self._restyle)

    def value(self) -> object:
        return self._values[self._group.checkedId()]

    def set_value(self, value: object) -> None:
        button = self._group.button(self._values.index(value))
        button.setChecked(True)
        self.setFocusProxy(button)

    def _segment(self, index: int, label: str, accessible_name: str) -> QToolButton:
        button = QToolButton()
        button.setText(label)
        button.setCheckable(True)
        button.setProperty("kind", "segment")
        button.setAccessibleName(f"{accessible_name}: {label}")
        self._group.addButton(button, index)
        return button

    @Slot(QAbstractButton)
    def _on_click(self, button: QAbstractButton) -> None:
        self.setFocusProxy(button)
        self.chosen.emit(self._values[self._group.id(button)])

    @Slot()
    def _restyle(self) -> None:
        for button in self._group.buttons():
            button.setFont(self._look.font("small_medium"))  # the widest it gets, so that nothing moves
            button.setFixedHeight(max(self._look.px(22), 22))
