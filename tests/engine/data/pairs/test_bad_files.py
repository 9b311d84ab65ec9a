"""Files that are no pairs, or that were made to do harm: a sentence each, and never a long wait."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data.pairs.checks import check, fix_all
from engine.data.pairs.pair import Pair
from engine.data.pairs.reading import FORMATS, read_pairs
from engine.errors import UserError
from tests.engine.data.pairs.reading import finished, read, refused

SIZE = 200_000


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x10\0\0\0\0\0\0\0{}", "model"),
        (b"GGUF\x03\0\0\0" + b"\0" * 40, "model"),
        (b"%PDF-1.7\n", "PDF"),
        (b"SQLite format 3\0", "database"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\x1f\x8b\x08\0", "compressed"),
        (b"\x80\x04\x95\0\0", "pickle"),
        (b"version https://git-lfs.github.com/spec/v1\n", "pointer"),
        (b"\xff\xfea", "UTF-16"),
        (random.Random(1).randbytes(5000), "not a text file"),
    ],
)
def test_what_is_no_text_is_named(tmp_path: Path, data: bytes, says: str) -> None:
    assert says in refused(tmp_path, data).message


def test_folders_and_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="folder"):
        finished(read_pairs(tmp_path))
    with pytest.raises(UserError, match="cannot be opened"):
        finished(read_pairs(tmp_path / "nothing.csv"))
    with pytest.raises(UserError, match="no format"):
        finished(read_pairs(tmp_path, format="docx"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to this user")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("question,answer\na,b\n")
    path.chmod(0)
    with pytest.raises(UserError, match="cannot be opened"):
        finished(read_pairs(path))


@pytest.mark.parametrize("format", [name for name in FORMATS if name != "auto"])
def test_a_format_that_was_forced_on_a_file_ends_in_pairs_or_a_sentence(tmp_path: Path, format: str) -> None:
    for content in (
        "question,answer\na,b\n",
        '[{"question": "a", "answer": "b"}]',
        "Q: a\nA: b\n",
        "\n",
        "# ? a\n```\n",
    ):
        try:
            assert read(tmp_path, content, format=format).pairs
        except UserError as error:
            assert error.message and error.hint


REPEATED = (
    " ", "\n", '"', "'", "`", "<", "&", "[", "{", "-", "#", "*", "+1", "1 ", "a@", "a.", "A1 ", "a: ", ", ", "- ", "# ",
    "> ", "** ", "// ", "<a href=x ", "<script>", "<!--", "<li>", "```", "password: ", "e\u0301", "Q: x\n", "- a: b\n",
    "Q: x\nA: y\n", "a:\n x\n", "#Q x\n", "#\n\n", "\\n", "&#1;", "DE12 ", "a,b\n", "\t", ";", "|", "\x00", "\u202e",
)  # fmt: skip


@pytest.mark.parametrize("text", REPEATED)
@pytest.mark.parametrize("start", ["", "Q: a\nA: b\n", "question,answer\na,"])
def test_nothing_that_repeats_takes_long(tmp_path: Path, start: str, text: str) -> None:
    long = (text * (SIZE // len(text)))[:SIZE]
    began = time.thread_time()
    try:
        read(tmp_path, start + long)
    except UserError as error:
        assert error.message
    pairs = [Pair(f"q {long}", long)]
    fix_all(pairs, finished(check(pairs, held_out=pairs)))
    assert time.thread_time() - began < 10, "a pattern grows by the square of its text"


_PIECES = (
    ("Q:", "A:", "\n", "\n\n", ",", ";", "\t", "|", '"', "'", "{", "}", "[", "]", ":", "- ", "#", "?", "\\", "\0", "é"),
    ("question", "answer", "#Q ", "^ ", "```", "# ? ", "<br>", "&amp;", "null", "1", "-1e9", "messages", "\ud800"),
)  # fmt: skip
PIECES = st.sampled_from([piece for pieces in _PIECES for piece in pieces])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.lists(PIECES, max_size=60).map("".join), st.text(max_size=200)))
def test_any_text_gives_pairs_or_a_sentence(tmp_path: Path, text: str) -> None:
    try:
        file = read(tmp_path, text)
    except UserError as error:
        assert error.message and error.hint
        return
    assert file.pairs and all(skipped.reason and skipped.row > 0 for skipped in file.skipped)
    assert all(pair.question or pair.answer for pair in file.pairs)
    fix_all(file.pairs, finished(check(file.pairs)))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"[", b'{"a":', b"\xff\xfe", b"question,answer\n"])
)
def test_any_bytes_give_pairs_or_a_sentence(tmp_path: Path, data: bytes, start: bytes) -> None:
    try:
        read(tmp_path, start + data)
    except UserError as error:
        assert error.message and error.hint
