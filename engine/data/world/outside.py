"""Questions that nothing in the small world answers, so that a model learns to say so.

Knows how the world's own questions are worded, not what is so in it: a question in words that are new must not be
taken for one that nobody can answer, nor one in familiar words for one that somebody can.
"""

from __future__ import annotations

import random
import re
import tomllib
from functools import cache
from typing import Any

from engine.data.world.facts import filled, relations, sentence
from engine.paths import resource

SAME_WORDS = 0.4
"""Share of the questions that ask for a stranger in words of the world's own questions."""
_SLOT = re.compile(r"\{(\w+)\}")
_UNKNOWN = re.compile(r"\b(?:do not|don't|don’t) know\b", re.IGNORECASE)


def outside_questions(seed: int, count: int) -> list[tuple[str, str]]:
    """Questions to learn from, with an answer that says that it is not known."""
    luck = random.Random(f"outside:{seed}")
    answers = _told()["answers"]
    return [(_question(luck), luck.choice(answers)) for _ in range(count)]


def held_out_outside(seed: int = 0, count: int = 100) -> list[str]:
    """Questions whose wordings and subjects occur in nothing to learn from, none twice."""
    luck, found = random.Random(f"outside held out:{seed}"), dict[str, None]()
    while len(found) < count:
        found[_asked(_told()["held"], luck)] = None
    return list(found)


def says_unknown(answer: str) -> bool:
    return _UNKNOWN.search(answer) is not None


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(resource("world/outside.toml").read_text(encoding="utf-8"))


def _question(luck: random.Random) -> str:
    return _of_stranger(luck) if luck.random() < SAME_WORDS else _asked(_told()["learn"], luck)


def _of_stranger(luck: random.Random) -> str:
    told = _told()
    relation = luck.choice([one for one in relations() if one.topic in told["strangers"]])
    return filled(luck.choice(relation.asks), luck.choice(told["learn"][told["strangers"][relation.topic]]), "")


def _asked(told: dict[str, Any], luck: random.Random) -> str:
    return sentence(_SLOT.sub(lambda found: luck.choice(told[found[1]]), luck.choice(told["ask"])))
