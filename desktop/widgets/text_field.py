"""A box for a few lines of text that says what stands in it once typing pauses. Knows no setting."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent, QHideEvent
from PySide6.QtWidgets import QPlainTextEdit

TYPING_MS = 600


class TextField(QPlainTextEdit):
    """`settled` comes when typing pauses, when the focus leaves and when the box is hidden, so that nothing is lost."""

    settled = Signal(str)

    def __init__(self, accessible_name: str, text: str = "") -> None:
        super().__init__(text)
        self._said = text
        self.setProperty("kind", "field")
        self.setAccessibleName(accessible_name)
        self.setTabChangesFocus(True)
        self._pause = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._pause.timeout.connect(self._settle)
        self.textChanged.connect(self._pause.start)

    def show_text(self, text: str) -> None:
        """Without saying that it changed, and without moving the caret when nothing did."""
        self._said = text
        if self.toPlainText() != text:
            self.setPlainText(text)
            self._pause.stop()

    @Slot()
    def _settle(self) -> None:
        self._pause.stop()
        text = self.toPlainText()
        if text != self._said:
            self._said = text
            self.settled.emit(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._settle()

    def hideEvent(self, event: QHideEvent) -> None:
        self._settle()
        super().hideEvent(event)
