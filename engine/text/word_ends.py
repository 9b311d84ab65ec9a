"""Where a word ends: rules over characters, with no list of words and no language.

Letters, digits, marks and _ make a word. An apostrophe between letters is part of it (don't), a point or comma between
digits too (3.14), and points between single letters with the one behind them (e.g., U.S.). Where a script is written
without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) each character is a word. Any other mark, an emoji, a
line break is a word of its own, of one character; what only changes its look is counted with it. One space before a
word belongs to it. Knows no tokens. A broken byte is a lone surrogate, as Python keeps it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

UNSPACED = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003347f\u0e01-\u0eff\u1000-\u109f\u1780-\u17dd]"
)
APOSTROPHES = "'’"
_JOINERS = "_\u200c\u200d"
LONGEST = 64
"""Characters in which the beginning of a word at the end of a text is looked for."""


@cache
def kind(character: str) -> str:
    """a letter, 0 digit, u a word by itself; apostrophe, point, comma and space as they are; x for anything else."""
    if character in APOSTROPHES:
        return "'"
    if character in "., ":
        return character
    if UNSPACED.match(character):
        return "u"
    if character.isdecimal():
        return "0"
    word = character.isalnum() or character in _JOINERS or unicodedata.category(character).startswith("M")
    return "a" if word else "x"


def word_end(text: str, final: bool = False) -> int | None:
    """Characters of the word that `text` begins with; None while more text could make it longer."""
    segment, pointed = 0, False  # characters since the last inner mark; whether it is written like e.g.
    at = 0
    while at < len(text):
        here = kind(text[at])
        if here in "a0":
            segment += 1
            at += 1
            continue
        before = kind(text[at - 1]) if at else "x"
        single = here == "." and segment == 1 and before == "a"
        if single and pointed:
            segment = 0
            at += 1
            continue
        wanted = "0" if here in ".," and before == "0" else "a" if before == "a" and (here == "'" or single) else ""
        if not wanted:
            return at
        if at + 1 == len(text):
            return at if final else None
        if kind(text[at + 1]) != wanted:
            return at
        segment, pointed = 0, pointed or single
        at += 1
    return at if final else None


def unit_end(started: str, text: str, final: bool = False) -> int | None:
    """Characters of `text` that belong to the first word in it, which may go on with a word `started` before it.

    None while that is not certain; 0 only where there is no text and it is `final`.
    """
    if started:
        end = word_end(started + text, final)
        if end is None:
            return None
        if end > len(started):
            return end - len(started)
    return _first_unit(text, final)


def goes_on(started: str, text: str) -> bool:
    """Whether `text`, one whole unit, is the rest of the word that was started."""
    return bool(started) and (word_end(started + text, final=True) or 0) > len(started)


def open_unit(text: str) -> str:
    """What the text ends with and more text could make longer: a word, with its space, or a space alone."""
    rest = text[-LONGEST:]
    while rest:
        end = _first_unit(rest, final=False)
        if end is None:
            return rest
        rest = rest[end:]
    return ""


def likewise(started: str, text: str) -> tuple[str, str]:
    """Short stand-ins of an undecided (started, text), after which every text ends the word at the same place.

    There are about twenty of them, so that a vocabulary is gone through once for each and not for every word.
    """
    if started and not text:
        return _short(started), ""
    if started and word_end(started + text) is None:
        if len(text) == 1 and kind(text) in "'.,":
            return _short(started), text
        return "", _short(started + text)
    return ("", _short(text.removeprefix(" "))) if text.strip(" ") else ("", text)


def _first_unit(text: str, final: bool) -> int | None:
    if not text:
        return 0 if final else None
    space = 1 if text[0] == " " else 0
    if space and len(text) == 1:
        return 1 if final else None
    if space and text[1].isspace():
        return 1
    if kind(text[space]) in "a0":
        end = word_end(text[space:], final)
        return None if end is None else end + space
    return space + 1


def _short(word: str) -> str:
    kinds = "".join(map(kind, word))
    waiting = word[-1] if kinds[-1] in "'.," else ""
    segment = re.split("['.,]", kinds[: len(kinds) - len(waiting)])[-1]
    pointed = "a.a" in kinds
    if segment.endswith("0"):
        return ("a.a0" if pointed else "0") + waiting
    return ("a." if pointed else "") + ("a" if segment == "a" else "aa") + waiting
