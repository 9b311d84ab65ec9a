"""What is taken off a text before anything learns from it: page marks, and characters that say nothing.

Knows texts, not files. A long text is cleaned in parts, so that no step takes long and no second copy is needed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

PART = 256 << 10
"""Characters that are cleaned in one step; some 40 ms."""
_PICTURE = re.compile(r"^[ \t]*\[(?:Illustration|Picture)[^\]\n]{0,300}\][ \t]*$", re.MULTILINE | re.IGNORECASE)
_RULE = re.compile(r"^[ \t]*(?:[*_=~.-][ \t]*){3,}$", re.MULTILINE)
_SPACES = re.compile(r"[ \t]+")
_MANY_LINES = re.compile(r"\n{3,}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\u200b\u2060\ue000-\uf8ff]")
_BLANK = re.compile(r"\s{0,1000}")
_LINE_ENDS = (("\r\n", "\n"), ("\r", "\n"), ("\x85", "\n"), ("\x0c", "\n\n"), ("\u2028", "\n"), ("\u2029", "\n\n"))


def unified(text: str) -> str:
    """With one kind of line end; quick also for a long text."""
    for found, wanted in _LINE_ENDS:
        text = text.replace(found, wanted)
    return text


def clean(text: str) -> str:
    """Unified line ends and accents, no control characters, no page marks, no more than one empty line."""
    text = _CONTROL.sub("", unified(text).replace("\xa0", " "))
    text = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode())
    text = _RULE.sub("", _PICTURE.sub("", text))
    text = "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _MANY_LINES.sub("\n\n", text).strip()


def cleaned(text: str) -> Iterator[str]:
    """A text with unified line ends, clean, in parts that end with what stood between them or are empty."""
    at = 0
    while at < len(text):
        end = _end(text, at)
        blank = _BLANK.match(text, end)
        after = blank.end() if blank else end
        kept = clean(text[at:end])
        yield kept + _between(text[end:after]) if kept else ""
        at = after


def _end(text: str, at: int) -> int:
    """Where a part ends: at a paragraph, else at a line, a sentence or a word, else anywhere."""
    if len(text) - at <= PART:
        return len(text)
    for mark, left in (("\n\n", 0), ("\n", 0), (". ", 1), (" ", 0)):
        found = text.rfind(mark, at + PART // 2, at + PART)
        if found >= 0:
            return found + left
    return at + PART


def _between(blank: str) -> str:
    """The shortest that parts as much as this does."""
    lines = clean(f"a{blank}b").count("\n") if blank else 0
    return "\n" * lines or (" " if blank else "")
