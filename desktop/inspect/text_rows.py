"""The numbers of a text, ready to be shown: rows of tokens and sentences about the whole. Knows no widget."""

from __future__ import annotations

import math
from collections.abc import Sequence

from desktop.amounts import counted
from desktop.inspect.chances import words_to_choose
from desktop.inspect.figures import Value
from desktop.inspect.pieces import chip
from desktop.inspect.scored import choices, words_of
from engine.messages import TextScore, TextToken

BIT = math.log(2)
AROUND = 60
"""Characters before and after a token in the line that shows where it stands."""


def piece_of(text: str, token: TextToken) -> str:
    """A token as it stands in the text, its spaces seen; half a character as the vocabulary spells it."""
    return chip(text[token.start : token.end] or token.piece)


def row_of(number: int, text: str, token: TextToken) -> tuple[Value, ...]:
    """Token, place, chance, surprise in bits, openness in bits, rank."""
    return (
        piece_of(text, token),
        number,
        None if token.logprob is None else math.exp(token.logprob),
        None if token.logprob is None else -token.logprob / BIT,
        None if token.entropy is None else token.entropy / BIT,
        token.rank,
    )


def rows_of(text: str, score: TextScore) -> list[tuple[Value, ...]]:
    return [row_of(number, text, token) for number, token in enumerate(score.tokens, 1)]


def finding(text: str, score: TextScore) -> str:
    """How well the text was foreseen, in words."""
    count = choices(words_of(text, score.tokens))
    if count is None:
        return "Nothing stands before this token, so the model could not expect it."
    return f"Like choosing between {words_to_choose(count)} at each step."


def facts(text: str, score: TextScore) -> str:
    """The terms, each with its number."""
    known = sum(token.logprob is not None for token in score.tokens)
    first = sum(token.rank == 1 for token in score.tokens)
    parts = [f"{counted(len(text.split()), 'word')} in {counted(len(score.tokens), 'token')}"]
    if score.perplexity is not None:
        parts.append(f"perplexity {score.perplexity:,.1f} per token")
    if score.bits_per_byte is not None:
        parts.append(f"{score.bits_per_byte:.2f} bits per byte")
    if known:
        parts.append(f"the model's first choice {first:,} of {known:,} times")
    return ", ".join(parts) + "."


def by_surprise(tokens: Sequence[TextToken]) -> list[int]:
    """Places of the tokens that have numbers, the most surprising first."""
    known = [place for place, token in enumerate(tokens) if token.logprob is not None]
    return sorted(known, key=lambda place: tokens[place].logprob or 0.0)


def surroundings(text: str, token: TextToken) -> tuple[str, int, int]:
    """The text around a token on one line, and where the token stands in it."""
    before, after = text[max(0, token.start - AROUND) : token.start], text[token.end : token.end + AROUND]
    head = "…" if token.start > AROUND else ""
    tail = "…" if token.end + AROUND < len(text) else ""
    flat = (head + before).replace("\n", " ")
    piece = text[token.start : token.end].replace("\n", "⏎")
    return flat + piece + (after + tail).replace("\n", " "), len(flat), len(flat) + len(piece)
