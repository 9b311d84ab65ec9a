"""One text into documents, by its form: dialogues, articles, or pieces of a book. Knows no files."""

from __future__ import annotations

import re
from collections.abc import Iterator

SHORTEST, PIECE, PIECES = 2000, 40_000, 60
"""Characters of a piece at least and at most, and about how many the whole gives: so that some can be held out of any
text, and a piece of a book is as long as a chapter."""
LOOKED_AT = 200_000
DIALOGUE_LINES, DIALOGUE_BLOCK = 200, 4000
"""Characters that a line of a dialogue has at most as a rule, and a whole dialogue."""
ARTICLE = 1000
"""Characters that a line has at least as a rule where every line is an article; a paragraph is shorter."""
_BREAK = re.compile(r"\n\n+")
_HEADING = re.compile(
    r"\n\n(?=(?:(?i:chapter|book|part|canto|act|scene|story|section)\b[^\n]{0,60}|[IVXLC]{1,7}\.?|\d{1,3}\.?)\n)"
)
LONGEST = 1 << 20
"""Characters without a border, after which none is waited for."""


def piece_length(whole: int) -> int:
    """Of everything that is read, `whole` bytes: in steps of two, so that a little more text moves no border."""
    length = PIECE
    while length > SHORTEST and length * PIECES > whole * 2:
        length //= 2
    return max(length, SHORTEST)


def documents(parts: Iterator[str], length: int) -> Iterator[str]:
    """The documents of a text that comes in parts; pieces have about `length` characters. Empty: nothing yet, go on."""
    start = ""
    for part in parts:
        start += part
        if len(start) >= LOOKED_AT:
            break
        yield ""
    if len(start) > SHORTEST and _is_dialogues(start):
        yield from _split(start, parts, _BREAK, length)
    elif len(start) > SHORTEST and _is_articles(start):
        yield from _split(start, parts, re.compile("\n"), length)
    else:
        yield from pieces(start, parts, length)


def whole(parts: Iterator[str]) -> Iterator[str]:
    """A text that is one document already, unless it is longer than a document may be. Empty: nothing yet, go on."""
    text = []
    for part in parts:
        text.append(part)
        yield ""
    yield from _whole_or_pieces("".join(text), PIECE)


def pieces(start: str, parts: Iterator[str], length: int) -> Iterator[str]:
    """Of about equal length, cut between paragraphs where there are any, otherwise between sentences or words."""
    text, at = start, 0
    while True:
        while len(text) - at > length * 3 // 2:
            end = _cut(text, at, length)
            if piece := text[at:end].strip():
                yield piece
            at = end
        part = next(parts, None)
        if part is None:
            break
        text, at = text[at:] + part, 0
        yield ""
    if rest := text[at:].strip():
        yield rest


def _cut(text: str, at: int, length: int) -> int:
    """The best place to cut in the second half of a piece: a heading, a paragraph, a line, a sentence, a word."""
    first, last = at + length // 2, at + length
    if heading := _HEADING.search(text, first, last):
        return heading.end()
    for mark in ("\n\n", "\n", ". ", " "):
        if (place := text.rfind(mark, first, last)) > 0:
            return place + len(mark)
    return last


def _split(start: str, parts: Iterator[str], border: re.Pattern[str], length: int) -> Iterator[str]:
    """What stands between borders, in pieces where that is longer than two of them."""
    text = start
    while True:
        at = 0
        for found in border.finditer(text):
            yield from _whole_or_pieces(text[at : found.start()], length)
            at = found.end()
        part = next(parts, None)
        if part is None:
            break
        if len(text) - at > LONGEST:
            yield from _whole_or_pieces(text[at:], length)
            at = len(text)
        text = text[at:] + part
        yield ""
    yield from _whole_or_pieces(text[at:], length)


def _whole_or_pieces(text: str, length: int) -> Iterator[str]:
    if len(text) > 2 * length:
        yield from pieces(text, iter(()), length)
    elif kept := text.strip():
        yield kept


def _is_dialogues(text: str) -> bool:
    """Short blocks of several short lines, with empty lines between them."""
    blocks = _BREAK.split(text[:LOOKED_AT])[:-1]
    lines = [line for block in blocks for line in block.split("\n")]
    if len(blocks) < 20 or len(lines) < 3 * len(blocks):
        return False
    short = sum(len(line) <= DIALOGUE_LINES for line in lines)
    small = sum(len(block) <= DIALOGUE_BLOCK for block in blocks)
    # Verse has this form too, but its lines begin with capitals and seldom end a sentence.
    ended = sum(line.rstrip()[-1:] in ".?!)\"”'" or line[:1].islower() for line in lines)
    return short > 0.95 * len(lines) and small > 0.95 * len(blocks) and ended > 0.4 * len(lines)


def _is_articles(text: str) -> bool:
    """Long lines; few empty ones between."""
    lines = [line for line in text[:LOOKED_AT].split("\n")[:-1] if line.strip()]
    return len(lines) >= 3 and text[:LOOKED_AT].count("\n\n") <= len(lines) // 4 and _middle(lines) >= ARTICLE


def _middle(lines: list[str]) -> int:
    return sorted(map(len, lines))[len(lines) // 2]
