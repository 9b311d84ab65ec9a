"""What is taken off a text before anything learns from it: licence texts, page marks, characters that say nothing.

Knows texts, not files.
"""

from __future__ import annotations

import re
import unicodedata

_START = re.compile(
    r"^.{0,40000}?\*{3}\s?START OF (?:THE|THIS) PROJECT GUTENBERG EBOOK.{0,200}?\*{3}[^\n]*\n",
    re.DOTALL | re.IGNORECASE,
)
_END = re.compile(r"\n\s*\*{0,3}\s?END OF (?:THE|THIS) PROJECT GUTENBERG.*\Z", re.DOTALL | re.IGNORECASE)
_PRODUCED = re.compile(
    r"\A\s*(?:Produced|Transcribed|E-text prepared|This etext was) (?:by|from)[^\n]*(?:\n[^\n]+)*\n\n"
)
_PICTURE = re.compile(r"^\s*\[(?:Illustration|Picture)[^\]\n]{0,300}\]\s*$", re.MULTILINE | re.IGNORECASE)
_RULE = re.compile(r"^[ \t]*(?:[*_=~.-][ \t]*){3,}$", re.MULTILINE)
_NAMED = frozenset("\n\t")
_SPACES = re.compile(r"[ \t]+")
_MANY_LINES = re.compile(r"\n{3,}")
_FRONT = re.compile(r"\A---\n.{0,4000}?\n---\n", re.DOTALL)
_IMAGE, _LINK = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)"), re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")
_MARKS = re.compile(r"(\*\*|__|~~|`)(?=\S)(.{1,500}?)(?<=\S)\1")
_HEADING, _QUOTE = re.compile(r"^#{1,6}\s+", re.MULTILINE), re.compile(r"^>\s?", re.MULTILINE)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff\u200b\u2060\ue000-\uf8ff]")


def clean(text: str) -> str:
    """Unified line ends and accents, no control characters, no page marks, no more than one empty line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n\n").replace("\xa0", " ")
    text = _CONTROL.sub("", text.replace("\u2028", "\n").replace("\u2029", "\n\n"))
    text = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode())
    text = _RULE.sub("", _PICTURE.sub("", text))
    text = "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _MANY_LINES.sub("\n\n", text).strip()


def without_licence(text: str) -> str:
    """A book of Project Gutenberg without what stands before and after it."""
    return _PRODUCED.sub("", _END.sub("\n", _START.sub("", text)))


def without_markdown(text: str) -> str:
    """Markdown as a person reads it: no marks, links by their words."""
    text = _LINK.sub(r"\1", _IMAGE.sub("", _FRONT.sub("", text)))
    for _ in range(2):  # bold in italics
        text = _MARKS.sub(r"\2", text)
    return _QUOTE.sub("", _HEADING.sub("", text))
