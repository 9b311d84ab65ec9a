"""The row under a message: versions, copy, edit, write again, continue, weigh, correct, how long it took; above it how
sure each token was and the pairs that a reply leans on. Knows buttons only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.chat.blocks import NOTE
from desktop.chat.certainty import Certainty
from desktop.chat.leaning import PairLinks
from desktop.chat.strip import CertaintyLine
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import ElidedLabel, Label
from engine.data.chats import StoredMessage
from engine.messages import CardUsed

WAIT = "Waits until the reply is written"
CORRECT = "Correct and teach"
WORDS_FROM = 520


@dataclass(frozen=True, slots=True)
class RowState:
    """What the row shows: the fact at its right end and what is behind it, what is written now, and why buttons are
    off ("" when on)."""

    fact: str
    receipt: str = ""
    writing: str = ""
    blocked: str = ""
    cannot_go_on: str = ""
    cannot_correct: str = ""
    cannot_weigh: str = ""
    cards: tuple[CardUsed, ...] = ()
    certainty: Certainty | None = None


class Fact(ElidedLabel):
    """How long a reply is. The tip has the receipt behind it, and before it what had no room."""

    def __init__(self, look: Look, text: str, receipt: str) -> None:
        super().__init__(look, text, "small", "ink3")
        self._receipt = receipt
        self.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setToolTip("\n".join(filter(None, (self.toolTip(), self._receipt))))


class ActionRow(QWidget):
    """Buttons stay visible; those that can't be used now say why."""

    version = Signal(int)  # -1 or 1
    copy = Signal()
    edit = Signal()
    again = Signal()
    go_on = Signal()
    correct = Signal()
    weigh = Signal()
    pair_wanted = Signal(int)
    token_wanted = Signal(int)  # its position in the reply
    jump = Signal(str, int)  # which doubt, and 1 or -1

    def __init__(self, look: Look, message: StoredMessage, state: RowState) -> None:
        super().__init__()
        self._look = look
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._row = QHBoxLayout()
        self._row.setSpacing(look.px(2))
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._fact = Fact(look, state.fact, state.receipt)
        self._correct: Button | None = None
        self._links: PairLinks | None = None
        if state.certainty is not None and not state.writing:
            self._column.addWidget(self._certainty(state.certainty))
        if state.cards and not state.writing:
            self._column.addWidget(self._linked(state.cards))
        self._column.addLayout(self._row)
        if state.writing:
            self._row.addWidget(self._fact)
            self._row.addStretch(1)
            self.say(state.writing, state.cards)
        elif message.role == "user":
            self._question(message, state)
        else:
            self._reply(message, state)

    def say(self, text: str, cards: Sequence[CardUsed] = ()) -> None:
        """While the reply is written: how far it is, and what it leans on."""
        self._fact.setText(text)
        if cards and self._links is None:
            self._row.insertWidget(1, self._linked(cards))

    def _certainty(self, certainty: Certainty) -> CertaintyLine:
        line = CertaintyLine(self._look, certainty)
        line.chosen.connect(self.token_wanted)
        line.jump.connect(self.jump)
        return line

    def _linked(self, cards: Sequence[CardUsed]) -> PairLinks:
        self._links = PairLinks(self._look, cards)
        self._links.setFixedHeight(self._look.px(NOTE))
        self._links.chosen.connect(self.pair_wanted)
        return self._links

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
        self._button("scale", "What mattered for this reply", self.weigh, state.blocked or state.cannot_weigh)
        self._row.addSpacing(self._look.px(6))
        self._row.addWidget(self._correct_button(state.blocked or state.cannot_correct))
        self._row.addSpacing(self._look.px(8))
        self._row.addWidget(self._fact, 1)

    def _correct_button(self, blocked: str) -> Button:
        self._correct = Button(self._look, CORRECT, "graduation-cap", kind="ghost", size="small")
        self._correct.setAccessibleName(CORRECT)
        self._correct.setToolTip("Put this reply right, and have the model learn it")
        self._correct.clicked.connect(self.correct)
        if blocked:
            self._correct.disable(blocked)
        return self._correct

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where the row is too narrow, the icon stays of the one button with words."""
        super().resizeEvent(event)
        if self._correct is not None:
            text = CORRECT if self.width() >= self._look.px(WORDS_FROM) else ""
            if text != self._correct.text():
                self._correct.setText(text)

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
