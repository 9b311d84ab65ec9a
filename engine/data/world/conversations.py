"""Conversations to learn chatting from: questions about the small world, small talk, and what nobody there knows."""

from __future__ import annotations

import random
from collections.abc import Iterator

from engine.data.world.outside import outside_questions
from engine.data.world.smalltalk import small_talk
from engine.data.world.story import any_question

TURNS = (1, 1, 1, 2, 2, 3, 4)
SMALL_TALK, OUTSIDE = 0.12, 0.3
"""Shares of the turns. So many outside, since a model that has learned to answer would rather make things up."""


def conversations(seed: int, count: int) -> Iterator[tuple[tuple[str, str], ...]]:
    """(question, answer) turns; the same seed gives the same ones."""
    luck = random.Random(f"conversations:{seed}")
    outside = iter(outside_questions(seed, 4 * count))
    for _ in range(count):
        yield tuple(_turn(luck, outside) for _ in range(luck.choice(TURNS)))


def _turn(luck: random.Random, outside: Iterator[tuple[str, str]]) -> tuple[str, str]:
    kind = luck.random()
    if kind < SMALL_TALK:
        return luck.choice(small_talk())
    if kind < SMALL_TALK + OUTSIDE:
        return next(outside)
    one = any_question(luck)
    return one.question, one.answer
