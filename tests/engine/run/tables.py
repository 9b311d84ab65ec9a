"""A random table that stands for a model, on a vocabulary of a few tokens, and all its words counted out by force."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.run.word_proof import Word
from engine.run.word_reading import Path
from engine.run.word_search import Start
from engine.text.fast import FastTokenizer
from engine.text.word_ends import goes_on, unit_end
from engine.text.word_tables import WordTables
from tests.fakes import byte_level_json

SPELLINGS = [
    b"", b" a", b"a", b"b", b" ", b" ab", b"ab", b"'", b"'a", b".", b"0", b"\n", b"b.", b"a ", "一".encode(),
    "’".encode(), b"\xc3", b"\xa9", b"",
]  # fmt: skip


class Spells(FastTokenizer):
    """A tokenizer with these spellings, as far as words are concerned."""

    def __init__(self, spellings: Sequence[bytes]) -> None:
        super().__init__(byte_level_json())
        self._spellings = spellings

    def token_bytes(self, token_id: int) -> bytes:
        return self._spellings[token_id]


def tables_of(spellings: Sequence[bytes]) -> WordTables:
    work = WordTables.of(Spells(spellings), len(spellings))
    while True:
        try:
            next(work)
        except StopIteration as finished:
            return finished.value


class TableModel:
    """Chances drawn anew for every path, the same for the same seed; after `depth` tokens the text ends for certain."""

    def __init__(self, seed: int, size: int, depth: int) -> None:
        self.passes, self._seed, self._size, self._depth = 0, seed, size, depth

    def row(self, path: Path) -> NDArray[np.float64]:
        if len(path) >= self._depth:
            return np.eye(self._size)[0]
        draw = random.Random(f"{self._seed} {path}")
        weights = np.array([draw.random() ** 4 for _ in range(self._size)])
        return weights / weights.sum()

    def read(self, paths: Sequence[Path]) -> NDArray[np.float64]:
        self.passes += 1
        return np.stack([self.row(path) for path in paths])


def by_force(model: TableModel, spellings: Sequence[bytes], start: Start) -> dict[Word, float]:
    """Every continuation to its end, one by one; chances of words, given the required bytes."""
    found: dict[Word, float] = defaultdict(float)
    required = start.required

    def follow(path: Path, mass: float) -> None:
        for token, chance in enumerate(model.row(path)):
            if not chance:
                continue
            longer, ends = (*path, token), not spellings[token]
            data = b"".join(spellings[i] for i in longer)
            if not (data.startswith(required) or (required.startswith(data) and not ends)):
                continue
            text = data[len(required) :].decode("utf-8", "surrogateescape")
            end = (
                unit_end(start.started, text if ends else _complete(text), ends) if len(data) >= len(required) else None
            )
            if ends and end is None:
                end = 0
            if end is None:
                follow(longer, mass * float(chance))
            elif not (start.fresh and goes_on(start.started, text[:end])):
                size = len(text[:end].encode("utf-8", "surrogateescape"))
                found[Word(required + data[len(required) :][:size], ends and not text)] += mass * float(chance)

    follow((), 1.0)
    return dict(found)


def _complete(text: str) -> str:
    """Without what may become a character."""
    return text[:-1] if text.endswith("\udcc3") else text
