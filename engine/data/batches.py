"""Token streams on disk, and the windows of them that a step reads: a function of seed and place alone.

So a run that goes on reads what it would have read. Knows numbers, not what they mean.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import UserError

WIDE = 1 << 16
"""Ids from here on need four bytes."""


def id_type(vocabulary: int) -> type[np.unsignedinteger[Any]]:
    """How ids of a vocabulary of this size lie on disk."""
    return np.uint16 if vocabulary <= WIDE else np.uint32


def write_tokens(path: Path, documents: Iterable[list[int]], vocabulary: int) -> Iterator[int]:
    """One document after another, aside and then in its place; yields the tokens written so far, a document a step."""
    aside, total = path.with_suffix(".new"), 0
    with aside.open("wb") as file:
        for ids in documents:
            file.write(np.asarray(ids, id_type(vocabulary)).tobytes())
            total += len(ids)
            yield total
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def open_tokens(path: Path, vocabulary: int) -> NDArray[np.unsignedinteger[Any]]:
    """Mapped, not read. UserError where the file is gone or holds ids outside the vocabulary."""
    kind = id_type(vocabulary)
    try:
        if not path.stat().st_size:
            return np.zeros(0, kind)
        tokens = np.memmap(path, kind, mode="r", shape=(path.stat().st_size // kind().itemsize,))
    except (OSError, ValueError) as error:
        raise UserError("The text of this run cannot be read", "Forget the run and begin a new one.") from error
    for start in range(0, len(tokens), 1 << 24):
        if tokens[start : start + (1 << 24)].max(initial=0) >= vocabulary:
            raise UserError("The text of this run is damaged", "Forget the run and begin a new one.")
    return tokens


class Windows:
    """A stream cut into windows of `context` tokens and the one after, in another order and cut in every pass.

    A stream shorter than a window is read round and round.
    """

    def __init__(self, tokens: NDArray[np.unsignedinteger[Any]], context: int, seed: int) -> None:
        repeats = -(-(2 * context + 1) // max(1, len(tokens)))
        self._tokens = tokens if repeats == 1 else np.tile(np.asarray(tokens), repeats)
        self._context, self._seed = context, seed
        self.per_pass = (len(self._tokens) - 1) // context - 1
        """Windows in a pass; one fewer than fit, since a pass begins anywhere in the first."""
        self._pass = -1
        self._order: NDArray[np.int64] = np.zeros(0, np.int64)
        self._begin = 0

    def rows(self, start: int, count: int) -> NDArray[np.int64]:
        """Windows `start` to `start + count` of the endless sequence, [count, context + 1]."""
        return np.stack([self._window(number) for number in range(start, start + count)])

    def _window(self, number: int) -> NDArray[np.int64]:
        which, place = divmod(number, self.per_pass)
        if which != self._pass:
            luck = np.random.Generator(np.random.PCG64([self._seed, which]))
            self._order, self._begin = luck.permutation(self.per_pass), int(luck.integers(self._context))
            self._pass = which
        at = self._begin + int(self._order[place]) * self._context
        return self._tokens[at : at + self._context + 1].astype(np.int64)
