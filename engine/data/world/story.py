"""Text of the small world without end: little stories, descriptions, talks. A seed gives the same text again.

Knows how sentences are put together; what is so in the world is in `facts`.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

from engine.data.world.facts import Person, Relation, filled, people, relations, sentence
from engine.data.world.questions import Question, asked_in
from engine.data.world.smalltalk import small_talk
from engine.paths import resource

STORIES, DESCRIPTIONS = 0.35, 0.25
"""Shares of the documents; the rest are talks. A talk is shorter, so there are more of them."""
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
OPENERS = ("Do you know this?", "I have a question.", "May I ask you something?", "Let us talk.", "Listen.")
THANKS = (
    ("Thank you.", "You are welcome."), ("Thanks.", "Not at all."), ("I see. Thank you.", "You are welcome."),
    ("Good to know.", "I am glad to help."), ("That is right.", "I am happy that I knew it."),
)  # fmt: skip


def make_world(seed: int, characters: int) -> Iterator[str]:
    """Documents of 50 to 1,500 characters, about `characters` of them together, none of them twice."""
    luck, seen, total = random.Random(f"world:{seed}"), set[int](), 0
    while total < characters:
        kind = luck.random()
        make = _story if kind < STORIES else _description if kind < STORIES + DESCRIPTIONS else _talk
        text = make(luck)
        if hash(text) not in seen:  # within one process only, so that texts need not be kept
            seen.add(hash(text))
            total += len(text)
            yield text


# ---- stories ---------------------------------------------------------------------
@cache
def _plots() -> dict[str, Any]:
    return tomllib.loads(resource("world/stories.toml").read_text(encoding="utf-8"))


def _story(luck: random.Random) -> str:
    plots = _plots()
    plot = luck.choice(plots["plot"])
    person = luck.choice([one for one in people() if not (plot.get("walks") and one.pet in plots["lists"]["swimmers"])])
    friend = next(one for one in people() if one.name == person.friend)
    slots = _slots(person, friend) | {name: luck.choice(values) for name, values in plots["lists"].items()}
    sentences = [_told(one, slots, luck) for one in plot["sentences"]]
    if luck.random() < 0.3:  # before the story begins: between its sentences it would break up what is said
        sentences.insert(0, _told_of(person, luck))
    return "\n".join(sentences) if luck.random() < 0.1 else " ".join(sentences)


def _slots(person: Person, friend: Person) -> dict[str, str]:
    own = {
        "p": person.name, "he": person.he, "his": person.his, "him": person.him, "pet": person.pet,
        "petname": person.pet_name, "food": person.food, "home": person.home, "colour": person.colour,
        "job": person.job, "q": friend.name, "qhe": friend.he, "qhis": friend.his, "qhim": friend.him,
    }  # fmt: skip
    return own | {name.capitalize(): own[name].capitalize() for name in ("he", "his", "qhe")}


def _told(text: str, slots: dict[str, str], luck: random.Random) -> str:
    """One of each choice, the names put in, and a capital at its beginning."""
    while "[" in text:
        text = _CHOICE.sub(lambda found: luck.choice(found[1].split("|")), text, count=1)
    lists = _plots()["lists"]
    again = {name: luck.choice(lists[name]) for name in ("spot", "day", "weather")}
    return sentence(_SLOT.sub(lambda found: again.get(found[1]) or slots[found[1]], text))


def _told_of(person: Person, luck: random.Random) -> str:
    relation = luck.choice([one for one in relations() if one.rows[0][0] == people()[0].name])
    return _said(relation, next(row for row in relation.rows if row[0] == person.name), luck)


# ---- descriptions ----------------------------------------------------------------
def _said(relation: Relation, row: tuple[str, str], luck: random.Random) -> str:
    return filled(luck.choice(relation.says), *row)


def _description(luck: random.Random) -> str:
    """Several facts: of one person, of one subject, or of one kind."""
    kind = luck.random()
    if kind < 0.4:
        return _portrait(luck.choice(people()), luck)
    if kind < 0.7:
        relation = luck.choice(relations())
        rows = luck.sample(relation.rows, min(len(relation.rows), luck.randint(3, 7)))
        return " ".join(_said(relation, row, luck) for row in rows)
    subject = luck.choice([row[0] for relation in relations() for row in relation.rows])
    about = [(one, row) for one in relations() for row in one.rows if row[0] == subject]
    extra = [(one, luck.choice(one.rows)) for one in luck.sample(relations(), 3)]
    return " ".join(_said(relation, row, luck) for relation, row in [*about, *extra])


def _portrait(person: Person, luck: random.Random) -> str:
    """The name stands in the first sentence, and in some of the others."""
    about = [(one, row) for one in relations() for row in one.rows if row[0] == person.name]
    luck.shuffle(about)
    told = [_said(relation, row, luck) for relation, row in about[: luck.randint(4, len(about))]]
    return " ".join(told)


# ---- talks -----------------------------------------------------------------------
def _talk(luck: random.Random) -> str:
    """A turn a line: questions and answers, sometimes with a greeting before and thanks after."""
    lines: list[str] = []
    if luck.random() < 0.25:
        lines += luck.choice(small_talk())
    elif luck.random() < 0.1:
        lines += [luck.choice(OPENERS), "Yes, please."]
    for _ in range(luck.choice((1, 1, 2, 2, 3, 4, 5))):
        one = any_question(luck)
        lines += [one.question, one.answer]
    if luck.random() < 0.2:
        lines += luck.choice(THANKS)
    return "\n".join(lines)


def any_question(luck: random.Random) -> Question:
    """Of any kind of fact; sums are many, so each kind is as likely as another."""
    relation = luck.choice(relations())
    return asked_in(relation, luck.choice(relation.rows), luck.choice(relation.asks), luck)
