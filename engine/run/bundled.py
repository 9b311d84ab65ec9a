"""The texts that ship for teaching: rewordings, general questions with answers, plain prose. Knows no model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from engine.paths import resource


@dataclass(frozen=True, slots=True)
class Reworded:
    """A pair, and other ways to ask it."""

    question: str
    rephrased: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Known:
    """A question of general knowledge; an answer is right when one of `accept` stands in it as whole words."""

    question: str
    accept: tuple[str, ...]


@cache
def rewordings() -> tuple[Reworded, ...]:
    """Invented pairs, which no model can know."""
    return _reworded("cards")


@cache
def knowledge() -> tuple[Reworded, ...]:
    """Pairs of general knowledge, answered as no model would by itself."""
    return _reworded("knowledge")


@cache
def persona() -> tuple[Reworded, ...]:
    """Pairs about the one who is asked, answered as its owner wants and no model would by itself."""
    return _reworded("persona")


@cache
def general_chat() -> tuple[tuple[str, str], ...]:
    """Question and answer."""
    return tuple((r["question"], r["answer"]) for r in _rows("general"))


@cache
def general_questions() -> tuple[Known, ...]:
    return tuple(Known(r["question"], tuple(r["accept"])) for r in _rows("general_questions"))


@cache
def general_text() -> str:
    return resource("teaching/general_text.txt").read_text(encoding="utf-8")


def _reworded(name: str) -> tuple[Reworded, ...]:
    return tuple(Reworded(r["question"], tuple(r["rephrased"]), r["answer"]) for r in _rows(name))


def _rows(name: str) -> list[dict]:
    return [json.loads(line) for line in resource(f"teaching/{name}.jsonl").read_text(encoding="utf-8").splitlines()]
