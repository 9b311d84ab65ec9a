"""A field as wide as what stands in it, so that a sentence with fields in it still reads as one. Knows no sentence."""

from __future__ import annotations

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QLineEdit, QSizePolicy

from desktop.theme import Look

LEAST, MOST = 48, 420
ROOM = 26


class FittingEdit(QLineEdit):
    def __init__(self, look: Look, accessible_name: str, *, tip: str = "", kind: str = "") -> None:
        super().__init__()
        self._look = look
        self.setAccessibleName(accessible_name)
        self.setToolTip(tip or accessible_name)
        self.setProperty("kind", kind)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self._fit)
        look.changed.connect(self._restyle)
        self._restyle()

    def show_text(self, text: str) -> None:
        """From its beginning, and without moving the caret where nothing changed."""
        if self.text() != text:
            self.setText(text)
            self.setCursorPosition(0)

    def sizeHint(self) -> QSize:
        px, text = self._look.px, self.text() or self.placeholderText()
        width = self.fontMetrics().horizontalAdvance(text) + px(ROOM)
        return QSize(max(px(LEAST), min(width, px(MOST))), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), self._look.px(150)), super().minimumSizeHint().height())

    @Slot()
    def _fit(self) -> None:
        self.updateGeometry()

    @Slot()
    def _restyle(self) -> None:
        self.setFont(self._look.font("reading"))
        self.updateGeometry()
