from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text.word_ends import goes_on, likewise, open_unit, unit_end, word_end


def units(text: str) -> list[str]:
    found = []
    while text:
        end = unit_end("", text, final=True)
        assert end
        found.append(text[:end])
        text = text[end:]
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The cat sat", ["The", " cat", " sat"]),
        ("I don't know", ["I", " don't", " know"]),
        ("l’eau, s’il", ["l’eau", ",", " s’il"]),
        ("the dogs' tails", ["the", " dogs", "'", " tails"]),
        ("'tis “so”", ["'", "tis", " “", "so", "”"]),
        ("about 3.14 or 1,000.", ["about", " 3.14", " or", " 1,000", "."]),
        ("in 1999, 5", ["in", " 1999", ",", " 5"]),
        ("e.g. the U.S. army", ["e.g.", " the", " U.S.", " army"]),
        ("the U.S", ["the", " U.S"]),
        ("vitamin a. So", ["vitamin", " a", ".", " So"]),
        ("end.Next", ["end", ".", "Next"]),
        ("well-known a_b", ["well", "-", "known", " a_b"]),
        ("a\n\n  b", ["a", "\n", "\n", " ", " b"]),
        ("我喜欢 cats", ["我", "喜", "欢", " cats"]),
        ("한국어 텍스트", ["한국어", " 텍스트"]),
        ("ok 👍🏽!", ["ok", " 👍", "🏽", "!"]),
        ("cafe\u0301 x", ["cafe\u0301", " x"]),
        ("half \udce2 byte", ["half", " \udce2", " byte"]),
    ],
)
def test_texts_are_cut_into_words(text: str, wanted: list[str]) -> None:
    assert units(text) == wanted


@pytest.mark.parametrize("text", ["ca", "don'", "e.", "3.", "3,", " ", " ca", "U.S."])
def test_what_could_still_grow_is_not_decided(text: str) -> None:
    assert unit_end("", text) is None and open_unit("So " + text.strip(" ")) == " " + text.strip(" ")


def test_a_word_that_was_started_goes_on_or_has_ended() -> None:
    assert unit_end("ca", "t") is None and unit_end("ca", "ts ") == 2 and unit_end("ca", " sat ") == 4
    assert unit_end("don", "'") is None and unit_end("don", "'t,") == 2 and unit_end("don", "' ") == 1
    assert goes_on("don", "'t") and not goes_on("don", "'") and not goes_on("ca", " sat") and goes_on("U.S", ".")
    assert open_unit("The cat. ") == " " and open_unit("The cat.") == "" and open_unit("It's") == "It's"


TEXTS = st.text("ab0'’., _\n我é\u0301-", max_size=6)


@given(TEXTS, TEXTS, TEXTS)
def test_short_stand_ins_end_at_the_same_place(before: str, text: str, more: str) -> None:
    started = open_unit(before).removeprefix(" ")
    if unit_end(started, text) is not None:
        return
    other, stand_in = likewise(started, text)
    for final in (False, True):
        end, same = unit_end(started, text + more, final), unit_end(other, stand_in + more, final)
        assert (None if end is None else end - len(text)) == (None if same is None else same - len(stand_in))


@given(TEXTS, TEXTS)
def test_once_a_word_has_ended_more_text_changes_nothing(text: str, more: str) -> None:
    end = unit_end("", text)
    assert end is None or unit_end("", text + more) == end


@given(TEXTS)
def test_words_are_the_whole_text(text: str) -> None:
    assert "".join(units(text)) == text
    assert not text or (word_end(text, final=True) or 0) <= len(text)
