"""What two models make of the same texts, ready to be shown: pieces, rows, groups, sentences. Knows no widget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from desktop.amounts import counted
from desktop.inspect.chances import LARGEST, chance, times, words_to_choose
from desktop.inspect.marked_text import Piece
from engine.messages import ComparedText, ComparedToken, Comparison, ModelInfo, TextToCompare

PLAIN_UNDER = 0.5
"""Nats below which a change stays plain."""
BASE_SHARE, SHARE_PER_NAT, MOST_SHARE = 0.08, 0.07, 0.34
MOST_ROWS = 300
MOST_TEXTS = 500
YOURS = "Your text"


@dataclass(frozen=True, slots=True)
class Change:
    """A token or word with its probability under both models; `points` are percentage points."""

    text: str
    first: float
    second: float
    place: int
    """Of its text among all texts."""

    @property
    def points(self) -> float:
        return 100 * (self.second - self.first)


def pieces_of(text: ComparedText) -> tuple[str, list[Piece]]:
    """The text, and what of it became more likely (blue, line below) or less likely (orange, line above)."""
    pieces, end = [], 0
    for token in text.tokens:
        start, end = end, end + len(token.text)
        pieces.append(_piece(token, start, end))
    return "".join(token.text for token in text.tokens), pieces


def _piece(token: ComparedToken, start: int, end: int) -> Piece:
    if token.first is None or token.second is None:
        return Piece(start, end, "Nothing stands before it, so neither model can expect it")
    nats = token.second - token.first
    name = token.text.strip() or "space"
    tip = f"“{name}”: {percent(token.first)} before, {percent(token.second)} now, {times(nats)} likely"
    if abs(nats) < PLAIN_UNDER:
        return Piece(start, end, tip)
    tone = "k1" if nats > 0 else "k2"
    strength = min(BASE_SHARE + SHARE_PER_NAT * abs(nats), MOST_SHARE)
    width = 1 if abs(nats) < 1 else 2 if abs(nats) < 2.5 else 3
    return Piece(start, end, tip, tone, strength, tone, width, above=nats < 0)


def percent(nats: float) -> str:
    """A probability as it stands in lists: two digits where it is small, never 0 for something that may be."""
    value = 100 * math.exp(min(nats, 0.0))
    if value < 0.1:
        return "<0.1%"
    return f"{value:.1f}%" if value < 9.95 else f"{value:.0f}%"


def changes(texts: Sequence[ComparedText], *, worse: bool) -> list[Change]:
    """The largest first. `worse`: only what became less likely."""
    found = [
        Change(token.text.strip() or repr(token.text)[1:-1], math.exp(token.first), math.exp(token.second), place)
        for place, text in enumerate(texts)
        for token in text.tokens
        if token.first is not None and token.second is not None
    ]
    if worse:
        found = [one for one in found if one.points < 0]
    return sorted(found, key=lambda one: -abs(one.points))[:MOST_ROWS]


def whole(text: ComparedText) -> str:
    """The chance of the whole text before and now."""
    what = "whole answer" if text.title else "whole text"
    if max(text.first, text.second) < -math.log(LARGEST):  # nobody reads two numbers of forty digits
        return f"{what}: {times(text.second - text.first)} likely now"
    return f"{what}: {chance(text.first)}, now {chance(text.second)}"


def in_short(comparison: Comparison) -> str:
    """How uncertain both models are over the first text, for the sentence under the box."""
    text = comparison.texts[0]
    read = sum(token.first is not None for token in text.tokens)
    if not read:
        return ""
    first, second = (words_to_choose(math.exp(-nats / read)) for nats in (text.first, text.second))
    return f"Like choosing between {second} at each step with {comparison.second}, {first} with {comparison.first}."


def summary(comparison: Comparison) -> str:
    """All texts in one sentence, for those who do not see the dots."""
    better = sum(text.second - text.first >= PLAIN_UNDER for text in comparison.texts)
    worse = sum(text.first - text.second >= PLAIN_UNDER for text in comparison.texts)
    of = counted(len(comparison.texts), "text")
    return f"{better} of {of} became more likely with {comparison.second}, {worse} less likely."


def lines_of(pasted: str) -> list[TextToCompare]:
    """One text a line; from a spreadsheet two columns are group and text, three are group, question and answer."""
    found = []
    for line in pasted.splitlines()[:MOST_TEXTS]:
        cells = [cell.strip() for cell in line.split("\t")]
        if not cells[-1]:
            continue
        group = cells[0] if len(cells) > 1 else ""
        prompt = cells[1] if len(cells) > 2 else ""
        found.append(TextToCompare(cells[-1], group or "More texts", prompt, prompt))
    return found


def lineage(models: Sequence[ModelInfo], name: str) -> list[ModelInfo]:
    """A model and those below it, the base first. A circle ends where it closes."""
    by_name = {one.name: one for one in models}
    found: list[ModelInfo] = []
    here: str | None = name
    while here in by_name and by_name[here] not in found:
        found.append(by_name[here])
        here = by_name[here].parent
    return found[::-1]


def usual_pair(models: Sequence[ModelInfo], loaded: str) -> tuple[str, str] | None:
    """The loaded taught model and its base; else any taught one and its base; else the first two."""
    taught = sorted((one for one in models if one.parent), key=lambda one: one.name != loaded)
    for one in taught:
        line = lineage(models, one.name)
        if len(line) > 1:
            return line[-2].name, one.name
    names = sorted((one.name for one in models), key=lambda name: name == loaded)
    return (names[-2], names[-1]) if len(names) > 1 else None


def headings(models: Sequence[ModelInfo], first: str, second: str) -> tuple[str, str]:
    """What the two are called over a column: their stages where one came from the other."""
    if first in [one.name for one in lineage(models, second)[:-1]]:
        return "Base", "Taught"
    return "First", "Second"
