"""Gathers what a reader finds: cleans each text, and keeps a reason for everything that becomes no pair.

Knows no format.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from engine.data.pairs.pair import Pair
from engine.data.pairs.pair_file import SAMPLE_ROWS, Mapping, PairFile, Skipped
from engine.errors import UserError
from engine.messages import Message

Steps = Generator[tuple[int, int], None, None]
"""A reader at work: (done, total) after each short step."""

MOST_PAIRS = 1_000_000
SHOWN = 200
"""Characters of a skipped text that are kept."""


@dataclass(slots=True)
class Collected:
    """A file of pairs while it is read."""

    format: str
    pairs: list[Pair] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    mapping: Mapping = field(default_factory=Mapping)
    sample: list[tuple[str, ...]] = field(default_factory=list)
    sheets: tuple[str, ...] = ()

    def pair(self, row: int, question: str, answer: str, system: str = "", earlier: Sequence[Message] = ()) -> None:
        """Keep a pair. One with an empty side is kept too, for it can be filled in; the checks name it."""
        question, answer, system = clean(question), clean(answer), clean(system)
        turns = tuple(Message(turn.role, clean(turn.text)) for turn in earlier)
        if not question and not answer:
            self.skip(row, "There is neither a question nor an answer.", system)
        elif not all(is_text(text) for text in (question, answer, system, *(turn.text for turn in turns))):
            self.skip(row, "It holds half a character (a lone surrogate), which no file can keep.", question or answer)
        elif len(self.pairs) >= MOST_PAIRS:
            raise UserError(f"The file holds more than {MOST_PAIRS:,} pairs", "Split it into smaller files.")
        else:
            self.pairs.append(Pair(question, answer, system, turns, row))

    def skip(self, row: int, reason: str, text: str = "") -> None:
        """Keep why a row, or a part of one, became no pair."""
        shown = clean(text[: 2 * SHOWN])[:SHOWN].encode("utf-8", "replace").decode("utf-8")
        self.skipped.append(Skipped(row, reason, shown))

    def show(self, cells: Sequence[str]) -> None:
        """Keep a row for the preview, if it is among the first."""
        if len(self.sample) < SAMPLE_ROWS:
            self.sample.append(tuple(cell[:SHOWN] for cell in cells))

    def finish(self, encoding: str) -> PairFile:
        return PairFile(
            pairs=tuple(self.pairs),
            format=self.format,
            encoding=encoding,
            columns=self.columns,
            mapping=self.mapping,
            sample=tuple(self.sample),
            skipped=tuple(self.skipped),
            sheets=self.sheets,
        )


def clean(text: str) -> str:
    """With line breaks of one kind, and without NUL characters or space around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def is_text(text: str) -> bool:
    """Whether it can be written to a file."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
