"""What a text may go on with, guessed from places where it, or what the model was taught, went on before.

A small language model repeats itself, its prompt and its lessons; whoever reads a guess along with what is certain has
read it for little (speculative decoding, arXiv 2211.17192, with the text itself as the draft model). Knows ids only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

SHORTEST, LONGEST = 2, 8
"""Ids at the end of a text that have to stand in the other place too, and up to how many are counted."""
PLACES = 8
"""So many of the newest places are looked at."""
KEPT = 0.9
"""Of what is known about guesses, when another one turns out right or wrong."""


class Drafts:
    """Texts that are done with, one that grows, and how often guesses were right."""

    def __init__(self, texts: Iterable[Sequence[int]] = ()) -> None:
        self._ids: list[int] = []
        self._places: dict[tuple[int, int], tuple[int, ...]] = {}
        """Behind the newest places of each pair of ids."""
        self._right = [n / (n + 1) for n in range(LONGEST + 1)]
        """How likely a guess is right, by how many ids before it are alike. At first an assumption."""
        for text in texts:
            self.add(text)

    def fork(self) -> Drafts:
        """For a text of its own; what is learned about guesses is shared."""
        twin = Drafts()
        twin._ids, twin._places, twin._right = self._ids.copy(), self._places.copy(), self._right
        return twin

    def add(self, text: Sequence[int]) -> None:
        """One that is done with."""
        self.grow(text)
        self._ids.append(-1)  # no text goes on with the next one

    def grow(self, ids: Sequence[int]) -> None:
        """The text goes on with these."""
        for token in ids:
            self._ids.append(token)
            if len(self._ids) > 1:
                pair = (self._ids[-2], token)
                self._places[pair] = (*self._places.get(pair, ())[1 - PLACES :], len(self._ids))

    def guess(self, most: int) -> tuple[list[int], int]:
        """What may come next, at most so many ids, and how many before them are alike: where it is most, or newest."""
        if len(self._ids) < SHORTEST:
            return [], 0
        places = self._places.get((self._ids[-2], self._ids[-1]), ())[:-1]
        alike, place = max(((self._alike(place), place) for place in places), default=(0, len(self._ids)))
        found = self._ids[place : place + most]
        return found[: found.index(-1)] if -1 in found else found, alike

    def right(self, alike: int) -> float:
        """How likely an id is the next one when so many before it are alike."""
        return self._right[min(alike, LONGEST)]

    def learn(self, alike: int, right: bool) -> None:
        """Whether it was."""
        at = min(alike, LONGEST)
        self._right[at] = KEPT * self._right[at] + (1 - KEPT) * right

    def _alike(self, place: int) -> int:
        """How many ids before this place are those at the end."""
        same = SHORTEST
        while same < min(LONGEST, place) and self._ids[place - 1 - same] == self._ids[-1 - same] >= 0:
            same += 1
        return same
