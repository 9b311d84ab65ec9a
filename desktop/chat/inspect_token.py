"""From a chosen token to its card and on to a branch. Knows transcript, card and conversation; draws nothing."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop.chat.conversation import Conversation
from desktop.chat.popover import TokenPopover
from desktop.chat.reasons import why_not_on
from desktop.chat.transcript import Transcript
from desktop.theme import Look
from engine.data.chats import StoredMessage


class TokenInspector(QObject):
    """One card at a time. `look_wanted` carries the reply up to and with the token that is shown."""

    look_wanted = Signal(str)

    def __init__(self, look: Look, transcript: Transcript, conversation: Conversation) -> None:
        super().__init__(transcript)
        self._look = look
        self._transcript = transcript
        self._talk = conversation
        self._popover: TokenPopover | None = None
        self._open: tuple[StoredMessage, int] | None = None
        transcript.token_chosen.connect(self.open)
        transcript.verticalScrollBar().valueChanged.connect(lambda _: self.close())
        look.changed.connect(self._forget)

    @property
    def popover(self) -> TokenPopover | None:
        return self._popover if self._popover is not None and self._popover.isVisible() else None

    def open(self, message_id: int, position: int) -> None:
        """Show the card of one token of a reply."""
        message = next((m for m in self._talk.messages if m.id == message_id), None)
        token = self._talk.receipts.token(message_id, position)
        place = self._transcript.token_place(message_id, position)
        if message is None or token is None or place is None:
            return
        if self._popover is None:
            self._popover = self._make()
        window = self._transcript.window()
        place.moveTopLeft(self._transcript.viewport().mapTo(window, place.topLeft()))
        text = self._text(message, token.start, token.end)
        self._open = (message, position)
        self._popover.show_token(token, text, place, why_not_on(self._talk, message))

    def _text(self, message: StoredMessage, start: int, end: int) -> str:
        """Of the message as it is now: the one on screen may have grown since it was listed."""
        if end <= len(message.text):
            return message.text[start:end]
        path = self._talk.chats.path(message.chat)
        return next((m.text[start:end] for m in path if m.id == message.id), "")

    def _make(self) -> TokenPopover:
        popover = TokenPopover(self._look, self._transcript.window())
        popover.go_on.connect(self._branch)
        popover.look.connect(self._look_inside)
        popover.step.connect(self._step)
        popover.closed.connect(self.leave)
        return popover

    def _branch(self, token: int) -> None:
        if self._open is not None:
            message, position = self._open
            self.close()
            self._talk.branch(message, position, (token,))

    def _look_inside(self) -> None:
        if self._open is not None:
            message, position = self._open
            token = self._talk.receipts.token(message.id, position)
            self.close()
            if token is not None:
                self.look_wanted.emit(self._text(message, 0, token.end))

    def _step(self, step: int) -> None:
        """The next token of the replies; scrolling there closes the card, so it opens anew."""
        self._transcript.step_token(step)
        selected = self._transcript.selected
        if selected is not None:
            self.open(*selected)

    def leave(self) -> None:
        self.close()
        self._transcript.setFocus()

    def close(self) -> None:
        if self._popover is not None and self._popover.isVisible():
            self._popover.hide()
        self._open = None

    def _forget(self) -> None:
        """Theme or text size changed: the next card is made in the new look."""
        self.close()
        if self._popover is not None:
            self._popover.deleteLater()
            self._popover = None
