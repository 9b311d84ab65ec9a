"""How sure a reply is, read on as it grows: all of a long one at each look would stop the window. Knows receipts."""

from __future__ import annotations

from desktop.chat.certainty import Certainty, certainty_of
from engine.data.receipts import Receipts, Span


class Growing:
    """Of one reply at a time."""

    def __init__(self, receipts: Receipts) -> None:
        self._receipts = receipts
        self._message = -1
        self._spans: list[Span] = []
        self._rivals: list[tuple[int, float]] = []

    def certainty(self, message: int) -> Certainty:
        """With what was written since the last time. A token that ended a reply is gone when that goes on: its last
        token is always read again."""
        if message != self._message:
            self._message, self._spans, self._rivals = message, [], []
        since = self._spans[-1].position if self._spans else 0
        self._spans = [*self._spans[:-1], *self._receipts.spans(message, since)]
        kept = [one for one in self._rivals[-1:] if one[0] < since]
        self._rivals = [*self._rivals[:-1], *kept, *self._receipts.rivals(message, since)]
        return certainty_of(self._spans, self._rivals)
