"""A run that did not end: it can go on from its last save, or be forgotten. Knows words, not what the run does."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label


class UnfinishedCard(QFrame):
    """`go_on` and `forget` are its buttons; `blocked` says why it cannot go on, where that is so."""

    def __init__(
        self, look: Look, said: str, detail: str, *, going_on: str, forgetting: str, blocked: str = ""
    ) -> None:
        super().__init__()
        self._look = look
        self.setProperty("area", "card")
        self._mark = QLabel()
        self.title = Label(look, said, "heading", wrap=True)
        self.go_on, self.forget = Button(look, "Go on", "play"), Button(look, "Forget it", kind="ghost")
        self.go_on.setAccessibleName(going_on)
        self.forget.setAccessibleName(forgetting)
        if blocked:
            self.go_on.disable(blocked)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(Label(look, f"{detail} {blocked}".strip(), "small", "ink2", wrap=True))
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._mark)
        self._row.addLayout(words, 1)
        self._row.addWidget(self.forget)
        self._row.addWidget(self.go_on)
        look.changed.connect(self._restyle)
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._mark.setPixmap(self._look.pixmap("circle-alert", "warn", 18))
        self._row.setContentsMargins(px(16), px(10), px(10), px(10))
        self._row.setSpacing(px(10))
