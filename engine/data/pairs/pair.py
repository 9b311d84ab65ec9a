"""One question with its answer, and the folding under which two texts count as the same. Knows no file."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from engine.messages import Message


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and the answer that a person wants. Pairs are equal when they say the same, wherever they stood."""

    question: str
    answer: str
    system: str = ""
    earlier: tuple[Message, ...] = ()
    """The turns of a conversation before the question, roles user and assistant."""
    row: int = field(default=0, compare=False)
    """The line or record of the file that a person would look for, from 1; 0 where there is no file."""


_GLUE = "'’‘ʼ`´.·"
"""Left out without a gap: “what's” is “whats”, “U.S.” is “us”."""

_ASCII_SPACED = re.compile(r"[^a-z0-9.' ]+")
_ASCII_DOTS = re.compile(r"'|(?<!\d)\.|\.(?!\d)")


def folded(text: str) -> str:
    """`text` without case, punctuation, symbols and superfluous space; never empty where the text was not.

    Points and commas between digits stay, for 3.5 is not 35.
    """
    lower = text.lower() if text.isascii() else _caseless(text)
    if lower.isascii() and "," not in lower and "`" not in lower:
        bare = _ASCII_SPACED.sub(" ", _ASCII_DOTS.sub("", lower)) if not lower.isalnum() else lower
    else:
        bare = _without_marks(lower)
    return " ".join(bare.split()) or " ".join(lower.split()) or text.strip()


def _caseless(text: str) -> str:
    for _ in range(2):  # folding a letter may leave one that is not normal yet
        text = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", text)


def _without_marks(text: str) -> str:
    kept: list[str] = []
    for i, c in enumerate(text):
        kind = unicodedata.category(c)[0]
        if c in ".," and 0 < i < len(text) - 1 and text[i - 1].isdigit() and text[i + 1].isdigit():
            kept.append(c)
        elif c in _GLUE or unicodedata.category(c) == "Cf":
            continue
        else:
            kept.append(c if kind in "LNM" else " ")
    return unicodedata.normalize("NFKC", "".join(kept))
