"""From one place of doubt to the next, in a reply or through all. Knows transcript and receipts; draws nothing."""

from __future__ import annotations

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
        places = [(message, position) for position in self.certainty(message).places(doubt)]
        self._step(places, way, around=True)

    def through(self, doubt: Doubt, way: int) -> None:
        """The next place in all replies of the open chat."""
        replies = [m.id for m in self._talk.messages if m.role == "assistant"]
        self._step([(reply, place) for reply in replies for place in self.certainty(reply).places(doubt)], way)

    def _step(self, places: list[tuple[int, int]], way: int, *, around: bool = False) -> None:
        order = [m.id for m in self._talk.messages]
        here = self._transcript.selected
        if way < 0:
            places = places[::-1]
        if here is None or here[0] not in order:
            following = places
        else:
            at = (order.index(here[0]), here[1])
            following = [one for one in places if way * _compare((order.index(one[0]), one[1]), at) > 0]
        chosen = next(iter(following or (places if around else [])), None)
        if chosen is not None:
            self.go(*chosen)


def _compare(one: tuple[int, int], other: tuple[int, int]) -> int:
    return (one > other) - (one < other)
