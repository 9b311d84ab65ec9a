"""Stop strings that may be split over tokens: what could become one is held back. Knows no tokenizer and no model."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class StopStrings(Generic[Item]):
    """Passes items on in order, each with its text, up to the stop string that is completed first.

    An item is held back while any of its text may belong to a stop string.
    """

    def __init__(self, stops: Iterable[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._waiting: deque[tuple[Item, str]] = deque()
        self._text = ""
        self.stopped = False

    def push(self, item: Item, text: str) -> list[tuple[Item, str]]:
        """The items that are free to go. Once `stopped`, the last one's text ends where the stop string begins."""
        self._waiting.append((item, text))
        self._text += text
        at = self._found()
        if at is None:
            return self._release(len(self._text) - self._may_go_on())
        self.stopped = True
        return self._cut(at)

    def finish(self) -> list[tuple[Item, str]]:
        """The items still held back: no more text comes, so they are no stop string."""
        return [] if self.stopped else self._release(len(self._text))

    def _found(self) -> int | None:
        """Where the stop string begins that ends first; of those that end together, the longest."""
        ends = [(at + len(stop), at) for stop in self._stops if (at := self._text.find(stop)) >= 0]
        return min(ends)[1] if ends else None

    def _may_go_on(self) -> int:
        """How many characters at the end may be the beginning of a stop string."""
        longest = max(map(len, self._stops), default=1) - 1
        for size in range(min(longest, len(self._text)), 0, -1):
            if any(stop.startswith(self._text[-size:]) for stop in self._stops):
                return size
        return 0

    def _release(self, end: int) -> list[tuple[Item, str]]:
        free: list[tuple[Item, str]] = []
        while self._waiting and (size := len(self._waiting[0][1])) <= end:
            free.append(self._waiting.popleft())
            self._text = self._text[size:]
            end -= size
        return free

    def _cut(self, at: int) -> list[tuple[Item, str]]:
        kept = self._release(at)
        if self._waiting and at > (used := sum(len(text) for _, text in kept)):
            item, text = self._waiting[0]
            kept.append((item, text[: at - used]))
        return kept
