from __future__ import annotations

import errno
import json
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.corpus import reading
from engine.data.corpus.cleaning import clean, without_licence, without_markdown
from engine.data.corpus.corpus import Corpus
from engine.data.corpus.cutting import PIECE, documents
from engine.data.corpus.reading import read_corpus
from engine.errors import UserError
from engine.messages import TextSource

CORPORA = Path(__file__).resolve().parents[5] / "shared" / "data" / "corpora"
PARAGRAPH = "The old mill stood by the river, and nobody knew who had built it. "


def read(*sources: TextSource, cache: Path) -> Corpus:
    running = read_corpus(sources, cache)
    while True:
        try:
            done, total, note = next(running)
            assert 0 <= done <= total and note
        except StopIteration as finished:
            return finished.value


def texts(count: int) -> list[str]:
    return [f"Story {n}. " + PARAGRAPH * (3 + n % 4) for n in range(count)]


def folder_of(root: Path, count: int = 40) -> TextSource:
    root.mkdir(parents=True)
    for number, text in enumerate(texts(count)):
        (root / f"{number:03}.txt").write_text(text, encoding="utf-8")
    return TextSource("Stories", root)


def test_a_folder_is_read_divided_and_counted(tmp_path: Path) -> None:
    corpus = read(folder_of(tmp_path / "texts"), cache=tmp_path / "cache")
    report, learned, held = corpus.report, list(corpus.learning()), list(corpus.held_out())
    assert report.documents == 40 == len(learned) + len(held) and held
    assert sorted(learned + held) == sorted(text.strip() for text in texts(40))
    assert report.bytes == sum(len(text.encode()) for text in learned + held)
    assert report.held_out == pytest.approx(sum(len(text.encode()) for text in held) / report.bytes)
    assert dict(report.frequent)["the"] == sum(text.count("the ") for text in texts(40))
    assert report.different_words == len({"Story", *re.findall(r"[A-Za-z]+", PARAGRAPH)})
    assert Corpus.open(corpus.folder).report == report


def test_what_was_read_is_not_read_again_unless_it_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, cache = folder_of(tmp_path / "texts"), tmp_path / "cache"
    first = read(source, cache=cache)
    with monkeypatch.context() as patched:
        patched.setattr(reading, "texts_of", lambda path: pytest.fail("it was read again"))
        assert read(source, cache=cache).report == first.report
    (tmp_path / "texts" / "new.txt").write_text("Another one. " * 20)
    assert read(source, cache=cache).report.fingerprint != first.report.fingerprint


def test_other_documents_do_not_change_what_is_held_out_from_being_the_same_text(tmp_path: Path) -> None:
    one = read(folder_of(tmp_path / "a", 300), cache=tmp_path / "cache")
    two = read(folder_of(tmp_path / "b", 300), cache=tmp_path / "other")
    assert one.report.fingerprint == two.report.fingerprint
    assert list(one.held_out()) == list(two.held_out()) and 0.005 < one.report.held_out < 0.04


def test_repeated_documents_and_other_files_are_left_out_and_said(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "texts")
    (tmp_path / "texts" / "again.txt").write_text("  ".join(texts(1)[0].upper().split(" ")))
    (tmp_path / "texts" / "table.csv").write_text("a,b")
    (tmp_path / "texts" / "photo.txt").write_bytes(b"\x89PNG\r\n" + bytes(range(256)) * 20)
    (tmp_path / "texts" / "page.txt").write_text("12")
    (tmp_path / "texts" / "link.txt").symlink_to(tmp_path / "texts" / "000.txt")
    report = read(source, cache=tmp_path / "cache").report
    reasons = {one.where: one.reason for one in report.left_out}
    assert set(reasons) == {"again.txt", "table.csv", "photo.txt", "page.txt"} and report.documents == 40
    assert "already" in reasons["again.txt"] and ".csv" in reasons["table.csv"] and report.repeated > 0


def test_every_kind_of_file_is_read_as_a_person_reads_it(tmp_path: Path) -> None:
    root = tmp_path / "texts"
    root.mkdir()
    long = PARAGRAPH * 8
    (root / "a.md").write_text(f"---\ntitle: x\n---\n# Mills\n\n**Old** [mill](http://x.y)\n\n{long}")
    (root / "b.html").write_text(f"<html><body><h1>Mills</h1><p>Fish &amp; mill</p><p>{long}1</p></body></html>")
    (root / "c.jsonl").write_text("".join(json.dumps({"text": f"Row {n} {long}"}) + "\n" for n in range(3)))
    (root / "d.json").write_text(json.dumps([f"List {long}", {"content": f"Object {long}"}]))
    (root / "e.txt").write_bytes(f"Größe über alles {long}".encode("cp1252"))
    (root / "f.txt").write_bytes(f"Wide {long}".encode("utf-16"))
    write_book(root / "g.epub", [f"First chapter {long}", f"Second chapter {long}"])
    corpus = read(TextSource("All", root), cache=tmp_path / "cache")
    found = "\n".join([*corpus.learning(), *corpus.held_out()])
    for wanted in ("Mills", "Old mill", "Fish & mill", "Row 2", "List", "Object", "Größe", "Wide", "Second chapter"):
        assert wanted in found, wanted
    assert "http" not in found and "title" not in found and "**" not in found and not corpus.report.left_out


def write_book(path: Path, chapters: list[str], **more: str) -> None:
    items = "".join(f'<item id="c{n}" href="c{n}.xhtml"/>' for n in range(len(chapters)))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest><spine>{spine}</spine></package>'
    )
    container = '<container><rootfiles><rootfile full-path="in/book.opf"/></rootfiles></container>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", more.get("container", container))
        archive.writestr("in/book.opf", package)
        for number, text in enumerate(chapters):
            archive.writestr(f"in/c{number}.xhtml", f"<html><body><p>{text}</p></body></html>")


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.txt", b"", "holds no text"),
        ("a.txt", b"Only two hundred bytes. " * 8, "too little"),
        ("a.pdf", b"%PDF-1.4" + b"x" * 5000, "kind “.pdf”"),
        ("a.txt", bytes(range(256)) * 40, "not a text file"),
        ("a.epub", b"PK\x03\x04" + b"x" * 4000, "damaged"),
        ("a.jsonl", b'{"text": "x"}\nnot json\n' * 300, "Row 2 is not JSON"),
        ("a.jsonl", b'{"number": 3}\n' * 300, "No row has a text"),
        ("a.json", b"[" * 100_000, "not JSON"),
    ],
)
def test_bad_files_are_refused_in_a_sentence(tmp_path: Path, name: str, data: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError, match=sentence):
        read(TextSource(name, tmp_path / name), cache=tmp_path / "cache")
    assert not list((tmp_path / "cache" / "corpus").iterdir()), "nothing half-written stays"


@pytest.mark.parametrize("bomb", ["external", "entities"])
def test_a_hostile_book_is_refused(tmp_path: Path, bomb: str) -> None:
    doctype = {
        "external": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><container>&x;</container>',
        "entities": '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><container>&z;</container>',
    }[bomb]
    write_book(tmp_path / "a.epub", [PARAGRAPH * 50], container=doctype)
    with pytest.raises(UserError):
        read(TextSource("book", tmp_path / "a.epub"), cache=tmp_path / "cache")


def test_one_line_of_many_megabytes_is_cut_between_sentences(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text(PARAGRAPH * 80_000)  # 5 MB: more takes longer and shows no more
    corpus = read(TextSource("long", tmp_path / "long.txt"), cache=tmp_path / "cache")
    parts = [*corpus.learning(), *corpus.held_out()]
    assert all(len(part) <= 1.5 * PIECE and part.startswith("The old mill") for part in parts)
    assert 0.5 < len("".join(parts)) / (80_000 * len(PARAGRAPH)) <= 1 or corpus.report.repeated > 0


def test_own_texts_and_the_small_world_are_sources_too(tmp_path: Path) -> None:
    own = TextSource("My chats", own=tuple(texts(5)))
    report = read(TextSource("Small world", world=20_000), own, cache=tmp_path / "cache").report
    assert [one.documents for one in report.sources] == [report.documents - 5, 5]


def test_a_single_document_is_divided_so_that_something_is_held_out(tmp_path: Path) -> None:
    corpus = read(TextSource("One", own=("".join(f"{n} is a number. " for n in range(160)),)), cache=tmp_path / "cache")
    assert len(list(corpus.learning())) == 1 == len(list(corpus.held_out()))
    assert 0.05 < corpus.report.held_out < 0.15


def test_a_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(reading, "_keep", full)
    with pytest.raises(UserError, match="No space left"):
        read(folder_of(tmp_path / "texts"), cache=tmp_path / "cache")
    assert not list((tmp_path / "cache" / "corpus").iterdir())


def test_text_that_was_emptied_is_read_again(tmp_path: Path) -> None:
    source, cache = folder_of(tmp_path / "texts"), tmp_path / "cache"
    corpus = read(source, cache=cache)
    (corpus.folder / "held.txt").unlink()
    with pytest.raises(UserError, match="no longer there"):
        Corpus.open(corpus.folder)
    assert list(read(source, cache=cache).held_out())


@given(st.text(max_size=3000))
def test_cleaning_ends_and_is_done_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once and "\x1e" not in once and "\r" not in once and "\n\n\n" not in once


@given(st.lists(st.text("abc. \n", min_size=1, max_size=400), min_size=1, max_size=60))
def test_cutting_loses_nothing_but_space(parts: list[str]) -> None:
    text = "".join(parts) * 20
    assert "".join("".join(documents(text)).split()) == "".join(text.split())


def test_gutenberg_and_markdown_lose_what_is_no_text() -> None:
    book = f"Header\n*** START OF THE PROJECT GUTENBERG EBOOK A MILL ***\n{PARAGRAPH}\n"
    book += "*** END OF THE PROJECT GUTENBERG EBOOK"
    assert without_licence(book).strip() == PARAGRAPH.strip()
    assert without_markdown("> a **b** `c`\n# d\n![e](f)") == "a b c\nd\n"


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not beside this checkout")
def test_real_dialogues_are_documents_of_their_own(tmp_path: Path) -> None:
    corpus = read(TextSource("Coffee", CORPORA / "taskmaster4_coffee_dialogues.txt"), cache=tmp_path / "cache")
    assert 3500 < corpus.report.documents < 3711 and corpus.report.repeated > 0
