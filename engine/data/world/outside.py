"""Questions that nothing in the small world answers, so that a model learns to say so. Knows no facts."""

from __future__ import annotations

import random
import re
import tomllib
from functools import cache
from typing import Any

from engine.data.world.facts import sentence
from engine.paths import resource

_SLOT = re.compile(r"\{(\w+)\}")
_UNKNOWN = re.compile(r"\b(?:do not|don't|don’t) know\b", re.IGNORECASE)


def outside_questions(seed: int, count: int) -> list[tuple[str, str]]:
    """Questions to learn from, with an answer that says that it is not known."""
    luck = random.Random(f"outside:{seed}")
    told = _told()
    return [(_asked(told["learn"], luck), luck.choice(told["answers"])) for _ in range(count)]


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


def _asked(told: dict[str, Any], luck: random.Random) -> str:
    return sentence(_SLOT.sub(lambda found: luck.choice(told[found[1]]), luck.choice(told["ask"])))
