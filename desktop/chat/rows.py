"""Makes the row under a message and says what its buttons ask for. What concerns the open chat alone is done here.

Knows the conversation; the page hears the rest.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.chat.actions import ActionRow
from desktop.chat.conversation import Conversation
from desktop.chat.facts import progress_of
from desktop.chat.reasons import row_state
from desktop.theme import Look
from engine.data.chats import StoredMessage


class Rows(QObject):
    """The signals carry the text or the message."""

    copying = Signal(str)
    editing = Signal(object)
    correcting = Signal(object)
    pair_wanted = Signal(int)
    weighing = Signal(object)
    token_wanted = Signal(int, int)  # message, position
    jumping = Signal(int, str, int)  # message, which doubt, 1 or -1

    def __init__(self, look: Look, talk: Conversation, parent: QObject) -> None:
        super().__init__(parent)
        self._look, self._talk = look, talk

    def make(self, message: StoredMessage) -> ActionRow:
        talk = self._talk
        row = ActionRow(self._look, message, row_state(talk, message))
        row.version.connect(lambda step: talk.show_version(message, step))
        row.copy.connect(lambda: self.copying.emit(message.text))
        row.edit.connect(lambda: self.editing.emit(message))
        row.again.connect(lambda: talk.write_again(message))
        row.go_on.connect(lambda: talk.go_on(message))
        row.correct.connect(lambda: self.correcting.emit(message))
        row.weigh.connect(lambda: self.weighing.emit(message))
        row.token_wanted.connect(lambda position: self.token_wanted.emit(message.id, position))
        row.jump.connect(lambda doubt, way: self.jumping.emit(message.id, doubt, way))
        row.pair_wanted.connect(self.pair_wanted)
        return row

    def say_progress(self, row: QWidget | None) -> None:
        """How far the reply is, in the row under it where there is one."""
        writer = self._talk.writer
        if isinstance(row, ActionRow):
            row.say(progress_of(writer), writer.started.cards if writer.started else ())

    def noted(self, message: StoredMessage) -> bool:
        """Whether a line of pairs stands above the buttons; while it is written it stands beside the progress."""
        return (
            message.role == "assistant" and message.state != "writing" and bool(self._talk.receipts.cards(message.id))
        )
