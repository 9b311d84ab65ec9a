"""What each token of a vocabulary does to a word that is being written: end it, finish another one, or go on.

A table for a state of the word is made once and holds for all words in that state. Knows no model and no chances,
but the tree that the spellings of tokens make. V is the size of the vocabulary that the model has.
"""

from __future__ import annotations

import codecs
from bisect import bisect_right
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.text.tokenizer import Tokenizer
from engine.text.word_ends import UNSPACED, kind, likewise, unit_end

Ids = NDArray[np.int64]
Values = NDArray[np.float64]

STEP = 8192
"""Tokens looked at between two steps of a job."""
REMEMBERED = 16
"""Beginnings that are required, of which the last ones are not looked up anew; half a megabyte each."""
OTHER, LETTERS, SPACED, UNSPACED_FIRST, CONTROL = range(5)
"""Shapes of tokens. All of one shape mostly do the same to a word, so one of them is asked for all."""
_SAMPLES = {LETTERS: b"aa", SPACED: b" aa", UNSPACED_FIRST: "一".encode(), CONTROL: None}
_USUAL = (("", ""), ("", " "), ("", "a"), ("", "aa"), ("", "0"))


class Ending(NamedTuple):
    """Where a word ends: `at` bytes after (or before) the token begins. `over`: the text ends without another word."""

    at: int
    over: bool = False


class Group(NamedTuple):
    """Tokens after which the same word is complete: the bytes so far, cut or continued at `ending`."""

    ending: Ending
    tail: bytes
    """The token's bytes that still belong to the word."""
    token: int | None
    """The token of them that spells the word best, where one is needed to spell it."""


@dataclass(frozen=True, slots=True)
class Table:
    """Tokens that leave the word open, and those that complete one, with the group of each. Others are impossible."""

    open_ids: Ids
    closed_ids: Ids
    closed_group: Ids
    groups: tuple[Group, ...]
    numbers: Mapping[tuple[Ending, bytes], int]
    """The group of an ending and tail."""
    is_open: NDArray[np.bool_]
    """[V]"""


@dataclass(frozen=True, slots=True)
class Spelled:
    """Bytes of a text so far: `text`, and what may become a character."""

    text: str
    broken: bytes

    @classmethod
    def of(cls, data: bytes) -> Spelled:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
        text = decoder.decode(data)
        return cls(text, decoder.getstate()[0])


def size_of(text: str) -> int:
    """Bytes of a text as `Spelled` has it."""
    return len(text.encode("utf-8", "surrogateescape"))


class WordTables:
    """For one tokenizer; of use for any model that has it. `spellings[id]` are a token's bytes, empty for a control."""

    def __init__(self, spellings: list[bytes]) -> None:
        self.spellings = spellings
        self._shapes = np.full(len(spellings), OTHER)
        self._others: list[tuple[int, Spelled]] = []
        self._sorted: list[int] = []
        self._tables: dict[tuple[str, str, bytes], Table] = {}
        self._required: dict[tuple[str, bytes], Table] = {}
        self._levels: list[tuple[Ids, Ids]] = []
        self._by_bytes: dict[bytes, list[int]] = {}
        self._by_least: dict[bytes, list[int]] = {}
        self._anywhere: Ids = _ids([])

    @classmethod
    def of(cls, tokenizer: Tokenizer, size: int) -> Generator[tuple[int, int], None, WordTables]:
        """Yields (done, total) tokens. `size` is the model's vocabulary, which may be larger than the tokenizer's."""
        spellings: list[bytes] = []
        for at in range(0, size, STEP):
            spellings += [tokenizer.token_bytes(i) for i in range(at, min(at + STEP, size))]
            yield len(spellings) // 2, size
        tables = cls(spellings)
        for at in range(0, size, STEP):
            tables._shape(range(at, min(at + STEP, size)))
            yield (size + at) // 2, size
        tables._connect()
        for started, text in _USUAL:
            tables.table(started, Spelled(text, b""))
            yield size, size
        tables.within(b" ", "")
        yield size, size
        return tables

    def table(self, started: str, spelled: Spelled) -> Table:
        """For a word that is open: what each next token does to it."""
        state = (*likewise(started, spelled.text), spelled.broken)
        if state not in self._tables:
            self._tables[state] = self._made(*state)
        return self._tables[state]

    def within(self, required: bytes, started: str) -> Table:
        """Where the text goes on with `required` bytes for certain: the tokens that agree, and words behind them."""
        state = (likewise(started, "")[0], required)
        if state not in self._required:
            if len(self._required) >= REMEMBERED:
                self._required.pop(next(iter(self._required)))
            self._required[state] = self._agreeing(*state)
        return self._required[state]

    def _agreeing(self, started: str, required: bytes) -> Table:
        ids = [i for n in range(1, len(required) + 1) for i in self.spelling(required[:n])]
        endings: dict[int, Ending | None] = dict.fromkeys(ids)
        for token in self._beginning_with(required):
            ending = _ending(started, "", b"", self.spellings[token][len(required) :])
            endings[token] = None if ending is None else Ending(ending.at + len(required))
        return self._grouped(endings.items())

    def spelling(self, data: bytes) -> Sequence[int]:
        """The tokens that are spelled exactly so."""
        return self._by_bytes.get(data, ())

    def waiting(self, data: bytes) -> Sequence[int]:
        """The tokens spelled so, and an apostrophe, point, comma or part of a character behind that may not belong."""
        return self._by_least.get(data, ())

    def largest_chain(self, ids: Ids, values: Values) -> float:
        """The largest sum of values of tokens that each begin the next: the most that they can add to one word."""
        sums = np.zeros(len(self.spellings))
        sums[ids] = values
        anywhere = float(sums[self._anywhere].sum())
        for children, parents in self._levels:
            sums[children] += sums[parents]
        return float(sums.max(initial=0.0)) + anywhere

    def _shape(self, ids: Iterable[int]) -> None:
        for token in ids:
            data = self.spellings[token]
            spelled = Spelled.of(data)
            shape = _shape_of(spelled)
            self._shapes[token] = shape
            if shape == OTHER:
                self._others.append((token, spelled))
            self._by_bytes.setdefault(data, []).append(token)
            if shape == OTHER:
                least = _least(spelled)
                if least != data:
                    self._by_least.setdefault(least, []).append(token)

    def _connect(self) -> None:
        """The tree of spellings, level by level: tokens and the longest other token that each begins with."""
        self._sorted = sorted((i for i, data in enumerate(self.spellings) if data), key=self.spellings.__getitem__)
        self._anywhere = _ids(list(self.waiting(b"")))
        least = dict(enumerate(self.spellings)) | {i: data for data, ids in self._by_least.items() for i in ids}
        levels: list[list[tuple[int, int]]] = []
        above: list[int] = []
        for token in sorted((i for i in self._sorted if least[i]), key=least.__getitem__):
            while above and not least[token].startswith(least[above[-1]]):
                above.pop()
            if above:
                if len(levels) < len(above):
                    levels.append([])
                levels[len(above) - 1].append((token, above[-1]))
            above.append(token)
        pairs = [np.array(level, dtype=np.int64) for level in levels]
        self._levels = [(pair[:, 0], pair[:, 1]) for pair in pairs]

    def _beginning_with(self, required: bytes) -> list[int]:
        """Tokens that spell more than `required` and begin with it."""
        first = bisect_right(self._sorted, required, key=self.spellings.__getitem__)
        return list(takewhile(lambda i: self.spellings[i].startswith(required), self._sorted[first:]))

    def _made(self, started: str, text: str, broken: bytes) -> Table:
        endings: list[tuple[int, Ending | None]] = []
        alike: list[tuple[Ids, Ending | None]] = []
        for shape, sample in _SAMPLES.items():
            ids = np.flatnonzero(self._shapes == shape)
            ending = _ending(started, text, broken, sample)
            if ending is None or ending.at <= 0:
                alike.append((ids, ending))
            else:
                endings += [(i, _ending(started, text, broken, self.spellings[i])) for i in ids.tolist()]
        for token, spelled in self._others:
            if broken:
                endings.append((token, _ending(started, text, broken, self.spellings[token])))
            else:
                endings.append((token, _ending_of(started, text, b"", spelled.text)))
        return self._grouped(endings, alike)

    def _grouped(
        self, endings: Iterable[tuple[int, Ending | None]], alike: Iterable[tuple[Ids, Ending | None]] = ()
    ) -> Table:
        numbers: dict[tuple[Ending, bytes], int] = {}
        best: dict[int, int] = {}
        still_open, closed, group_of = [], [], []
        for token, ending in endings:
            if ending is None:
                still_open.append(token)
                continue
            tail = self.spellings[token][: max(ending.at, 0)]
            number = numbers.setdefault((ending, tail), len(numbers))
            closed.append(token)
            group_of.append(number)
            if number not in best or len(self.spellings[token]) < len(self.spellings[best[number]]):
                best[number] = token
        open_parts, closed_parts, group_parts = [_ids(still_open)], [_ids(closed)], [_ids(group_of)]
        for ids, ending in alike:
            if ending is None:
                open_parts.append(ids)
            elif len(ids):
                closed_parts.append(ids)
                number = numbers.setdefault((ending, b""), len(numbers))
                best.setdefault(number, int(ids[0]))
                group_parts.append(np.full(len(ids), number))
        groups = tuple(
            Group(ending, tail, best[number] if tail or ending.over else None)
            for (ending, tail), number in numbers.items()
        )
        open_ids, closed_ids, closed_group = map(np.concatenate, (open_parts, closed_parts, group_parts))
        is_open = np.zeros(len(self.spellings), dtype=np.bool_)
        is_open[open_ids] = True
        return Table(open_ids, closed_ids, closed_group, groups, numbers, is_open)


def _ids(values: list[int]) -> Ids:
    return np.array(values, dtype=np.int64)


def _least(spelled: Spelled) -> bytes:
    """What belongs to the word for certain: neither part of a character nor a mark that may be inner or not."""
    text = spelled.text[:-1] if spelled.text and kind(spelled.text[-1]) in "'.," else spelled.text
    return text.encode("utf-8", "surrogateescape")


def _shape_of(spelled: Spelled) -> int:
    text = spelled.text
    if spelled.broken:
        return OTHER
    if not text:
        return CONTROL
    if UNSPACED.match(text):
        return UNSPACED_FIRST
    rest = text.removeprefix(" ")
    if rest.isalpha() and all(kind(c) == "a" for c in rest):
        return LETTERS if rest == text else SPACED
    return OTHER


def _ending(started: str, text: str, broken: bytes, token: bytes | None) -> Ending | None:
    """Where the word ends with the bytes of this token; None for a control token, with which the text ends."""
    if token is None:
        over = not text and not broken
        rest = Spelled(broken.decode("utf-8", "surrogateescape"), b"")
        end = unit_end(started, text + rest.text, final=True) or 0
        return Ending(size_of((text + rest.text)[:end]) - size_of(text) - len(broken), over)
    return _ending_of(started, text, broken, Spelled.of(broken + token).text)


def _ending_of(started: str, text: str, broken: bytes, more: str) -> Ending | None:
    end = unit_end(started, text + more)
    return None if end is None else Ending(size_of((text + more)[:end]) - size_of(text) - len(broken))
