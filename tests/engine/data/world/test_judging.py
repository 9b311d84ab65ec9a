from __future__ import annotations

import random

import pytest

from engine.data.world.facts import Relation, filled, relations
from engine.data.world.questions import Question, asked_in, right

EVERY = pytest.mark.parametrize("relation", relations(), ids=lambda relation: relation.topic)


def asked(topic: str, subject: str) -> Question:
    relation = next(one for one in relations() if one.topic == topic)
    row = next(row for row in relation.rows if row[0] == subject)
    return asked_in(relation, row, relation.asks[0], random.Random(0))


@EVERY
def test_every_answer_is_right_to_every_wording_of_its_question(relation: Relation) -> None:
    for row in relation.rows:
        for wording in relation.asks + relation.held:
            question = asked_in(relation, row, wording, random.Random(0))
            for answer in relation.answers:
                assert right(question, filled(answer, *row)), (question.question, answer)


@EVERY
def test_a_bare_word_is_right_and_one_more_of_the_same_kind_makes_it_wrong(relation: Relation) -> None:
    for row in relation.rows:
        question = asked_in(relation, row, relation.held[0], random.Random(0))
        assert right(question, row[1]) and right(question, f"{row[1].upper()}.")
        for other in question.others:
            if other.casefold() not in f"{question.question} {row[1]}".casefold():
                assert not right(question, f"{row[1]} or {other}"), (question.question, other)


@pytest.mark.parametrize(
    ("topic", "subject", "answer"),
    [
        ("sounds", "cat", "The dog says meow."),
        ("sounds", "cat", "The cat does not say it."),
        ("sounds", "cat", "I do not know whether it says meow."),
        ("sounds", "cat", "It is not meow."),
        ("sounds", "cat", "Meowing"),
        ("ages", "Anna", "Tom is six years old."),
        ("ages", "Anna", "Anna is sixty years old."),
        ("friends", "Anna", "The best friend of Anna is Ben."),
        ("colours", "a lemon", "A banana is yellow."),
        ("opposites", "hot", "The opposite of hot is hot."),
        ("sums", "one and two", ""),
    ],
)
def test_a_wrong_answer_is_wrong(topic: str, subject: str, answer: str) -> None:
    assert not right(asked(topic, subject), answer)


def test_an_answer_need_not_be_in_the_words_of_the_world() -> None:
    assert right(asked("opposites", "hot"), "Cold is the opposite.")
    assert right(asked("homes", "squirrel"), "in a tree that is hollow")
    assert right(asked("favourite food", "Sam"), "Sam likes honey and bread most.")
