"""The likeliest next words, best first: which beginnings of words to read on, and what became of those that were.

A word's probability is the sum over every way to cut it into tokens, and over all that may follow it. Every bit of
probability is in a word that was found, in a beginning that may be read on, or in what was left as too small for
that, so they add up to 1. Knows no model: it says what it wants read and is given probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from engine.run.word_proof import Beginning, Left, Verdict, Word, judge
from engine.text.word_ends import goes_on, unit_end
from engine.text.word_tables import Spelled, Table, Values, WordTables, size_of

NEGLIGIBLE = 1 / 64
"""Beginnings with less than this share of the last wanted word are not read on."""
NEAR = 0.5
"""Beginnings with this share of it are read in the same pass as those before them."""
FEW = 256
"""So many tokens are all kept as beginnings."""
REOPENED = 1 / 16
"""How much smaller what is looked into becomes where a proof needs it."""
MANY = 4000
"""With so many beginnings nothing more of what was left is read: judging them would take longer than a pass."""
TOO_MANY = 10_000
"""With so many the chances are so even that the search ends with what is proven."""
SMALLEST = 1e-15
"""Below it everything is looked into."""
BATCH = 24
"""Beginnings read in one pass at most."""


class Spelling(NamedTuple):
    """One way to cut a word into tokens: what it has of the word's mass, and the mass of the tokens themselves.

    The last token may spell more than the word, where no token stops where the word does.
    """

    share: float
    ids: tuple[int, ...]
    mass: float


@dataclass(frozen=True, slots=True)
class Start:
    """Where the search begins: after a context that ends with the word `started`, or that is followed by `required`.

    `required` are bytes that are certain but whose tokens are not. `fresh` leaves out what goes on with `started`.
    """

    started: str = ""
    required: bytes = b""
    fresh: bool = False


@dataclass(slots=True)
class WordSearch:
    """Ask `wanted` what to read, give the probabilities to `absorb`, until it is `done`.

    `least`: words with less mass need no proof. `exact` keeps every beginning, however small.
    """

    tables: WordTables
    start: Start
    top: int
    least: float = 0.0
    exact: bool = False
    found: dict[Word, float] = field(default_factory=dict)
    spellings: dict[Word, Spelling] = field(default_factory=dict)
    """The likeliest tokens of each word."""
    beginnings: list[Beginning] = field(default_factory=lambda: [Beginning(1.0, b"", ())])
    _left: list[Left] = field(default_factory=list)
    _verdict: Verdict | None = None

    @property
    def done(self) -> bool:
        """The words that were wanted are proven, or nothing that is left can prove them in short steps."""
        if not self.exact and len(self.beginnings) > TOO_MANY:
            return True
        verdict = self._judged()
        return verdict.proven >= self.top or not verdict.blockers

    @property
    def proven(self) -> int:
        """How many of the likeliest words found are certainly the likeliest of all, at most `top`."""
        return self._judged().proven

    @property
    def open_mass(self) -> float:
        return math.fsum([*(one.mass for one in self.beginnings), *(left.total for left in self._left)])

    @property
    def total(self) -> float:
        """1, less what does not go on with the required bytes, or not with a new word where `fresh`."""
        return self.open_mass + math.fsum(self.found.values())

    def best(self) -> list[tuple[Word, float]]:
        return sorted(self.found.items(), key=lambda pair: -pair[1])

    def wanted(self, most: int = BATCH) -> list[Beginning]:
        """What to read next, at most so many: what could be a wanted word, then what stands in the way of a proof."""
        self.beginnings.sort(key=lambda one: -one.mass)
        limit = NEAR * max(self._last(), self.least)
        near = [one for one in self.beginnings[:most] if one.mass >= limit]
        return list(dict.fromkeys([*near, *self._judged().blockers]))[:most]

    def absorb(self, read: Sequence[Beginning], probabilities: Values) -> None:
        """`probabilities` float64 [len(read), V], a row for what may follow each of these."""
        gone, last = set(read), self._last()
        self.beginnings = [one for one in self.beginnings if one not in gone]
        for one, row in zip(read, probabilities, strict=True):
            self._absorb(one, row, last)
        self._verdict = None

    def entropy(self) -> float:
        """Nats, a lower bound of that of all words: of what is found, times how much that is."""
        masses = [mass for mass in self.found.values() if mass > 0.0]
        found = math.fsum(masses)
        return max(0.0, math.fsum(-mass * math.log(mass / found) for mass in masses) / self.total) if masses else 0.0

    def text_of(self, word: Word) -> str:
        """What is written after the context and the required bytes; a broken byte as a lone surrogate."""
        return word.spelled[len(self.start.required) :].decode("utf-8", "surrogateescape")

    def _judged(self) -> Verdict:
        """What is proven; where nothing that could be read stands in the way, more of what was left can be read."""
        while self._verdict is None:
            verdict = judge(self.best(), self.beginnings, self._left, self.top, self.least)
            if verdict.blockers or not verdict.left or len(self.beginnings) > MANY:
                self._verdict = verdict
                break
            for left in verdict.left:
                self._left.remove(left)
                self._look(left.beginning, left.row, left.table, left.floor * REOPENED, left.floor)
        return self._verdict

    def _absorb(self, one: Beginning, row: Values, last: float) -> None:
        table = self._table(one.spelled)
        if self.exact or len(table.open_ids) <= FEW:
            return self._look(one, row, table, 0.0, math.inf)
        if one.mass > last:
            last = max(last, _nth(one.mass * row[table.open_ids], self.top))
        return self._look(one, row, table, NEGLIGIBLE * max(last, self.least), math.inf)

    def _look(self, one: Beginning, row: Values, table: Table, floor: float, below: float) -> None:
        """Add the beginnings and words after `one` that have at least `floor`; write down what is left.

        What has as much as `below` is known already.
        """
        masses, closed = one.mass * row[table.open_ids], one.mass * row[table.closed_ids]
        words = np.bincount(table.closed_group, closed, len(table.groups)).astype(np.float64, copy=False)
        floor = floor if floor > SMALLEST else 0.0
        self._close(one, row, table, words, floor, below)
        kept = np.flatnonzero((masses >= floor) & (masses < below) & (masses > 0.0))
        for token, mass in zip(table.open_ids[kept].tolist(), masses[kept].tolist(), strict=True):
            spelled = one.spelled + self.tables.spellings[token]
            if not (self.start.fresh and self._joined(spelled)):
                self.beginnings.append(Beginning(mass, spelled, (*one.path, token), self._least(spelled)))
        small = np.flatnonzero(masses < floor)
        unread, closed = float(masses[small].sum()), words[words < floor]
        bound = unread if unread <= floor else self.tables.largest_chain(table.open_ids[small], masses[small])
        bound += float(closed.max(initial=0.0))
        if bound > 0.0:
            self._left.append(Left(one, self.tables, table, row, floor, unread + float(closed.sum()), bound))

    def _close(self, one: Beginning, row: Values, table: Table, masses: Values, floor: float, below: float) -> None:
        for number in np.flatnonzero((masses >= floor) & (masses < below) & (masses > 0.0)).tolist():
            group, mass = table.groups[number], float(masses[number])
            spelled = one.spelled + group.tail
            word = Word(spelled[: group.ending.at] if group.ending.at < 0 else spelled, group.ending.over)
            if self.start.fresh and goes_on(self.start.started, self.text_of(word)):
                continue
            self.found[word] = self.found.get(word, 0.0) + mass
            if word not in self.spellings or mass > self.spellings[word].share:
                token = _likeliest(row, table, number) if word.over else group.token
                ids = one.path if token is None else (*one.path, token)
                self.spellings[word] = Spelling(mass, ids, one.mass * (1.0 if token is None else float(row[token])))

    def _table(self, spelled: bytes) -> Table:
        required = self.start.required
        if len(spelled) < len(required):
            return self.tables.within(required[len(spelled) :], self.start.started)
        return self.tables.table(self.start.started, Spelled.of(spelled[len(required) :]))

    def _least(self, spelled: bytes) -> bytes:
        """See `Beginning.least`."""
        known = len(self.start.required)
        if spelled[-1:].isalnum() or len(spelled) <= known:
            return spelled
        text = Spelled.of(spelled[known:]).text
        return spelled[: known + size_of(text[: unit_end(self.start.started, text, final=True)])]

    def _joined(self, spelled: bytes) -> bool:
        """Whether it is certain that these bytes go on with the word that was started."""
        text = Spelled.of(spelled).text
        undecided = len(text) < 2 and unit_end(self.start.started, text) is None
        return bool(text) and not undecided and goes_on(self.start.started, text)

    def _last(self) -> float:
        """The mass of the last wanted word if each beginning were one."""
        return _nth(np.array([*self.found.values(), *(one.mass for one in self.beginnings)]), self.top)


def _likeliest(row: Values, table: Table, group: int) -> int:
    ids = table.closed_ids[table.closed_group == group]
    return int(ids[row[ids].argmax()])


def _nth(values: Values, n: int) -> float:
    """The nth largest; 0 where there are fewer."""
    return float(np.partition(values, -n)[-n]) if 0 < n <= len(values) else 0.0
