"""When two texts count as the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.pairs.pair import Pair, folded


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("What's  up?", "whats up"),
        ("U.S.A.", "usa"),
        ("The END.", "the end"),
        ("Straße", "STRASSE"),
        ("Ａ１", "a1"),
        ("yes, no;maybe/so", "yes no maybe so"),
        ("¿Qué tal?", "qué tal"),
        ("東京は？", "東京は"),
        ("non\u00a0breaking\nline", "non breaking line"),
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
        ("3.5 kg, or 1,000 g.", "3.5 kg or 1,000 g"),
    ],
)
def test_case_space_and_punctuation_do_not_count(text: str, same: str) -> None:
    assert folded(text) == folded(same)


@pytest.mark.parametrize(("one", "other"), [("3.5", "35"), ("cafe", "café"), ("?", "!"), ("😀", "😢"), ("a b", "ab")])
def test_what_says_something_else_stays_different(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(st.text())
def test_folding_is_done_once_and_loses_no_text_altogether(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert bool(once) == bool(text.strip())


@given(st.text(alphabet="abc XYZ.,!?'\"3-\n", max_size=12))
def test_both_ways_of_folding_agree(text: str) -> None:
    """Plain English takes a short cut: with a letter from elsewhere beside it the result is the same."""
    expected = folded(f"{text} ж").removesuffix(" ж")
    assert folded(text) == expected or expected == "ж"


def test_where_a_pair_stood_makes_it_no_other_pair() -> None:
    assert Pair("a", "b", row=1) == Pair("a", "b", row=2) != Pair("a", "c", row=1)
