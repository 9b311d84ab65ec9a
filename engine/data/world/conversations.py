"""Conversations to learn chatting from: questions about the small world, small talk, and what nobody there knows.

Knows how one turn leads to the next; the facts and their wordings are in `facts`, how people type in `typed`.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

from engine.data.world.facts import Relation, filled, people, relations, sentence
from engine.data.world.outside import outside_questions
from engine.data.world.smalltalk import small_talk
from engine.data.world.typed import typed
from engine.paths import resource

TURNS = (1, 1, 1, 2, 2, 3, 4)
SMALL_TALK, OUTSIDE, WHO = 0.12, 0.24, 0.04
"""Shares of the turns. So many outside, since a model that has learned to answer would rather make things up."""
FOLLOWS = 0.4
"""How often a question goes on from the one before."""

Fact = tuple[Relation, tuple[str, str]]
Turn = tuple[str, str]


def conversations(seed: int, count: int) -> Iterator[tuple[Turn, ...]]:
    """(question, answer) turns; the same seed gives the same ones."""
    luck = random.Random(f"conversations:{seed}")
    outside = iter(outside_questions(seed, max(TURNS) * count))
    for _ in range(count):
        turns: list[Turn] = []
        before: Fact | None = None
        for _ in range(luck.choice(TURNS)):
            (question, answer), before = _turn(luck, outside, before)
            turns.append((typed(question, luck), answer))
        yield tuple(turns)


def _turn(luck: random.Random, outside: Iterator[Turn], before: Fact | None) -> tuple[Turn, Fact | None]:
    """The next turn, and the fact that it was about."""
    if before is not None and luck.random() < FOLLOWS:
        return _follow_up(luck, before)
    kind = luck.random()
    if kind < SMALL_TALK:
        return luck.choice(small_talk()), None
    if kind < SMALL_TALK + OUTSIDE:
        return next(outside), None
    if kind < SMALL_TALK + OUTSIDE + WHO:
        return _who(luck), None
    relation = luck.choice(relations())
    fact = relation, luck.choice(relation.rows)
    return _asked(luck, fact, luck.choice(relation.asks)), fact


def _asked(luck: random.Random, fact: Fact, wording: str) -> Turn:
    relation, row = fact
    return filled(wording, *row), filled(luck.choice(relation.answers), *row)


# ---- going on from the question before -----------------------------------------------
def _follow_up(luck: random.Random, before: Fact) -> tuple[Turn, Fact]:
    """Something else about the same subject, where more is known of it; or the same about another."""
    relation, row = before
    more = [one for one in _about(row[0]) if one[0].topic != relation.topic]
    if relation.follows and more and luck.random() < 0.5:
        fact = luck.choice(more)
        return _asked(luck, fact, _pronouns(luck.choice(fact[0].follows), row[0])), fact
    fact = relation, luck.choice([one for one in relation.rows if one != row])
    return _asked(luck, fact, luck.choice(relation.again)), fact


@cache
def _about(subject: str) -> tuple[Fact, ...]:
    """What may be asked about it without its name."""
    return tuple((one, row) for one in relations() if one.follows for row in one.rows if row[0] == subject)


def _pronouns(wording: str, subject: str) -> str:
    for person in people():
        if person.name == subject:
            return wording.format(he=person.he, his=person.his, him=person.him)
    return wording


# ---- who somebody is -----------------------------------------------------------------
@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(resource("world/who.toml").read_text(encoding="utf-8"))


def _who(luck: random.Random) -> Turn:
    """A person or a pet: the names that nobody knows are asked for in the same words."""
    told, person = _told(), luck.choice(people())
    pet = luck.random() < 0.3
    answer = luck.choice(told["pets" if pet else "persons"]).format(
        p=person.name, He=person.he.capitalize(), age=person.age, home=person.home, friend=person.friend,
        job=person.job, pet=person.pet, petname=person.pet_name,
    )  # fmt: skip
    return sentence(filled(luck.choice(told["asks"]), person.pet_name if pet else person.name, "")), sentence(answer)
