"""What is so in the small world, read from `resources/world`: who lives there, and every kind of fact.

A kind of fact is rows of subject and value, how that is said, how it is asked, how it is answered. Wordings in `held`
are never used in anything to learn from: they show whether a model understands what is asked in words new to it.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.paths import resource

FILES = ("animals", "things", "life", "people")
NUMBERS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeiouAEIOU])")


@dataclass(frozen=True, slots=True)
class Person:
    """Everything that is known of one. `he` is "he" or "she"."""

    name: str
    he: str
    age: str
    pet: str
    pet_name: str
    colour: str
    food: str
    home: str
    job: str
    friend: str

    @property
    def his(self) -> str:
        return "his" if self.he == "he" else "her"

    @property
    def him(self) -> str:
        return "him" if self.he == "he" else "her"


@dataclass(frozen=True, slots=True)
class Relation:
    """One kind of fact. Wordings have {s} for the subject of a row and {v} for its value."""

    topic: str
    rows: tuple[tuple[str, str], ...]
    says: tuple[str, ...]
    asks: tuple[str, ...]
    held: tuple[str, ...]
    answers: tuple[str, ...]
    again: tuple[str, ...]
    """The same question once more, for another subject."""
    follows: tuple[str, ...]
    """This question of what was spoken of before: {he}, {his} and {him} stand for a person. Empty where none fits."""


@cache
def people() -> tuple[Person, ...]:
    return tuple(Person(**one) for one in _read("persons")["person"])


@cache
def relations() -> tuple[Relation, ...]:
    return tuple(_relation(one) for name in FILES for one in _read(name)["relation"])


@cache
def edition() -> str:
    """sha256 of all that the world is made of."""
    digest = hashlib.sha256()
    for path in sorted(resource("world").glob("*.toml")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def filled(wording: str, subject: str, value: str) -> str:
    """A sentence: with its articles right, and a capital at its beginning."""
    return sentence(wording.replace("{s}", subject).replace("{v}", value))


def sentence(text: str) -> str:
    text = _ARTICLE.sub(r"\1n ", text)
    return text[:1].upper() + text[1:]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resource(f"world/{name}.toml").read_text(encoding="utf-8"))


def _relation(told: Mapping[str, Any]) -> Relation:
    wordings = {kind: tuple(told.get(kind, ())) for kind in ("says", "asks", "held", "answers", "again", "follows")}
    return Relation(topic=told["topic"], rows=_rows(told), **wordings)


def _rows(told: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    if "of_people" in told:
        return tuple((person.name, getattr(person, told["of_people"])) for person in people())
    if told.get("numbers") == "sums":
        every = range(1, 11)
        return tuple((f"{NUMBERS[a]} and {NUMBERS[b]}", NUMBERS[a + b]) for a in every for b in every)
    if told.get("numbers") == "counting":
        return tuple((NUMBERS[n], NUMBERS[n + 1]) for n in range(1, 20))
    return tuple((subject, value) for subject, _, value in (row.partition(": ") for row in told["rows"]))
