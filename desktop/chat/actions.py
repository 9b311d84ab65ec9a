"""The row under a message: versions, copy, edit, write again, continue, how long it took. Knows buttons only."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import Label
from engine.data.chats import StoredMessage

WAIT = "Waits until the reply is written"


@dataclass(frozen=True, slots=True)
class RowState:
    """What the row shows: the fact at its right end and what is behind it, what is written now, and why buttons are
    off ("" when on)."""

    fact: str
    receipt: str = ""
    writing: str = ""
    blocked: str = ""
    cannot_go_on: str = ""


class ActionRow(QWidget):
    """Buttons stay visible; those that can't be used now say why."""

    version = Signal(int)  # -1 or 1
    copy = Signal()
    edit = Signal()
    again = Signal()
    go_on = Signal()

    def __init__(self, look: Look, message: StoredMessage, state: RowState) -> None:
        super().__init__()
        self._look = look
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(look.px(2))
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._fact = Label(look, state.fact, "small", "ink3")
        self._fact.setToolTip(state.receipt)
        if state.writing:
            self._fact.setText(state.writing)
            self._row.addWidget(self._fact)
            self._row.addStretch(1)
        elif message.role == "user":
            self._question(message, state)
        else:
            self._reply(message, state)

    def say(self, text: str) -> None:
        """While the reply is written: how far it is."""
        self._fact.setText(text)

    def _question(self, message: StoredMessage, state: RowState) -> None:
        self._row.addStretch(1)
        self._versions(message, state)
        self._button("copy", "Copy this message", self.copy)
        self._button("pencil", "Ask this in other words", self.edit, state.blocked)

    def _reply(self, message: StoredMessage, state: RowState) -> None:
        self._versions(message, state)
        self._button("copy", "Copy this reply", self.copy)
        self._button("pencil", "Edit this reply; the old version stays", self.edit, state.blocked)
        self._button("refresh-cw", "Write this reply again", self.again, state.blocked)
        self._button("step-forward", "Continue this reply", self.go_on, state.blocked or state.cannot_go_on)
        self._row.addStretch(1)
        self._row.addWidget(self._fact)

    def _versions(self, message: StoredMessage, state: RowState) -> None:
        if message.siblings < 2:
            return
        first = "This is the first version" if message.nth == 1 else ""
        last = "This is the newest version" if message.nth == message.siblings else ""
        self._button("chevron-left", "Version before this one", None, state.blocked or first, step=-1)
        count = Label(self._look, f"{message.nth}/{message.siblings}", "small", "ink2")
        count.setAccessibleName(f"Version {message.nth} of {message.siblings}")
        self._row.addWidget(count)
        self._button("chevron-right", "Version after this one", None, state.blocked or last, step=1)
        self._row.addSpacing(self._look.px(8))

    def _button(self, icon: str, name: str, signal: object, blocked: str = "", step: int = 0) -> None:
        button = IconButton(self._look, icon, name, parent=self)
        if blocked:
            button.disable(blocked)
        if step:
            button.clicked.connect(lambda: self.version.emit(step))
        else:
            button.clicked.connect(signal)
        self._row.addWidget(button)
