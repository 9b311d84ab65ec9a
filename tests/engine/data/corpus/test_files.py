from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from engine.data.corpus import files
from engine.data.corpus.files import files_of, texts_of
from engine.errors import UserError

LONG = "The old mill stood by the river, and nobody knew who had built it. " * 8
SAMPLES = Path(__file__).resolve().parents[5] / "shared" / "data" / "malformed" / "encodings"


def read(path: Path, said: list[tuple[str, int]] | None = None) -> list[str]:
    heard = [] if said is None else said
    (file,) = files_of(path)
    return ["".join(text.parts) for text in texts_of(file, lambda why, size: heard.append((why, size)))]


def written(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_a_folder_is_walked_in_order_without_links_and_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/1.txt", "a.txt", ".git/x.txt", "b/.x.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        written(tmp_path / name, "x")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    (tmp_path / "out.txt").symlink_to("/etc/passwd")
    assert [file.inside for file in files_of(tmp_path)] == ["a.txt", "b/1.txt", "b/2.txt"]


def test_a_pipe_and_a_missing_file_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    for name, sentence in (("pipe.txt", "not a file"), ("gone.txt", "No such file")):
        with pytest.raises(UserError, match=sentence):
            read(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "data", "wanted"),
    [
        ("a.txt", f"Plain {LONG}", [f"Plain {LONG}"]),
        ("a.md", f"# Mills\n\n**Old** [mill](http://x.y)\n\n{LONG}", [f"Mills\n\nOld mill\n\n{LONG}"]),
        ("a.html", f"<h1>Mills</h1><p>Fish &amp; {LONG}</p>", [f"Mills\n\nFish & {LONG.strip()}\n\n"]),
        ("a.jsonl", "".join(json.dumps({"story": f"{n} {LONG}"}) + "\n" for n in range(2)), [f"0 {LONG}", f"1 {LONG}"]),
        ("a.json", json.dumps([f"List {LONG}", {"content": LONG}, 3]), [f"List {LONG}", LONG]),
        ("a.txt", f"Größe über alles {LONG}".encode("cp1252"), [f"Größe über alles {LONG}"]),
        ("a.txt", f"Wide {LONG}".encode("utf-16"), [f"Wide {LONG}"]),
    ],
)
def test_every_kind_is_read_as_a_person_reads_it(
    tmp_path: Path, name: str, data: bytes | str, wanted: list[str]
) -> None:
    assert read(written(tmp_path / name, data)) == wanted


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.pdf", b"%PDF-1.4" + b"x" * 5000, "kind “.pdf”"),
        ("a.txt", b"%PDF-1.4" + b"x" * 5000, "a PDF"),
        ("a.txt", bytes(range(256)) * 40, "not a text file"),
        ("a.jsonl", b"not json\n" * 300, "Row 1 is not JSON"),
        ("a.jsonl", b"[" * 100_000, "Row 1 is not JSON"),
        ("a.jsonl", b'{"number": 3}\n' * 300, "No row has a text"),
        ("a.json", b"[" * 100_000, "not JSON"),
        ("a.json", b"[1, 2]", "holds no text"),
    ],
)
def test_bad_files_are_refused_in_a_sentence(tmp_path: Path, name: str, data: bytes, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        read(written(tmp_path / name, data))


def test_a_broken_row_loses_no_other_row(tmp_path: Path) -> None:
    said: list[tuple[str, int]] = []
    rows = '{"text": "One"}\nbroken\n\n{"text": "\\ud800Two"}\n{"text": 5}\n'
    assert len(read(written(tmp_path / "a.jsonl", rows), said)) == 2 and said == [("Rows that are not JSON", 6)]


def test_a_broken_byte_spoils_no_accent(tmp_path: Path) -> None:
    said: list[tuple[str, int]] = []
    text = "Größe über alles, naïve Cafés. " * 500
    assert read(written(tmp_path / "a.txt", text.encode() + b"\xff"), said) == [text]
    assert said == [("Bytes that are no UTF-8", 1)]


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 1 << 20)
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate((1 << 20) + 1)
    with pytest.raises(UserError, match="larger than 1 MB"):
        read(tmp_path / "a.txt")


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not beside this checkout")
@pytest.mark.parametrize(("one", "two"), [("french-1", "french"), ("arabic-1", "arabic"), ("hebrew-2", "hebrew-3")])
def test_a_text_in_two_encodings_is_one_text(one: str, two: str) -> None:
    first, second = (read(SAMPLES / f"sample-{name}.txt")[0].split() for name in (one, two))
    assert first[:20] == second[:20] and len(first) > 20
