"""Says that the table shows only some of the pairs, and which. Knows no pair."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from desktop.notices import announce
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import ElidedLabel


class FilterBar(QFrame):
    cleared = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setProperty("area", "sunken")
        self.text = ElidedLabel(look, "", "small", "ink2")
        self.all_button = Button(look, "Show all pairs", kind="link", size="small")
        self.all_button.clicked.connect(self.cleared)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.text, 1)
        self._row.addWidget(self.all_button)
        look.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def say(self, what: str) -> None:
        self.text.setText(f"Only shown: {what}")
        self.show()
        announce(self, self.text.text())

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._row.setContentsMargins(px(24), px(2), px(12), px(2))
