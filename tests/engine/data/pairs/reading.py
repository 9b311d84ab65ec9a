"""Files of pairs for the tests, written and read in one go."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest

from engine.data.pairs.reading import Mapping, PairFile, read_pairs
from engine.errors import UserError

T = TypeVar("T")


def finished(work: Generator[tuple[int, int], None, T]) -> T:
    """The result of a job, with every step looked at: it never goes beyond its total."""
    while True:
        try:
            done, total = next(work)
        except StopIteration as end:
            return end.value
        assert 0 <= done <= total


def read(
    path: Path, content: bytes | str, name: str = "file", *, format: str = "auto", mapping: Mapping | None = None
) -> PairFile:
    """What a file with this content gives. Its name says nothing about what is in it, on purpose."""
    file = path / name
    file.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    return finished(read_pairs(file, format=format, mapping=mapping))


def texts(file: PairFile) -> list[tuple[str, str]]:
    return [(pair.question, pair.answer) for pair in file.pairs]


def refused(path: Path, content: bytes | str) -> UserError:
    with pytest.raises(UserError) as caught:
        read(path, content)
    assert caught.value.message and caught.value.hint and "\n" not in caught.value.message
    return caught.value
