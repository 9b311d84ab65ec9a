"""From one place of doubt to the next, in a reply or through all. Knows transcript and receipts; draws nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from desktop.chat.certainty import Certainty, Doubt, certainty_of
from desktop.chat.conversation import Conversation
from desktop.chat.transcript import Transcript


class Jumps:
    """The frame around a token is moved; Enter then opens its card."""

    def __init__(self, transcript: Transcript, talk: Conversation) -> None:
        self._transcript, self._talk = transcript, talk

    def certainty(self, message: int) -> Certainty:
        receipts = self._talk.receipts
        return certainty_of(receipts.spans(message), receipts.rivals(message))

    def go(self, message: int, position: int) -> None:
        self._transcript.select(message, position)

    def within(self, message: int, doubt: Doubt, way: int) -> None:
        """The next place in this reply, from its beginning again after the last."""
        places = [(message, position) for position in self.certainty(message).places(doubt)[::way]]
        self._go_to(next(self._beyond(places, way), next(iter(places), None)))

    def through(self, doubt: Doubt, way: int) -> None:
        """The next place in all replies of the open chat; receipts are read as far as it."""
        replies = [m.id for m in self._talk.messages if m.role == "assistant"][::way]
        here = self._transcript.selected
        if here is not None and here[0] in replies:
            replies = replies[replies.index(here[0]) :]
        places = ((reply, place) for reply in replies for place in self.certainty(reply).places(doubt)[::way])
        self._go_to(next(self._beyond(places, way), None))

    def _beyond(self, places: Iterable[tuple[int, int]], way: int) -> Iterator[tuple[int, int]]:
        """Those of them that come after the chosen token; all where none is chosen in this chat."""
        order = {m.id: n for n, m in enumerate(self._talk.messages)}
        here = self._transcript.selected
        if here is None or here[0] not in order:
            yield from places
            return
        at = (way * order[here[0]], way * here[1])
        yield from (one for one in places if (way * order[one[0]], way * one[1]) > at)

    def _go_to(self, place: tuple[int, int] | None) -> None:
        if place is not None:
            self.go(*place)
