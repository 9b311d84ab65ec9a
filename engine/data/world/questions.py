"""Questions about the small world with their answers, and whether an answer is right. Knows facts, not their text."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from engine.data.world.facts import Relation, filled, relations
from engine.data.world.outside import says_unknown

_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_EMPTY = frozenset({"a", "an", "the", "of", "to", "in", "at", "and", "our", "some"})


@dataclass(frozen=True, slots=True)
class Question:
    """A question of one topic. An answer with all words of `key` is right, unless it also tells of something else."""

    question: str
    answer: str
    key: str
    topic: str
    others: frozenset[str] = frozenset()
    """Values that other subjects of this kind have."""
    subject: str = ""
    strangers: frozenset[str] = frozenset()
    """Other subjects of this kind."""


def asked_in(relation: Relation, row: tuple[str, str], wording: str, luck: random.Random) -> Question:
    """This fact in this wording."""
    others = frozenset(value for _, value in relation.rows if value != row[1])
    strangers = frozenset(subject for subject, _ in relation.rows if subject != row[0])
    answer = filled(luck.choice(relation.answers), *row)
    return Question(filled(wording, *row), answer, row[1], relation.topic, others, row[0], strangers)


def training_questions(seed: int, count: int) -> list[Question]:
    """Drawn from all kinds of facts alike, in the wordings that may be learned from."""
    luck = random.Random(f"questions:{seed}")
    found = []
    for _ in range(count):
        relation = luck.choice(relations())
        found.append(asked_in(relation, luck.choice(relation.rows), luck.choice(relation.asks), luck))
    return found


def held_out_questions(seed: int = 0, count: int = 300) -> list[Question]:
    """In wordings that occur in nothing to learn from, all kinds of facts alike, none twice."""
    luck = random.Random(f"held out:{seed}")
    every = [
        [asked_in(relation, row, wording, luck) for row in relation.rows for wording in relation.held]
        for relation in relations()
    ]
    for group in every:
        luck.shuffle(group)
    found: list[Question] = []
    while len(found) < count and any(every):
        found += [group.pop() for group in every if group]
    return found[:count]


def right(question: Question, answer: str) -> bool:
    """Whether it names what was asked for and nothing that would contradict it, of what was asked about."""
    said = _plain(answer)
    if says_unknown(answer) or not _words(question.key) <= _words(answer) or _plain(f"not {question.key}") in said:
        return False
    asked = f"{_plain(question.question)} {_plain(question.key)}"
    if any(_plain(value) in said and _plain(value) not in asked for value in question.others):
        return False
    own = _words(question.subject) <= _words(answer)
    return own or not any(_plain(one) in said and _plain(one) not in asked for one in question.strangers)


def _plain(text: str) -> str:
    """Its words between blanks, so that one word is not found within another."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold())) - _EMPTY
