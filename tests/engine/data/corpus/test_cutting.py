from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.corpus.cutting import PIECE, SHORTEST, documents, piece_length, whole

CORPORA = Path(__file__).resolve().parents[5] / "shared" / "data" / "corpora"
SENTENCE = "The old mill stood by the river, and nobody knew who had built it. "


def cut(text: str, length: int = SHORTEST, part: int = 5000) -> list[str]:
    parts = (text[at : at + part] for at in range(0, len(text), part))
    return [one for one in documents(parts, length) if one]


@given(st.lists(st.text("abc. \n", min_size=1, max_size=400), min_size=1, max_size=60), st.integers(100, 9000))
def test_cutting_loses_nothing_but_space(parts: list[str], part: int) -> None:
    text = "".join(parts) * 20
    found = cut(text, part=part)
    assert "".join("".join(found).split()) == "".join(text.split()) and all(one.strip() for one in found)
    assert "".join("".join(whole(iter([text]))).split()) == "".join(text.split())


@given(st.integers(len(SENTENCE), 300_000), st.integers(SHORTEST, PIECE))
def test_pieces_are_about_as_long_as_wished(size: int, length: int) -> None:
    found = cut((SENTENCE * (size // len(SENTENCE) + 1))[:size], length)
    assert all(length // 2 <= len(one) + 80 and len(one) <= length * 3 // 2 for one in found[:-1])
    assert all(one.startswith("The old mill") for one in found[:-1]), "cut between sentences"


def test_a_piece_begins_with_a_heading_where_there_is_one() -> None:
    chapters = "\n\n".join(f"CHAPTER {n}\n\n" + "\n\n".join([SENTENCE] * 20) for n in range(1, 30))
    assert all(one.startswith("CHAPTER") for one in cut(chapters, 1600))


def test_dialogues_are_documents_of_their_own() -> None:
    dialogues = [f"do you like number {n}?\ni do.\nwhy so?\nit is mine, and you?" for n in range(3000)]
    assert cut("\n\n".join(dialogues)) == dialogues
    verse = "\n\n".join("Upon the hill the mill\nStands very still\nAnd grinds until\nThe night" for _ in range(300))
    assert len(cut(verse)) < 60


def test_articles_a_line_are_documents_and_long_ones_pieces() -> None:
    articles = [f"Article {n}. " + SENTENCE * 30 for n in range(200)] + ["Long. " + SENTENCE * 2000]
    found = cut("\n".join(articles), PIECE)
    assert found[:200] == [one.strip() for one in articles[:200]] and 2 <= len(found) - 200 <= 4


def test_a_border_that_never_comes_is_not_waited_for() -> None:
    dialogues = "\n\n".join(f"do you like number {n}?\ni do.\nwhy so?\nit is mine." for n in range(5000))
    longest = max(map(len, cut(dialogues + "\n\n" + SENTENCE * 60_000, part=200_000)))
    assert longest <= SHORTEST * 2


def test_a_little_more_text_moves_no_border() -> None:
    lengths = [piece_length(size) for size in range(0, 8_000_000, 1000)]
    assert lengths == sorted(lengths) and set(lengths) == {SHORTEST, 2500, 5000, 10_000, 20_000, PIECE}


def read(name: str) -> Iterator[str]:
    text = (CORPORA / name).read_text(encoding="utf-8")
    return (one for one in documents(iter([text]), piece_length(len(text))) if one)


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not beside this checkout")
def test_real_texts_are_cut_by_their_form() -> None:
    assert sum(1 for _ in read("taskmaster4_coffee_dialogues.txt")) == 3710
    assert sum(1 for _ in read("sgd_dialogues_train.txt")) == 6000
    assert 40 < sum(1 for _ in read("tinyshakespeare_input.txt")) < 130
    wiki = list(read("wiki_demo_1MB.txt"))
    assert wiki[0].startswith("Anarchism is") and 30 <= len(wiki) < 100
