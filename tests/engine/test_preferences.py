"""Every declared setting has what a form, a flag and a check need."""

from __future__ import annotations

import pytest

from engine.errors import UserError
from engine.preferences import DECLARED, Declared

ALL = list(DECLARED.values())


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.key)
def test_its_own_default_is_allowed(one: Declared) -> None:
    assert one.check(one.default) == one.default


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.key)
def test_it_has_a_label_and_a_help_in_sentence_case(one: Declared) -> None:
    assert one.label[0].isupper()
    assert one.label == one.label[0] + one.label[1:].lower() or one.label in {"Top-k", "Top-p", "Min-p"}
    assert one.help and not one.help.endswith((".", "!"))


@pytest.mark.parametrize("one", [one for one in ALL if type(one.default) in (int, float)], ids=lambda one: one.key)
def test_a_number_says_its_range_and_refuses_what_lies_outside(one: Declared) -> None:
    assert one.minimum is not None and one.maximum is not None and one.step
    for outside in (one.minimum - 1, one.maximum + 1, float("nan"), float("inf")):
        with pytest.raises(UserError):
            one.check(int(outside) if isinstance(one.default, int) and outside == outside // 1 < 1e9 else outside)


def test_true_is_not_a_number_and_1_is_not_a_choice_between_true_and_false() -> None:
    with pytest.raises(UserError):
        DECLARED["general.text_size"].check(True)
    with pytest.raises(UserError):
        DECLARED["general.tint"].check(1)


def test_a_whole_number_is_allowed_where_a_fraction_is() -> None:
    value = DECLARED["generation.temperature"].check(1)
    assert value == 1.0 and type(value) is float


def test_half_a_character_is_refused_before_it_reaches_the_file() -> None:
    with pytest.raises(UserError):
        DECLARED["generation.instructions"].check("\ud83d")


def test_flags_are_unique() -> None:
    flags = [one.flag for one in ALL if one.flag]
    assert len(flags) == len(set(flags))
