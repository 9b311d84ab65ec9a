"""What the model will read, and how much of its context that takes. Knows messages, not widgets."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from desktop.bridge import Bridge
from engine.data.chats import StoredMessage
from engine.messages import CountTokens, Event, LoadedModel, Message, Overflow, Result, TokenCount


def prompt_of(instructions: str, messages: Sequence[StoredMessage], draft: str = "") -> tuple[Message, ...]:
    """The instructions, the messages that have text, and what is being written. Failed replies have none."""
    head = [Message("system", instructions)] if instructions else []
    body = [Message(m.role, m.text) for m in messages if m.text]
    return (*head, *body, *([Message("user", draft)] if draft else []))


class TokenMeter(QObject):
    """The newest count for the open chat; answers to older questions are not heard."""

    counted = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._job: int | None = None
        self.count: TokenCount | None = None

    def ask(self, model: LoadedModel, prompt: tuple[Message, ...], overflow: Overflow, reserve: int) -> None:
        """`reserve` tokens are kept free for the reply, as they will be when it is written."""
        if self._job is not None:
            self._bridge.forget(self._job)
            self._job = None
        if all(m.role == "system" for m in prompt):  # nothing is asked yet, and templates refuse an empty chat
            self.count = TokenCount(0, model.context, 0)
            return self.counted.emit()
        self._job = self._bridge.start(CountTokens, self._hear, messages=prompt, overflow=overflow, reserve=reserve)

    def _hear(self, event: Event) -> None:
        if isinstance(event, Result) and isinstance(event.value, TokenCount):
            self.count = event.value
            self.counted.emit()
