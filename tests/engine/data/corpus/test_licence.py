from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from engine.data.corpus.licence import without_licence

START = "*** START OF THE PROJECT GUTENBERG EBOOK A MILL ***"
END = "*** END OF THE PROJECT GUTENBERG EBOOK A MILL ***"
LICENCE = "Updated editions will replace the previous one. Licence. " * 300 + "newsletter to hear\nabout new eBooks.\n"


def book(text: str) -> str:
    return f"Title: A Mill\nThis ebook is for everyone.\n{START}\n{text}\n{END}\n{LICENCE}"


def test_of_one_book_the_book_stays() -> None:
    bare = without_licence(book("Produced by some people\nof a club\n\nThe mill stood."))
    assert bare.text.strip() == "The mill stood." and bare.taken > len(LICENCE)


def test_of_many_books_in_one_file_all_stay() -> None:
    many = without_licence("\n".join(book(f"Book {n} begins.\n\n" + "Line.\n" * 9000) for n in range(3)))
    assert [many.text.count(f"Book {n} begins") for n in range(3)] == [1, 1, 1]
    assert many.text.count("Line.") == 27_000 and "icence" not in many.text and "everyone" not in many.text


def test_what_follows_a_licence_and_is_no_book_stays() -> None:
    diary = "Dear diary, nothing happened today.\n" * 3000
    kept = without_licence(book("The mill stood.") + diary).text
    assert kept.endswith(diary) and "Licence." not in kept


def test_older_forms_are_known() -> None:
    small_print = "*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*\nA mill.\n"
    small_print += f"End of Project Gutenberg's A Mill\n{LICENCE}"
    two_lines = "x\n*** START OF THIS PROJECT GUTENBERG EBOOK A\nMILL ***\nA mill.\n"
    two_lines += f"End of the Project Gutenberg EBook of A Mill\n{END}\n"
    assert without_licence(small_print).text.strip() == "A mill." == without_licence(two_lines).text.strip()


def test_a_text_that_only_speaks_of_it_stays() -> None:
    text = "Project Gutenberg was begun in 1971.\n\nAt the end of Project Gutenberg stands nothing.\n"
    assert without_licence(text) == (text, 0)


@given(st.lists(st.sampled_from([START, END, "\n", " ", "a mill", LICENCE, "*** START OF", "Gutenberg"]), max_size=30))
def test_it_only_takes_away_and_says_how_much(parts: list[str]) -> None:
    text = "\n".join(parts)
    bare = without_licence(text)
    assert set(bare.text.split()) <= set(text.split())
    assert bare.taken == len(text.encode()) - len(bare.text.encode())


def test_a_hostile_text_takes_no_time() -> None:
    begun = time.process_time()
    for text in ("\n" * 300_000, " " * 300_000, "*** START OF THE PROJECT GUTENBERG " * 9000, "*" * 300_000):
        without_licence("Gutenberg" + text)
    assert time.process_time() - begun < 2
