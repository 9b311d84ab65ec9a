from __future__ import annotations

import errno
import os
import re
import time
import tracemalloc
from pathlib import Path

import pytest

from engine.data.corpus import reading, taking
from engine.data.corpus.corpus import Corpus
from engine.data.corpus.cutting import PIECE
from engine.data.corpus.reading import read_corpus
from engine.errors import UserError
from engine.messages import TextSource

SENTENCE = "The old mill stood by the river, and nobody knew who had built it. "


def read(*sources: TextSource, cache: Path) -> Corpus:
    running, before = read_corpus(sources, cache), 0
    while True:
        try:
            done, total, note = next(running)
            assert before <= done <= total and note
            before = done
        except StopIteration as finished:
            return finished.value


def texts(count: int) -> list[str]:
    return [f"Story {n}. " + (SENTENCE * (3 + n % 4)).strip() for n in range(count)]


def folder_of(root: Path, count: int = 40) -> TextSource:
    root.mkdir(parents=True)
    for number, text in enumerate(texts(count)):
        (root / f"{number:03}.txt").write_text(text, encoding="utf-8")
    return TextSource("Stories", root)


def left_in(cache: Path) -> list[str]:
    return [path.name for path in (cache / "corpus").iterdir()]


def test_a_folder_is_read_divided_and_counted(tmp_path: Path) -> None:
    corpus = read(folder_of(tmp_path / "texts"), cache=tmp_path / "cache")
    report, learned, held = corpus.report, list(corpus.learning()), list(corpus.held_out())
    assert report.documents == 40 == len(learned) + len(held) and held
    assert sorted(learned + held) == sorted(texts(40))
    assert report.bytes == sum(len(text.encode()) for text in learned + held)
    assert report.held_out == pytest.approx(sum(len(text.encode()) for text in held) / report.bytes)
    assert dict(report.frequent)["the"] == sum(text.count("the ") for text in texts(40))
    assert report.different_words == len({"Story", *re.findall(r"[A-Za-z]+", SENTENCE)})
    assert Corpus.open(corpus.folder).report == report


def test_what_was_read_is_not_read_again_unless_it_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, cache = folder_of(tmp_path / "texts"), tmp_path / "cache"
    first = read(source, cache=cache)
    with monkeypatch.context() as patched:
        patched.setattr(taking, "texts_of", lambda *_: pytest.fail("it was read again"))
        assert read(source, cache=cache).report == first.report
    (tmp_path / "texts" / "new.txt").write_text("Another one. " * 20)
    assert read(source, cache=cache).report.fingerprint != first.report.fingerprint


def test_the_same_text_has_one_fingerprint_and_each_choice_its_own_report(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    one = read(folder_of(tmp_path / "a", 300), cache=cache)
    other = TextSource("Others", folder_of(tmp_path / "b", 300).path)
    two = read(other, cache=cache)
    assert one.report.fingerprint == two.report.fingerprint and one.folder == two.folder
    assert [two.report.sources[0].title, one.report.sources[0].title] == ["Others", "Stories"]
    assert read(TextSource("Stories", tmp_path / "a"), cache=cache).report == one.report
    assert list(one.held_out()) == list(two.held_out()) and 0.005 < one.report.held_out < 0.04


def test_repeated_documents_and_other_files_are_left_out_and_said(tmp_path: Path) -> None:
    source, root = folder_of(tmp_path / "texts"), tmp_path / "texts"
    (root / "again.txt").write_text("  ".join(texts(1)[0].upper().split(" ")))
    (root / "part.txt").write_text(f"A story with a part of another.\n\n{texts(1)[0]}")
    (root / "table.csv").write_text("a,b")
    (root / "photo.txt").write_bytes(b"\x89PNG\r\n" + bytes(range(256)) * 20)
    (root / "page.txt").write_text("12")
    (root / "book.txt").write_text(
        "*** START OF THE PROJECT GUTENBERG EBOOK X ***\nA book of few words.\n*** END OF THE PROJECT GUTENBERG EBOOK"
    )
    corpus = read(source, cache=tmp_path / "cache")
    report, reasons = corpus.report, {one.where: one.reason for one in corpus.report.left_out}
    assert set(reasons) == {"again.txt", "part.txt", "table.csv", "photo.txt", "page.txt", "book.txt"}
    assert report.documents == 42 and report.repeated > 0
    assert "already" in reasons["again.txt"] and ".csv" in reasons["table.csv"] and "Licence" in reasons["book.txt"]
    assert report.left_out_bytes == sum(one.bytes for one in report.left_out)
    assert "A book of few words." in [*corpus.learning(), *corpus.held_out()]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.txt", b"", "holds no text"),
        ("a.txt", b"Only two hundred bytes. " * 8, "191 bytes are too little"),
        ("a.txt", bytes(range(256)) * 40, "not a text file"),
        ("a.epub", b"PK\x03\x04" + b"x" * 4000, "damaged"),
    ],
)
def test_bad_text_is_refused_in_a_sentence(tmp_path: Path, name: str, data: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError, match=sentence):
        read(TextSource(name, tmp_path / name), cache=tmp_path / "cache")
    assert not left_in(tmp_path / "cache"), "nothing half-written stays"


def test_an_empty_folder_and_nothing_at_all_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no file"):
        read(TextSource("Empty", tmp_path / "empty"), cache=tmp_path / "cache")
    with pytest.raises(UserError, match="too little"):
        read(cache=tmp_path / "cache")


def test_one_long_line_is_cut_between_sentences_in_little_memory_and_short_steps(tmp_path: Path) -> None:
    line = "".join(f"{n}: {SENTENCE}" for n in range(70_000))
    size = (tmp_path / "long.txt").write_text(line)
    del line
    tracemalloc.start()
    running, longest = read_corpus([TextSource("long", tmp_path / "long.txt")], tmp_path / "cache"), 0.0
    while True:
        begun = time.process_time()
        try:
            next(running)
        except StopIteration as finished:
            corpus: Corpus = finished.value
            break
        longest = max(longest, time.process_time() - begun)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    parts = [*corpus.learning(), *corpus.held_out()]
    assert all(len(part) <= 1.5 * PIECE and re.match(r"\d+: The old mill", part) for part in parts)
    assert sum(map(len, parts)) > 0.99 * size and size > 5_000_000
    assert peak < 4 * size and longest < 1.0


def test_own_texts_are_taken_as_they_are_and_the_small_world_is_a_source_too(tmp_path: Path) -> None:
    own = TextSource("My chats", own=("Yes.", "\n\n".join(["A chat?\nYes.\nA long one?\nYes, it is one."] * 200)))
    corpus = read(TextSource("Small world", world=20_000), own, cache=tmp_path / "cache")
    assert [one.documents for one in corpus.report.sources] == [corpus.report.documents - 2, 2]
    assert {text.strip() for text in own.own} <= {*corpus.learning(), *corpus.held_out()}


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    source = folder_of(tmp_path / "texts")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="No space left") as refused:
        read(source, cache=tmp_path / "cache")
    assert "Make room" in refused.value.hint and not left_in(tmp_path / "cache")


def test_stopped_half_way_it_leaves_nothing(tmp_path: Path) -> None:
    running = read_corpus([folder_of(tmp_path / "texts")], tmp_path / "cache")
    for _ in range(10):
        next(running)
    assert left_in(tmp_path / "cache")
    running.close()
    assert not left_in(tmp_path / "cache")


def test_what_a_crash_left_is_swept_away_later(tmp_path: Path) -> None:
    old, new = (tmp_path / "cache" / "corpus" / f"{reading.PARTIAL}{name}" for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    read(folder_of(tmp_path / "texts"), cache=tmp_path / "cache")
    assert not old.exists() and new.exists()


@pytest.mark.parametrize("damage", ["gone", "cut", "report"])
def test_text_that_was_damaged_is_said_and_read_again(tmp_path: Path, damage: str) -> None:
    source, cache = folder_of(tmp_path / "texts"), tmp_path / "cache"
    corpus = read(source, cache=cache)
    learn, report = corpus.folder / "learn.txt", corpus.folder / "report.json"
    if damage == "gone":
        learn.unlink()
    elif damage == "cut":
        learn.write_bytes(learn.read_bytes()[:-100])
    else:
        report.write_text("[]")
    with pytest.raises(UserError, match="no longer there"):
        Corpus.open(corpus.folder)
    again = read(source, cache=cache)
    assert again.report == corpus.report and sum(1 for _ in again.learning()) > 30
