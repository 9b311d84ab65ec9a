from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.data.corpus.repeats import LONG, Repeats

NOTE = "This note of whoever made the file stands in every one of its chapters, and it says the same every time. " * 2


def test_the_same_text_is_new_once_whatever_its_blanks_and_case() -> None:
    repeats = Repeats()
    first, again = repeats.without("The old\nmill"), repeats.without("the  OLD mill")
    assert first.text == "The old\nmill" and again.text == "" and first.key == again.key
    assert repeats.without("the new mill").text


def test_a_long_paragraph_is_new_once_and_a_short_one_always() -> None:
    repeats = Repeats()
    assert repeats.without(f"One\n\n{NOTE}\n\nRefrain").text == f"One\n\n{NOTE}\n\nRefrain"
    assert repeats.without(f"Two\n\n{NOTE}\n\nRefrain").text == "Two\n\nRefrain"
    assert repeats.without(f"Three\n\n{NOTE}", whole=True).text == f"Three\n\n{NOTE}"


@given(st.lists(st.text(st.sampled_from("ab \n"), max_size=3 * LONG), max_size=20))
def test_what_is_left_was_there_and_everything_comes_once(texts: list[str]) -> None:
    repeats = Repeats()
    for text in texts:
        assert set(repeats.without(text).text.split("\n\n")) <= {*text.split("\n\n"), ""}
    assert not any(repeats.without(text).text for text in texts)
