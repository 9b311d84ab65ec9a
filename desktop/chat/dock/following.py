"""What the dock looks at: the token that was chosen, the reply as it grows, or what is being typed; asks the engine.

Knows transcript, composer and conversation; draws nothing. Asks nothing while the dock is not seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QTextCursor

from desktop.chat.composer import Composer
from desktop.chat.conversation import Conversation
from desktop.chat.dock.place import Place, at_end, at_token, in_draft
from desktop.chat.transcript import Transcript
from desktop.loader import ModelLoader
from engine.data.chats import StoredMessage
from engine.messages import NextInChat, Piece

TOP = 8
TYPING_MS = 60
LEAST_MS, SHARE = 100, 0.3
"""While a reply is written: at most ten looks a second, and at most this share of the time is waited for them. Most of
it they wait themselves, for a token and for the window: the reply is written 7 % slower for 0.3, measured."""
NO_MODEL = "Choose a model, and this shows what it thinks comes next."

Attention = Literal["reply", "draft"]
Before = Callable[[], Sequence[StoredMessage] | None]


class Following(QObject):
    """`moved` comes with each new place, `found` with the place and its ChatChances, `lost` with a sentence."""

    moved = Signal(object)  # Place
    found = Signal(object, object)  # Place, ChatChances
    lost = Signal(str)

    def __init__(
        self,
        loader: ModelLoader,
        talk: Conversation,
        transcript: Transcript,
        composer: Composer,
        before: Before,
    ) -> None:
        """`before` gives the messages in front of what is typed; None where that is no message of the person's."""
        super().__init__(transcript)
        self._loader, self._talk, self._transcript, self._composer = loader, talk, transcript, composer
        self._before = before
        self._attention: Attention = "reply"
        self._awake = False
        self._text: tuple[int, str] | None = None
        self._asked: tuple[object, ...] | None = None
        self._since = 0.0
        self.place: Place | None = None
        self._task = talk.looking
        self._task.done.connect(self._take)
        self._task.failed.connect(lambda failed: self.lost.emit(f"{failed.message}. {failed.hint}".strip()))
        self._pause = QTimer(self, singleShot=True)
        self._pause.timeout.connect(self._look)
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._look)
        self._wire()

    def _wire(self) -> None:
        talk = self._talk
        talk.writer.wrote.connect(self._grow)
        talk.writer.ended.connect(lambda _: self._turn("reply"))
        talk.writer.changed.connect(self._writing)
        talk.shown.connect(self._soon)
        self._loader.changed.connect(self._soon)
        self._transcript.selection_changed.connect(lambda: self._turn("reply"))
        self._composer.field.textChanged.connect(self._typed)
        self._composer.field.cursorPositionChanged.connect(self._typed)

    def wake(self, awake: bool) -> None:
        """Whether anybody sees it."""
        self._awake = awake
        if awake:
            self._look()
        else:
            self._task.drop()
            self._asked = None

    # ---- what moves the place ------------------------------------------------------------
    @Slot(list)
    def _grow(self, pieces: list[Piece]) -> None:
        message = self._talk.writer.message
        if message is None:
            return
        known = self._text if self._text is not None and self._text[0] == message else (message, self._stored(message))
        self._text = (message, known[1] + "".join(piece.text for piece in pieces))
        if not self._task.running and not self._pause.isActive():
            self._look()

    def _stored(self, message: int) -> str:
        """What a reply has when it goes on."""
        return next((one.text for one in self._talk.messages if one.id == message), "")

    @Slot()
    def _writing(self) -> None:
        if self._talk.writer.message is None:
            self._text = None
        elif self._talk.writer.started is None:
            self._attention = "reply"
            self._text = None

    @Slot()
    def _typed(self) -> None:
        if self._composer.field.hasFocus() and self._talk.writer.message is None:
            self._attention = "draft" if self._composer.text else "reply"
            self._typing.start()

    def _turn(self, attention: Attention) -> None:
        self._attention = attention
        self._soon()

    @Slot()
    def _soon(self) -> None:
        """Once in a pass of the event loop, however much changed in it."""
        self._pause.start(0)

    # ---- asking ------------------------------------------------------------------------
    @Slot()
    def _look(self) -> None:
        if not self._awake:
            return None
        if self._loader.loaded is None:
            self._task.drop()
            self._asked = None
            return self.lost.emit(NO_MODEL)
        place = self._here()
        if place is None:
            return None
        asked = (place.kind, self._loader.loaded, place.asked)
        if asked == self._asked:
            return None
        self._asked, self.place, self._since = asked, place, time.monotonic()
        self.moved.emit(place)
        if not place.model:
            self._task.start(NextInChat, top=TOP, **place.asked)
        return None

    def _here(self) -> Place | None:
        talk, chosen = self._talk, self._transcript.selected
        replies = {one.id: one for one in talk.messages if one.role == "assistant"}
        if self._attention == "draft" and talk.writer.message is None:
            before = self._before()
            return None if before is None else in_draft(talk, before, self._typed_before())
        if chosen is not None and chosen[0] in replies:
            return at_token(talk, self._grown(replies[chosen[0]]), chosen[1])
        last = next(reversed(replies.values()), None)
        place = None
        if last is not None:
            message = self._grown(last)
            place = at_end(talk, message, message.text)
        return place or (in_draft(talk, talk.messages, "") if talk.writer.message is None else None)

    def _grown(self, message: StoredMessage) -> StoredMessage:
        """With what was written since it was listed."""
        grown = self._text is not None and self._text[0] == message.id
        return replace(message, text=self._text[1]) if grown and self._text is not None else message

    def _typed_before(self) -> str:
        """What stands in front of the cursor."""
        cursor = QTextCursor(self._composer.field.document())
        cursor.setPosition(self._composer.field.textCursor().position(), QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText().replace("\u2029", "\n")

    @Slot(object)
    def _take(self, chances: object) -> None:
        self.found.emit(self.place, chances)
        if self._talk.writer.message is not None and self._transcript.selected is None:
            spent = 1000 * (time.monotonic() - self._since)
            self._pause.start(int(max(LEAST_MS, spent * (1 / SHARE - 1))))
