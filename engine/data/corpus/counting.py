"""The numbers of a text: words, how many different ones, which are frequent. Knows no files."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

FREQUENT = 2000
MOST_DIFFERENT = 2_000_000
"""Words that are told apart; a text with more is no language."""
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
VOCABULARIES = ((50_000, 512), (300_000, 1024), (1_500_000, 2048), (40_000_000, 4096), (400_000_000, 8192))
"""Bytes of text up to which a vocabulary of so many tokens suits it: a piece must be seen often to be learned."""
LARGEST = 16_384


@dataclass(slots=True)
class Counts:
    """What was counted so far."""

    words: int = 0
    each: Counter[str] = field(default_factory=Counter)

    def take(self, text: str) -> None:
        found = _WORD.findall(text)
        self.words += len(found)
        if len(self.each) < MOST_DIFFERENT:
            self.each.update(found)

    def frequent(self) -> tuple[tuple[str, int], ...]:
        return tuple(self.each.most_common(FREQUENT))


def suggested_vocabulary(size: int) -> int:
    """For a text of so many bytes."""
    return next((tokens for most, tokens in VOCABULARIES if size <= most), LARGEST)
