"""One long text into documents, by its form: dialogues, articles, or pieces of a book. Knows no files."""

from __future__ import annotations

import re
from collections.abc import Iterator

SHORT, PIECE, PIECES = 2000, 40_000, 60
"""Characters of a document of a long text at least and at most, and about how many it gives: so that some can be held
out of any text, and a piece of a book is as long as a chapter."""
LOOKED_AT = 200_000
DIALOGUE_LINES, DIALOGUE_BLOCK = 200, 4000
"""Characters that a line of a dialogue has at most as a rule, and a whole dialogue."""
ARTICLE = 300
"""Characters that a line has at least as a rule where every line is an article."""
_BREAK = re.compile(r"\n\n+")


def documents(text: str) -> Iterator[str]:
    """The parts of a text, none of them empty."""
    if len(text) <= SHORT:
        yield from filter(None, [text.strip()])
    elif _is_dialogues(text):
        yield from _blocks(text)
    elif _is_articles(text):
        yield from (line.strip() for line in text.split("\n") if line.strip())
    else:
        yield from _pieces(text)


def _is_dialogues(text: str) -> bool:
    """Short blocks of two or more short lines, with empty lines between them."""
    blocks = _BREAK.split(text[:LOOKED_AT])[:-1]
    lines = [line for block in blocks for line in block.split("\n")]
    if len(blocks) < 20 or len(lines) < 3 * len(blocks):
        return False
    short = sum(len(line) <= DIALOGUE_LINES for line in lines)
    small = sum(len(block) <= DIALOGUE_BLOCK for block in blocks)
    # Verse has this form too, but its lines begin with capitals and seldom end a sentence.
    ended = sum(line.rstrip()[-1:] in ".?!)\"”'" or line[:1].islower() for line in lines)
    return short > 0.95 * len(lines) and small > 0.95 * len(blocks) and ended > 0.4 * len(lines)


def _blocks(text: str) -> Iterator[str]:
    at = 0
    for found in _BREAK.finditer(text):
        block = text[at : found.start()].strip()
        at = found.end()
        if block:
            yield block
    if text[at:].strip():
        yield text[at:].strip()


def _is_articles(text: str) -> bool:
    """Long lines, and many of them; few empty lines between."""
    lines = [line for line in text[:LOOKED_AT].split("\n")[:-1] if line.strip()]
    return len(lines) >= 20 and text[:LOOKED_AT].count("\n\n") < len(lines) // 4 and _middle(lines) >= ARTICLE


def _middle(lines: list[str]) -> int:
    return sorted(map(len, lines))[len(lines) // 2]


def _pieces(text: str) -> Iterator[str]:
    """Of about equal length, cut between paragraphs where there are any, otherwise between sentences or words."""
    at, length = 0, max(SHORT, min(PIECE, len(text) // PIECES))
    while at < len(text):
        end = len(text) if len(text) - at <= length * 3 // 2 else _cut(text, at, length)
        piece = text[at:end].strip()
        at = end
        if piece:
            yield piece


def _cut(text: str, at: int, length: int) -> int:
    """The best place to cut in the second half of a piece."""
    for mark in ("\n\n", "\n", ". ", " "):
        found = text.rfind(mark, at + length // 2, at + length)
        if found > 0:
            return found + len(mark)
    return at + length
