"""When words are certainly the likeliest: what any other word could still be given, and what has to be read to know.

A beginning can only become a word that begins with it. So a word can be given no more than what waits along its
letters: beginnings that may be read on, and what was left as too small. Knows no model and no search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.text.word_tables import Ending, Table, WordTables

WEIGHS = 1 / 8
"""What was left weighs with this share of the heaviest."""


class Word(NamedTuple):
    """The bytes after the context, `required` ones included; `over` when the text ends without another word."""

    spelled: bytes
    over: bool = False


class Beginning(NamedTuple):
    """Tokens after which the word may be complete or not."""

    mass: float
    spelled: bytes
    path: tuple[int, ...]
    least: bytes = b""
    """What is certain of the word: without an apostrophe, point, comma or part of a character at the end."""


@dataclass(frozen=True, slots=True, eq=False)
class Left:
    """What was too small to look into after one beginning: less than `floor` a token or word, `total` together."""

    beginning: Beginning
    tables: WordTables
    table: Table
    row: NDArray[np.float64]
    floor: float
    total: float
    bound: float
    """The most of it that any one word can have."""

    def of(self, word: Word) -> float:
        """The most of it that this word can have."""
        spelled, mass = self.beginning.spelled, 0.0
        if word.spelled.startswith(spelled):
            tail = word.spelled[len(spelled) :]
            parts = (tail[:n] for n in range(1, len(tail) + 1))
            ids = [i for part in parts for i in self.tables.spelling(part)]
            ids += [i for n in range(len(tail) + 1) for i in self.tables.waiting(tail[:n])]
            mass = sum(self._small(float(self.row[i])) for i in ids if self.table.is_open[i])
            group = Ending(len(tail), word.over), tail
        elif spelled.startswith(word.spelled):
            group = Ending(len(word.spelled) - len(spelled), word.over), b""
        else:
            return 0.0
        number = self.table.numbers.get(group)
        if number is not None:
            mass += self._small(float(self.row[self.table.closed_ids[self.table.closed_group == number]].sum()))
        return mass

    def _small(self, chance: float) -> float:
        """The mass of a token or word, if it was left."""
        mass = self.beginning.mass * chance
        return mass if mass < self.floor else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`proven` of the likeliest words are certain. `blockers` must be read to know more, the largest first.

    `left` is what else stands in the way, as far as it weighs.
    """

    proven: int
    blockers: tuple[Beginning, ...]
    left: tuple[Left, ...]


def judge(
    best: Sequence[tuple[Word, float]], beginnings: Sequence[Beginning], left: Sequence[Left], top: int, least: float
) -> Verdict:
    """`best` are all words found with their mass, the likeliest first. Those with less than `least` do not matter."""
    limit = max(least, best[top - 1][1] if len(best) >= top else 0.0)
    unread = _summed((one.least, one.mass) for one in beginnings)
    waiting = _summed([*unread.items(), *((one.beginning.least, one.bound) for one in left)])
    chains = {spelled: _along(waiting, spelled) for spelled in waiting}
    unknown = max(chains.values(), default=0.0)

    def could(word: Word, mass: float) -> float:
        """The most that a word which was found may have; what was left is asked only where it matters."""
        roughly = mass + _along(waiting, word.spelled)
        if roughly <= limit:
            return roughly
        return mass + _along(unread, word.spelled) + sum(one.of(word) for one in left)

    others = {word: could(word, mass) for word, mass in _above(best[top:], limit - unknown)}
    in_the_way = [spelled for spelled, mass in chains.items() if mass > limit]
    in_the_way += [word.spelled for word, mass in others.items() if mass > limit]
    if not in_the_way:
        return Verdict(top, (), ())
    parts = {spelled[:n] for spelled in in_the_way for n in range(len(spelled) + 1)}
    blockers = sorted((one for one in beginnings if one.least in parts), key=lambda one: -one.mass)
    proven = _certain(best[:top], max([unknown, *others.values()]), could)
    return Verdict(proven, tuple(blockers), _heaviest([one for one in left if one.beginning.least in parts]))


def _certain(best: Sequence[tuple[Word, float]], rest: float, could: Callable[[Word, float], float]) -> int:
    """How many have at least what every word behind them could have, which is `rest` for those behind all."""
    for count in range(len(best), 0, -1):
        word, mass = best[count - 1]
        if mass >= rest:
            return count
        rest = max(rest, could(word, mass))
    return 0


def _heaviest(left: Sequence[Left]) -> tuple[Left, ...]:
    weight = max((one.bound for one in left), default=0.0) * WEIGHS
    return tuple(one for one in left if one.bound >= weight)


def _above(words: Iterable[tuple[Word, float]], limit: float) -> list[tuple[Word, float]]:
    """Those with more, of words that are sorted."""
    return list(takewhile(lambda pair: pair[1] > limit, words))


def _summed(pairs: Iterable[tuple[bytes, float]]) -> dict[bytes, float]:
    sums: dict[bytes, float] = {}
    for spelled, mass in pairs:
        sums[spelled] = sums.get(spelled, 0.0) + mass
    return sums


def _along(waiting: Mapping[bytes, float], spelled: bytes) -> float:
    return sum(waiting.get(spelled[:n], 0.0) for n in range(len(spelled) + 1))
