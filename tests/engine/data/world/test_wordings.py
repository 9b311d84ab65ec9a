from __future__ import annotations

import re
from collections import defaultdict

from engine.data.world.facts import filled, relations
from engine.data.world.outside import outside_questions
from engine.data.world.questions import training_questions
from engine.data.world.story import make_world

LITTLE = frozenset(["a", "the", "of", "to", "is", "do", "does", "what", "which", "in", "it", "you", "for", "i", "{s}"])
"""Words that say little of how a question is worded."""


def content(wording: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z{}']+", wording.casefold())) - LITTLE


def likeness(one: str, other: str) -> float:
    """Share of the words of both that both have, 0 to 1."""
    return len(content(one) & content(other)) / len(content(one) | content(other))


def test_a_question_has_one_answer() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for relation in relations():
        for subject, value in relation.rows:
            for wording in relation.asks + relation.held:
                found[filled(wording, subject, value).casefold()].add(value)
    assert len(found) > 15_000
    assert not {question: values for question, values in found.items() if len(values) > 1}


def test_no_held_out_wording_is_a_learned_one_with_its_words_moved() -> None:
    for relation in relations():
        for held in relation.held:
            near = max(relation.asks, key=lambda one: likeness(held, one))
            assert likeness(held, near) < 0.75, (held, near)


def test_no_sentence_of_the_world_says_what_is_not_so() -> None:
    said = {one for text in make_world(4, 2_000_000) for one in re.split(r"(?<=[.?!\"])\s+", text)}
    checked = 0
    for relation in relations():
        true = {filled(wording, *row) for row in relation.rows for wording in relation.says}
        for subject, value in relation.rows:
            for other in {one for _, one in relation.rows} - {value}:
                false = {filled(wording, subject, other) for wording in relation.says} - true
                assert not false & said, false & said
                checked += len(false)
    assert checked > 10_000


def test_what_is_unknown_is_asked_in_words_of_the_world_but_of_nobody_in_it() -> None:
    known = {one.question for one in training_questions(0, 50_000)}
    asked = [question for question, _ in outside_questions(0, 5_000)]
    assert not known & set(asked)
    names = {subject for relation in relations() for subject, _ in relation.rows if subject[0].isupper()}
    wordings = {re.escape(one).replace(r"\{s\}", r"(\w+)") for r in relations() if r.topic == "ages" for one in r.asks}
    of_age = [found[1] for one in asked for wording in wordings if (found := re.fullmatch(wording, one))]
    assert len(of_age) > 50 and not names & set(of_age)
