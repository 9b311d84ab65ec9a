from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.corpus.corpus import END
from engine.data.corpus.holding import SHARE, Holding


def held(folder: Path, texts: list[str]) -> tuple[list[str], list[str]]:
    """What is learned from, and what is held out."""
    with (folder / "learn").open("wb") as learn, (folder / "held").open("wb") as kept:
        holding = Holding(learn, kept)
        for text in texts:
            holding.put(hashlib.sha256(text.encode()).digest(), text.encode())
        whole = holding.whole
        sizes = holding.finish()
        assert whole == sum(len(text.encode()) for text in texts)
    files = [(folder / name).read_bytes() for name in ("learn", "held")]
    assert sizes == tuple(map(len, files))
    return tuple(file.decode().split(f"\n{END}")[:-1] for file in files)  # pyright: ignore[reportReturnType]


@given(st.lists(st.text("abcdef .", min_size=20, max_size=60), min_size=2, max_size=40, unique=True))
def test_something_is_in_both_and_nothing_twice(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    learned, kept = held(tmp_path_factory.mktemp("held"), texts)
    assert learned and kept
    assert sorted("".join(learned + kept).replace(" ", "")) == sorted("".join(texts).replace(" ", ""))


def test_about_as_much_as_wished_is_held_out(tmp_path: Path) -> None:
    _, kept = held(tmp_path, [f"Story {n}" for n in range(20_000)])
    assert 0.8 * SHARE < len(kept) / 20_000 < 1.2 * SHARE


def test_other_documents_do_not_change_what_is_held_out(tmp_path: Path) -> None:
    texts = [f"Story {n}" for n in range(600)]
    _, before = held(tmp_path, texts)
    _, after = held(tmp_path, [f"Other {n}" for n in range(300)] + texts[::-1])
    assert set(before) == {text for text in after if text.startswith("Story")} and before


def test_of_a_single_document_the_end_is_held_out(tmp_path: Path) -> None:
    text = "".join(f"{n} is a number. " for n in range(400)).strip()
    (learned,), (kept,) = held(tmp_path, [text])
    assert f"{learned} {kept}" == text and 0.1 <= len(kept) / len(text) <= 0.2 and learned.endswith(".")


def test_of_a_document_that_is_nearly_all_the_end_is_held_out(tmp_path: Path) -> None:
    for n in range(20):  # whichever of the two has the smaller hash
        learned, kept = held(tmp_path, [f"{n} " + "A long one. " * 100, "A short one."])
        assert len("".join(kept)) < 300 < len("".join(learned))
