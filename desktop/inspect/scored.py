"""The words of a scored text and what is said of the whole: how many choices, what surprised most. Knows no widget."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from desktop.inspect.heat import rounded, short_percent
from engine.messages import TextScore, TextToken

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Scripts that write no space between words: each character counts as one."""
_WORD = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
_EDGES = "\"'“”‘’«».,;:!?()[]{}…"
MOST_NAMED, NAMED_UNDER = 3, 0.15


@dataclass(frozen=True, slots=True)
class ScoredWord:
    """`logprob` is the sum over its tokens, in nats; None where one of them has no number."""

    text: str
    logprob: float | None


def words_of(text: str, tokens: Sequence[TextToken]) -> list[ScoredWord]:
    """The words between spaces. A token belongs to the word that its first character which is no space stands in."""
    words: list[ScoredWord] = []
    place = 0
    for match in _WORD.finditer(text):
        logprob: float | None = 0.0
        counted = 0
        while place < len(tokens) and _begins(text, tokens[place]) < match.end():
            token = tokens[place]
            if _begins(text, token) >= match.start():
                counted += 1
                logprob = None if logprob is None or token.logprob is None else logprob + token.logprob
            place += 1
        if counted:
            words.append(ScoredWord(match.group(), logprob))
    return words


def _begins(text: str, token: TextToken) -> int:
    piece = text[token.start : token.end]
    return token.start + len(piece) - len(piece.lstrip())


def choices(words: Sequence[ScoredWord]) -> float | None:
    """The perplexity by word: as if every word were one of so many equally likely ones."""
    known = [word.logprob for word in words if word.logprob is not None]
    return math.exp(min(-sum(known) / len(known), 700.0)) if known else None


def between(count: float) -> str:
    """ "only 1 word", "1 or 2 words", "about 9 words" """
    if count < 1.2:
        return "only 1 word"
    if count < 2.5:
        return "1 or 2 words"
    return f"{rounded(round(count)) if count < 9.95 else rounded(count)} words"


def most_surprising(words: Sequence[ScoredWord]) -> str:
    """The least likely words with their share; empty where none is surprising."""
    known = sorted((w.logprob, place, w.text) for place, w in enumerate(words) if w.logprob is not None)
    least = [one for one in known[:MOST_NAMED] if math.exp(one[0]) < NAMED_UNDER]
    named = [f"“{text.strip(_EDGES) or text}” ({short_percent(math.exp(logprob))})" for logprob, _, text in least]
    return f"Most surprising: {', '.join(named)}." if named else ""


def warnings(score: TextScore) -> str:
    """What makes these numbers other than a person would take them for."""
    parts = []
    if score.windows > 1:
        parts.append(
            f"The text is longer than the model reads at once: it was read in {score.windows} parts, "
            "each beginning with half of the last."
        )
    if not score.round_trip:
        parts.append("The tokens of this model do not give the text back unchanged, so colours may be a little off.")
    return " ".join(parts)
