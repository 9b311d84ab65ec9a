"""One word the model might write, with its share, and how a share is written. Knows no widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class WordRow:
    """`kind`: "written" is the word the reply has; "others" is everything not listed, and comes last."""

    text: str
    probability: float
    kind: Literal["word", "written", "others"] = "word"


def percent(probability: float) -> str:
    """One decimal; what would round to nothing is "<0.1%"."""
    return "<0.1%" if 0 < probability < 0.0005 else f"{100 * probability:.1f}%"
