from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.corpus import cleaning
from engine.data.corpus.cleaning import clean, cleaned, unified

LETTERS = st.text(st.sampled_from("ab.é \t\n\r\x0c\x1e\u2029\xa0-*"), max_size=3000)


@given(st.text(max_size=3000) | LETTERS)
def test_cleaning_ends_and_is_done_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once and "\x1e" not in once and "\r" not in once and "\n\n\n" not in once


@given(st.text(st.sampled_from("ab.é \n\r\x0c\x1e\u2029"), max_size=3000))
def test_in_parts_it_is_as_clean_as_at_once(text: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cleaning, "PART", 40)
        parts = list(cleaned(unified(text)))
    assert "".join("".join(parts).split()) == "".join(clean(text).split()), "nothing is lost"
    assert "\n\n\n" not in "".join(parts)
    assert "".join(parts).strip().count("\n\n") == clean(text).count("\n\n"), "paragraphs stay apart and together"


def test_nothing_that_is_no_text_stays() -> None:
    page = "A mill.\r\n\r\n  * * *  \r\n[Illustration: A mill]\r\n\x00It\u200b  stood\xa0there.\x1e\x0cNext page\ue000"
    assert clean(page) == "A mill.\n\nIt stood there.\n\nNext page"
    assert clean("Cafe\u0301 \ud800") == "Café"


def test_a_step_is_some_hundred_kilobytes() -> None:
    parts = list(cleaned("word " * 400_000))
    assert max(map(len, parts)) <= cleaning.PART and "".join(parts).strip() == ("word " * 400_000).strip()
