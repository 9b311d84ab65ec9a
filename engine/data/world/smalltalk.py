"""Greetings, thanks, and what a model says of itself. Knows nothing else of the world."""

from __future__ import annotations

import itertools
import tomllib
from functools import cache

from engine.paths import resource


@cache
def small_talk() -> tuple[tuple[str, str], ...]:
    """What is said, and what is answered."""
    told = tomllib.loads(resource("world/talk.toml").read_text(encoding="utf-8"))
    return tuple(pair for group in told["talk"] for pair in itertools.product(group["says"], group["answers"]))
