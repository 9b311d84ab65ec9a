"""What Project Gutenberg puts around its books, found and taken off. Knows texts, not files.

One text may hold many books, each between marks of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 40_000
"""Characters of a header, or of a licence with the next book's header, at most: they have 500 to 20,000."""
_MARK = re.compile(
    r"^[ \t]*(?:"
    r"(?P<start>\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG (?:[^*]{0,300}\*{3})?[^\n]*"
    r"|\*END\*? ?THE SMALL PRINT[^\n]*)"
    r"|\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG[^\n]*"
    r"|END OF (?:THE |THIS )?PROJECT GUTENBERG['’ ][^\n]*"
    r"|START: FULL LICENSE[^\n]*)",
    re.MULTILINE | re.IGNORECASE,
)
_LICENCE_ENDS = re.compile(r"newsletter\s+to\s+hear\s+about\s+new\s+eBooks\.?")
_PRODUCED = re.compile(
    r"\A\s*(?:Produced|Transcribed|E-text prepared|This etext was) (?:by|from)[^\n]*(?:\n[^\n]+)*\n\n"
)


class Bare(NamedTuple):
    text: str
    taken: int
    """Bytes that were taken off."""


def without_licence(text: str) -> Bare:
    """The books alone. Text of other origin before, between and after them stays."""
    if "Gutenberg" not in text and "GUTENBERG" not in text:  # a scan of some milliseconds instead of a second
        return Bare(text, 0)
    parts = list(_parts(text))
    bare = text if parts == [text] else "\n\n".join(filter(None, parts))
    return Bare(bare, len(text.encode("utf-8", "ignore")) - len(bare.encode("utf-8", "ignore")))


def _parts(text: str) -> Iterator[str]:
    """From mark to mark what is kept of the text between; begins as if a header might stand there."""
    at, inside, first = 0, False, True
    for mark in _MARK.finditer(text):
        between = text[at : mark.start()]
        if mark["start"]:
            yield between if inside else _other(between, first)
        else:
            yield _book(between) if inside or first else _other(between, first)
        at, inside, first = mark.end(), mark["start"] is not None, False
    rest = text[at:]
    yield rest if first else _book(rest) if inside else _other(rest, first)


def _book(text: str) -> str:
    return _PRODUCED.sub("", text, count=1)


def _other(text: str, first: bool) -> str:
    """What is kept of text outside of books: nothing where it is as short as a licence, else what follows one."""
    if len(text) <= LONGEST:
        return ""
    ends = None if first else _LICENCE_ENDS.search(text, 0, LONGEST)
    return text[ends.end() :] if ends else text
