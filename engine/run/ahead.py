"""Reading ahead of what is written: likely next tokens are read along, and kept where they are what is picked.

The logits are the same as without, so what is picked from them is too, whether likeliest or drawn. Knows ids, not
what picks among them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from engine.run.drafts import Drafts
from engine.run.prefix import CHUNK, Prefix

SIZES = (1, 2, 4, 8, 16)
"""Tokens read at a time, the certain one among them."""
MORE = 0.12
"""What each further token adds to the time of one, until it is measured."""
KEPT = 0.7
"""Of the time that was known, with each that is measured."""


@dataclass(slots=True)
class Costs:
    """Seconds of one pass, by the number of its tokens."""

    seconds: dict[int, float] = field(default_factory=dict)

    def of(self, tokens: int) -> float:
        known = self.seconds.get(tokens)
        return self.seconds.get(1, 1.0) * (1 + MORE * (tokens - 1)) if known is None else known

    def learn(self, tokens: int, seconds: float) -> None:
        known = self.seconds.get(tokens, seconds)
        self.seconds[tokens] = KEPT * known + (1 - KEPT) * seconds


@dataclass(slots=True)
class Ahead:
    """The logits after one text as it grows, each time by one id."""

    prefix: Prefix
    """Holds all of the text but its last id, or more than that, unless another job used it meanwhile."""
    drafts: Drafts
    """Has all of the text but its last id."""
    most: int
    """Tokens that are guessed at a time; 0 for none."""
    costs: Costs = field(default_factory=Costs)
    clock: Callable[[], float] = time.perf_counter
    guessed: int = 0
    right: int = 0
    """How many guesses were read, and how many of them were picked."""
    _guess: list[int] = field(default_factory=list, init=False)
    _rows: Tensor | None = field(default=None, init=False)
    """Logits after each of the guess, those that were not asked for yet."""
    _alike: int = field(default=0, init=False)

    def after(self, text: Sequence[int], room: int) -> Tensor:
        """Float32 logits [vocab]. At most `room` tokens are read behind the text."""
        token = text[-1]
        if self._guess:
            self.drafts.learn(self._alike, self._guess[0] == token)
        self.drafts.grow([token])
        if self._rows is not None and len(self._rows) and self._guess[0] == token:
            row, self._rows = self._rows[0], self._rows[1:]
            self._guess, self._alike, self.right = self._guess[1:], self._alike + 1, self.right + 1
            if len(self._rows):
                return row
            self._guess, self._alike = self.drafts.guess(max(SIZES))
            return row
        self._hold(text)
        return self._read(token, room)

    def _hold(self, text: Sequence[int]) -> None:
        """All of the text but its last id, read again where another job read something else between two tokens."""
        before = len(text) - 1
        if self.prefix.ids[:before] == text[:before]:
            return self.prefix.cut(before)
        for at in range(self.prefix.reuse(text), before, CHUNK):
            self.prefix.read(text[at : min(at + CHUNK, before)])
        return None

    def _read(self, token: int, room: int) -> Tensor:
        guess, alike = self.drafts.guess(max(SIZES))
        count = self._worth(len(guess), alike, min(room, self.most)) if guess else 0
        began = self.clock()
        rows = self.prefix.read([token, *guess[:count]], every=True)
        self.costs.learn(count + 1, self.clock() - began)
        self._guess, self._alike, self._rows = guess, alike, rows[1:]
        self.guessed += count
        return rows[0]

    def _worth(self, guessed: int, alike: int, most: int) -> int:
        """How many tokens of a guess make the time for one that is right the shortest."""
        best, least, expected, likely = 0, self.costs.of(1), 1.0, 1.0
        for count in range(1, min(guessed, most) + 1):
            likely *= self.drafts.right(alike + count - 1)
            expected += likely
            if count + 1 in SIZES and self.costs.of(count + 1) / expected < least:
                best, least = count, self.costs.of(count + 1) / expected
        return best
