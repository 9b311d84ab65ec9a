"""Pairs to learn and pairs to measure with: what belongs together stays together."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.pairs.checks import check
from engine.data.pairs.pair import Pair
from engine.data.pairs.splitting import split
from engine.messages import Message
from tests.engine.data.pairs.reading import finished

PAIRS = [Pair(f"What is number {i}?", f"It is {i}.", row=i) for i in range(100)]


@pytest.mark.parametrize(("share", "held_out"), [(0.0, 0), (0.1, 10), (0.25, 25), (1.0, 99)])
def test_the_share_is_kept_and_nothing_is_lost(share: float, held_out: int) -> None:
    training, out = split(PAIRS, share, seed=3)
    assert len(out) == held_out and sorted((*training, *out), key=lambda pair: pair.row) == PAIRS
    assert [pair.row for pair in training] == sorted(pair.row for pair in training)


def test_a_seed_repeats_itself() -> None:
    assert split(PAIRS, 0.2, 7) == split(PAIRS, 0.2, 7) != split(PAIRS, 0.2, 8)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.sampled_from(["Who is it?", "who is it", "Why?", "How much?", "How much is it?", "Where?"])),
    st.integers(),
)
def test_almost_equal_questions_are_never_parted(questions: list[str], seed: int) -> None:
    pairs = [Pair(question, str(i)) for i, question in enumerate(questions)]
    training, out = split(pairs, 0.5, seed)
    assert len(training) + len(out) == len(pairs) and bool(training) == bool(pairs)
    assert [problem for problem in finished(check(training, held_out=out)) if problem.kind == "leak"] == []


def test_the_turns_of_one_conversation_are_never_parted() -> None:
    pairs = []
    for i in range(30):
        turns = (Message("user", f"start {i}"), Message("assistant", "b"))
        pairs += [Pair(f"start {i}", "b"), Pair(f"and then {i}", "d", earlier=turns)]
    for seed in range(5):
        training, out = split(pairs, 0.3, seed)
        assert {pair.question.split()[-1] for pair in training}.isdisjoint(pair.question.split()[-1] for pair in out)
        assert len(out) == 18
