"""Enter presses the focused button, as Space does; Qt leaves that to the default button of a dialog."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton

PAD = Qt.KeyboardModifier.KeypadModifier


def enter_clicks(button: QAbstractButton, event: QKeyEvent) -> bool:
    """True when the key was Enter and has pressed the button."""
    if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or event.modifiers() & ~PAD:
        return False
    if not event.isAutoRepeat():
        button.click()
    return True
