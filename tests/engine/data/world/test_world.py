from __future__ import annotations

import itertools
import re

import pytest

from engine.data.world.conversations import conversations
from engine.data.world.facts import filled, people, relations, sentence
from engine.data.world.outside import held_out_outside, outside_questions, says_unknown
from engine.data.world.questions import held_out_questions, right, training_questions
from engine.data.world.story import make_world

SOME = 2_000_000


@pytest.fixture(scope="module")
def world() -> list[str]:
    return list(make_world(0, SOME))


def test_a_seed_gives_the_same_text_again_and_another_seed_another() -> None:
    first, again, other = (list(make_world(seed, 50_000)) for seed in (1, 1, 2))
    assert first == again and not set(first) & set(other[:20])
    assert 50_000 <= sum(map(len, first)) < 53_000


def test_no_document_stands_there_twice_and_none_is_longer_than_a_page(world: list[str]) -> None:
    assert len(set(world)) == len(world)
    assert all(10 < len(text) < 2000 for text in world)


def test_texts_are_whole_sentences_with_right_articles(world: list[str]) -> None:
    for text in world:
        assert not re.search(r"[{}\[\]|]", text), text
        assert not re.search(r"\b[Aa] [aeiou]|\b[Aa]n [^aeiouAEIOU]", text), text
        assert all(line[0].isupper() or line[0] == '"' for line in text.split("\n")), text
        assert all(line[-1] in '.?!"' for line in text.split("\n")), text


def test_every_kind_of_question_has_its_wordings(world: list[str]) -> None:
    for relation in relations():
        assert len(set(relation.asks)) >= 12 and len(set(relation.held)) >= 3, relation.topic
        assert not set(relation.asks) & set(relation.held)
        assert all("{s}" in wording for wording in relation.asks + relation.held), relation.topic
        assert all("{v}" in wording for wording in relation.answers), relation.topic


def test_what_is_held_out_occurs_in_nothing_to_learn_from(world: list[str]) -> None:
    held = {one.question for one in held_out_questions()} | set(held_out_outside())
    assert len(held) == 400
    lines = {line for text in world for line in text.split("\n")}
    asked = {one.question for one in training_questions(3, 20_000)}
    taught = {question for turns in conversations(3, 5_000) for question, _ in turns}
    outside = {question for question, _ in outside_questions(3, 20_000)}
    assert not held & (lines | asked | taught | outside)


def test_a_subject_has_one_value_of_a_kind() -> None:
    for relation in relations():
        subjects = [subject for subject, _ in relation.rows]
        assert len(set(subjects)) == len(subjects), relation.topic
    for person in people():
        friend = next(one for one in people() if one.name == person.friend)
        assert friend.friend == person.name


def test_the_right_answer_is_right_and_that_of_another_subject_is_wrong() -> None:
    for relation in relations():
        for first, second in itertools.pairwise(relation.rows):
            if first[1] == second[1]:
                continue
            one = next(q for q in _questions(relation.topic) if q.key == first[1])
            assert right(one, one.answer), one
            wrong = filled(relation.answers[0], first[0], second[1])
            if second[1].casefold() not in one.question.casefold():
                assert not right(one, wrong), (one, wrong)
            assert not right(one, "I do not know that.")


def _questions(topic: str) -> list:
    import random

    from engine.data.world.questions import asked_in

    relation = next(one for one in relations() if one.topic == topic)
    return [asked_in(relation, row, relation.asks[0], random.Random(0)) for row in relation.rows]


def test_not_knowing_is_said_in_several_ways() -> None:
    answers = {answer for _, answer in outside_questions(0, 500)}
    assert len(answers) >= 4 and all(map(says_unknown, answers))
    assert not says_unknown("The cow says moo.") and says_unknown("I don’t know.")


def test_a_sentence_begins_with_a_capital_and_its_articles_fit() -> None:
    assert sentence("a owl and a hen") == "An owl and a hen"
