"""Markdown and pages of HTML as a person reads them. Knows marks, not files.

A page becomes text in parts, so that a step stays short.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.data.pairs.html_text import plain_text

PART = 128 << 10
"""Characters of a page that become text in one step."""
_FRONT = re.compile(r"\A---\n.{0,4000}?\n---\n", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]\n]{0,500})\]\([^)\n]{0,2000}\)")
_STRONG = re.compile(r"(\*\*|__|~~|`)(?=\S)(.{1,500}?)(?<=\S)\1")
_SLANTED = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,300}?)(?<=[^\s*])\*(?![\w*])")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n`]{0,60}$\n?", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+|[ \t]{1,9}#{1,6}[ \t]{0,9}$", re.MULTILINE)
_QUOTE, _UNDERLINE = re.compile(r"^>[ \t]?", re.MULTILINE), re.compile(r"^(?:={3,}|-{3,})[ \t]*$\n?", re.MULTILINE)
_UNSEEN = ("head", "title", "script", "style", "nav", "template", "noscript", "svg")
_BEGINS = re.compile(rf"<!--|<(?P<tag>{'|'.join(_UNSEEN)})\b[^<>]{{0,2000}}>", re.IGNORECASE)
_ENDS = {name: re.compile(rf"</{name}\s{{0,9}}>", re.IGNORECASE) for name in _UNSEEN} | {"": re.compile("-->")}
_BORDER = re.compile(r"</(?:p|div|li|h[1-6]|tr|section)>|<(?:p|br|div|h[1-6])\b[^<>]{0,500}>", re.IGNORECASE)
_LINK_TAG = re.compile(r"</?a\b[^<>]{0,2000}>", re.IGNORECASE)
_PARTS_LINES = re.compile(
    r"</?(?:p|br|div|li|[uod]l|d[td]|t[rdh]|table|blockquote|pre|section|article|header|footer|figure|h[r1-6])\b",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"<[/!?]?[A-Za-z][^<>]{0,2000}>")


def markdown_text(text: str) -> str:
    """No marks, links by their words, no pictures; code stays as it is written."""
    text = _LINK.sub(r"\1", _IMAGE.sub("", _FRONT.sub("", text.replace("\r\n", "\n"))))
    text = _UNDERLINE.sub("", _FENCE.sub("", text))
    for _ in range(2):  # bold in italics
        text = _STRONG.sub(r"\2", text)
    return _QUOTE.sub("", _HEADING.sub("", _SLANTED.sub(r"\1", text)))


def page_text(text: str) -> Iterator[str]:
    """Paragraphs of a page, without its head, menus and scripts; links by their words."""
    for shown in _shown(text):
        at = 0
        while at < len(shown):
            border = _BORDER.search(shown, at + PART)
            end = border.start() if border else len(shown)
            if kept := plain_text(_ANY_TAG.sub(_kept_for_reading, _LINK_TAG.sub("", shown[at:end]))):
                yield kept + "\n\n"
            at = end


def _kept_for_reading(tag: re.Match[str]) -> str:
    """Tags that part lines are left for what reads them; all others go."""
    return tag[0] if _PARTS_LINES.match(tag[0]) else ""


def _shown(text: str) -> Iterator[str]:
    """What stands outside of comments and of elements that no page shows; an element without an end is let be."""
    at, ended, missing = 0, 0, set[str]()
    while begin := _BEGINS.search(text, at):
        name = (begin["tag"] or "").lower()
        end = None if name in missing else _ENDS[name].search(text, begin.end())
        if end is None:
            missing.add(name)  # there is none further down either
            at = begin.end()
            continue
        yield text[ended : begin.start()]
        at = ended = end.end()
    yield text[ended:]
