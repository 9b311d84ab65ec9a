"""A button that shows keys and takes new ones: press it, then press them. Knows no action."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPushButton

from desktop.shortcuts import shown
from desktop.theme import Look
from desktop.widgets.enter import enter_clicks

MODIFIERS = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)
PROMPT = "Press new keys"


class KeyButton(QPushButton):
    """`pressed_keys` brings them in Qt's portable spelling; Backspace alone means none, Tab goes on as ever."""

    pressed_keys = Signal(str)

    def __init__(self, look: Look, label: str) -> None:
        super().__init__()
        self._look = look
        self._label = label
        self._keys = ""
        self.setProperty("kind", "keys")
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.toggled.connect(self._on_toggled)
        self._restyle()
        look.changed.connect(self._restyle)

    def show_keys(self, keys: str) -> None:
        self._keys = keys
        self.setChecked(False)
        self._on_toggled(False)

    def event(self, event: QEvent) -> bool:
        """While it listens, the keys of the window must not act."""
        if self.isChecked() and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.isChecked() or event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            if not enter_clicks(self, event):
                super().keyPressEvent(event)
        elif event.key() not in MODIFIERS:
            bare = event.modifiers() == Qt.KeyboardModifier.NoModifier
            keys = "" if bare and event.key() == Qt.Key.Key_Backspace else portable(event)
            self.setChecked(False)
            self.pressed_keys.emit(keys)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.setChecked(False)
        super().focusOutEvent(event)

    @Slot(bool)
    def _on_toggled(self, listening: bool) -> None:
        text = PROMPT if listening else shown(self._keys) or "None"
        self.setText(text)
        self.setAccessibleName(f"{self._label}: {text}")

    @Slot()
    def _restyle(self) -> None:
        self.setFont(self._look.font("small"))
        self.setMinimumWidth(self._look.px(64))


def portable(event: QKeyEvent) -> str:
    """Enter of the number pad counts as Return, and the pad itself is no modifier."""
    key = Qt.Key.Key_Return if event.key() == Qt.Key.Key_Enter else Qt.Key(event.key())
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return QKeySequence(modifiers.value | key.value).toString(QKeySequence.SequenceFormat.PortableText)
