"""The .qna files of QnA Maker and Bot Framework: `# ? question`, other ways to ask, and the answer in a fence.

Every way to ask becomes a pair with the same answer. Knows only this layout.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.data.pairs.collecting import Collected, Steps
from engine.data.pairs.pair_file import Mapping

_QUESTION = re.compile(r"#{1,3}\s*\?\s*(.+)")
_OTHER = re.compile(r"\s*[-*+]\s+(.+)")
_FENCE = re.compile(r"\s*```")


@dataclass(slots=True)
class _Entry:
    asked: list[tuple[int, str]] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)
    answered: bool = False
    listing: bool = True
    """Whether lines of a list still are ways to ask; below “**Filters:**” they are not."""


def looks_like_qna(text: str) -> bool:
    return bool(
        re.search(r"^#{1,3}[ \t]*\?[ \t]*\S", text, re.MULTILINE) and re.search(r"^[ \t]*```", text, re.MULTILINE)
    )


def read_qna(text: str, found: Collected, given: Mapping | None) -> Steps:
    lines = text.split("\n")
    entry = _Entry()
    fenced = False
    for row, line in enumerate(lines, 1):
        if _FENCE.match(line):
            fenced = not fenced
            entry.answered = True
        elif fenced:
            entry.answer.append(line)
        elif asked := _QUESTION.match(line):
            _close(entry, found)
            entry = _Entry([(row, asked[1])])
        elif (other := _OTHER.match(line)) and entry.asked:
            if entry.listing and not entry.answered:
                entry.asked.append((row, other[1]))
        elif line.startswith("**"):
            entry.listing = False
        elif line.strip() and not line.startswith((">", "<a ")):
            found.skip(row, "The text stands outside a question with its answer.", line)
        if row % 1000 == 0:
            yield row, len(lines)
    _close(entry, found)


def _close(entry: _Entry, found: Collected) -> None:
    for row, question in entry.asked:
        if entry.answered:
            found.pair(row, question, "\n".join(entry.answer))
        else:
            found.skip(row, "The question has no answer.", question)
