"""One reply while it is written: starts the job, stores every piece as it arrives, says how far it is.

Knows the store of receipts and the bridge; knows no widget.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from desktop.bridge import Bridge
from engine.data.chats import State
from engine.data.receipts import Receipts
from engine.errors import UserError
from engine.messages import (
    Event,
    Failed,
    Finished,
    Generate,
    JobId,
    Message,
    Overflow,
    Piece,
    Progress,
    ReplyEnd,
    ReplyStarted,
    Result,
    Sampling,
    Tokens,
)


@dataclass(frozen=True, slots=True)
class Request:
    """What a reply is written from. `reply_ids` and `forced` as in `Generate`; `offset` in characters."""

    message: int
    model_sha256: str
    history: tuple[Message, ...]
    sampling: Sampling
    max_new_tokens: int
    overflow: Overflow
    reply_ids: tuple[int, ...] = ()
    forced: tuple[int, ...] = ()
    offset: int = 0
    keep_alternatives: bool = True
    cards: bool = True


class ReplyWriter(QObject):
    """At most one reply at a time; `message` is None when none is written."""

    wrote = Signal(list)  # list[Piece]
    changed = Signal()
    ended = Signal(int)  # the message
    failed = Signal(object)  # Failed

    def __init__(self, bridge: Bridge, receipts: Receipts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._receipts = receipts
        self._job: JobId | None = None
        self._request: Request | None = None
        self._position = self._offset = 0
        self._begun = 0.0
        self._reason = ""
        self.started: ReplyStarted | None = None
        self.reading: Progress | None = None
        self.tokens = 0
        self.rate = 0.0

    @property
    def message(self) -> int | None:
        return self._request.message if self._request else None

    @property
    def position(self) -> int:
        """Of the next token in the reply."""
        return self._position

    def start(self, request: Request) -> None:
        assert self._request is None, "one reply at a time"
        self._request = request
        self._position, self._offset = len(request.reply_ids), request.offset
        self._reason, self.started, self.reading, self.tokens, self.rate = "", None, None, 0, 0.0
        self._begun = time.monotonic()
        self._job = self._bridge.start(
            Generate,
            self._hear,
            messages=request.history,
            sampling=request.sampling,
            max_new_tokens=request.max_new_tokens,
            reply_ids=request.reply_ids,
            forced=request.forced,
            overflow=request.overflow,
            cards=request.cards,
        )
        self.changed.emit()

    def stop(self) -> None:
        """Stop within one token; what is written stays."""
        if self._job is not None:
            self._bridge.cancel(self._job)

    def _hear(self, event: Event) -> None:
        match event:
            case Progress():
                self.reading = event
                self.changed.emit()
            case ReplyStarted():
                self._begin(event)
            case Tokens(pieces=pieces):
                self._write(pieces)
            case Result(value=ReplyEnd() as end):
                self._reason, self.rate = end.reason, end.tokens_per_second
            case Finished(reason=reason):
                self._end("done" if reason == "done" else "stopped")
            case Failed():
                self.failed.emit(event)
                self._end("stopped" if self._offset else "failed")

    def _begin(self, event: ReplyStarted) -> None:
        assert self._request is not None
        self.started, self.reading = event, None
        self._begun = time.monotonic()
        said = (self._need.message, event.seed, event.prompt_tokens, event.dropped, event.cards)
        self._try(lambda: self._receipts.started(*said))
        self.changed.emit()

    def _write(self, pieces: Sequence[Piece]) -> None:
        request = self._need
        self.tokens += len(pieces)
        self.rate = self.tokens / max(1e-6, time.monotonic() - self._begun)
        saved = self._try(lambda: self._save(request, pieces))
        self._position += len(pieces)
        self.wrote.emit(list(pieces))
        if not saved:  # what is on screen stays there; writing on would only lose more
            self.stop()

    def _save(self, request: Request, pieces: Sequence[Piece]) -> None:
        self._offset = self._receipts.append(
            request.message,
            request.model_sha256,
            pieces,
            self._position,
            self._offset,
            alternatives=request.keep_alternatives,
        )

    def _end(self, state: State) -> None:
        message = self._need.message
        seconds = time.monotonic() - self._begun if self.started else 0.0
        self._try(lambda: self._receipts.end(message, state, self._reason or "stopped", seconds))
        self._request = self._job = self.reading = None
        self.ended.emit(message)
        self.changed.emit()

    def _try(self, save: Callable[[], object]) -> bool:
        try:
            save()
        except UserError as error:
            self.failed.emit(Failed(self._job or 0, error.message, error.hint))
            return False
        return True

    @property
    def _need(self) -> Request:
        assert self._request is not None, "no reply is being written"
        return self._request
