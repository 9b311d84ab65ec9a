"""What reading a file of pairs gives: the pairs, what was left out and why, and how its columns were taken.

Knows no format.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.data.pairs.pair import Pair

SAMPLE_ROWS = 20


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column of a table is what; "" for none. Filled in by the reader, or by the person to correct it."""

    question: str = ""
    answer: str = ""
    system: str = ""
    context: str = ""
    """A text that belongs to the question: Alpaca's `input` comes after it, a passage to read before it."""
    history: str = ""
    """Earlier turns of the conversation, as JSON."""
    more: tuple[tuple[str, str], ...] = ()
    """Further columns with a question and its answer: the same pairs in another language."""
    header: bool | None = None
    """Whether the first row names the columns; None to find out."""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row, or a part of one, that did not become a pair, and one sentence why."""

    row: int
    reason: str
    text: str
    """The beginning of what stood there."""


@dataclass(frozen=True, slots=True)
class PairFile:
    """A file of pairs as it was read."""

    pairs: tuple[Pair, ...]
    format: str
    encoding: str
    columns: tuple[str, ...] = ()
    """The names of the columns; empty where the format has none, and then there is nothing to map."""
    mapping: Mapping = Mapping()
    sample: tuple[tuple[str, ...], ...] = ()
    """The first rows as they stand in the file, without the header."""
    skipped: tuple[Skipped, ...] = ()
    sheets: tuple[str, ...] = ()
    """The names of a workbook's sheets."""
