from __future__ import annotations

import itertools
import re

import pytest

from engine.data.world.conversations import conversations
from engine.data.world.facts import people, relations
from engine.data.world.outside import held_out_outside, outside_questions, says_unknown
from engine.data.world.questions import held_out_questions, training_questions
from engine.data.world.story import make_world

Talks = list[tuple[tuple[str, str], ...]]


def folded(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.casefold()).strip()


@pytest.fixture(scope="module")
def talks() -> Talks:
    return list(conversations(3, 8_000))


def test_a_seed_gives_the_same_conversations_again_and_another_seed_others() -> None:
    assert list(conversations(1, 50)) == list(conversations(1, 50)) != list(conversations(2, 50))


def test_conversations_have_one_to_four_whole_turns(talks: Talks) -> None:
    assert {len(turns) for turns in talks} == {1, 2, 3, 4}
    for turns in talks:
        for question, answer in turns:
            assert question and not re.search(r"[{}\[\]|]|\b[Aa] [aeiou]", question + answer), (question, answer)
            assert answer[0].isupper() and answer[-1] in ".?", answer


def test_what_goes_on_from_the_question_before_is_answered_of_the_same_one(talks: Talks) -> None:
    """“What is her job?” after a question about Clara is answered of Clara, and there are many such questions."""
    names, seen = {person.name for person in people()}, 0
    for turns in talks:
        for (_, before), (question, answer) in itertools.pairwise(turns):
            if re.search(r"\b(?:he|she|his|her|him)\b", question) and not names & set(re.findall(r"\w+", question)):
                seen += 1
                assert names & set(re.findall(r"\w+", before)) & set(re.findall(r"\w+", answer)), (before, question)
                found = {person.he for person in people() if person.name in answer.split()}
                assert ("she" if re.search(r"\b(?:she|her)\b", question) else "he") in found, (question, answer)
    assert seen > 100


def test_who_is_known_is_told_of_and_who_is_not_is_not(talks: Talks) -> None:
    answers = {question: answer for turns in talks for question, answer in turns if question.startswith("Who is ")}
    known = {person.name for person in people()} | {person.pet_name for person in people()}
    told = {name for name in known if f"Who is {name}?" in answers and name in answers[f"Who is {name}?"]}
    assert len(told) > 15
    assert any(says_unknown(answer) for answer in answers.values())


def test_every_name_that_may_be_asked_for_is_of_one_kind() -> None:
    """Nobody is both in the world and outside of it."""
    known = {person.name for person in people()} | {person.pet_name for person in people()}
    for question, _ in outside_questions(5, 20_000):
        assert not known & set(re.findall(r"\w+", question)), question


def test_nothing_held_out_is_learned_in_any_spelling(talks: Talks) -> None:
    held = {folded(one.question) for one in held_out_questions()} | set(map(folded, held_out_outside()))
    learned = {folded(question) for turns in talks for question, _ in turns}
    learned |= {folded(one.question) for one in training_questions(3, 20_000)}
    learned |= {folded(question) for question, _ in outside_questions(3, 20_000)}
    learned |= {folded(line) for text in make_world(7, 5_000_000) for line in text.split("\n")}
    assert len(held) == 400 and not held & learned


def test_every_kind_of_fact_can_be_gone_on_from() -> None:
    for relation in relations():
        assert relation.again and all("{s}" in wording for wording in relation.again), relation.topic
        assert not any("{s}" in wording for wording in relation.follows), relation.topic
