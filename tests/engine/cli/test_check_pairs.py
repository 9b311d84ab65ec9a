"""`check-pairs` as scripts and people meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli.main import BAD_INPUT, DONE, main

TABLE = "question,answer\nWho?,Me\nWho?,You\n,\nWhy?,\nMail?,me@here.org\n"


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "faq.csv"
    path.write_text(TABLE)
    return str(path)


def test_programs_get_every_problem(table: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check-pairs", table, "--json"]) == DONE
    events = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    done = events[-1]
    assert {event["event"] for event in events} == {"progress", "done"}
    assert set(done) == {"event", "format", "encoding", "pairs", "problems", "skipped"}
    assert (done["format"], done["encoding"], done["pairs"]) == ("csv", "utf-8", 4)
    assert [(p["row"], p["kind"]) for p in done["problems"]] == [(2, "contradiction"), (5, "empty"), (6, "private")]
    assert set(done["problems"][0]) == {"row", "kind", "message", "remedy"}
    assert done["skipped"] == [{"row": 4, "reason": "The row is empty."}]


def test_people_get_sentences(table: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check-pairs", table]) == DONE
    out, err = capfd.readouterr()
    assert "4 pairs" in out and "3 problems" in out and "Rows 2 and 3" in out and "Row 4 was left out" in out
    assert "{" not in out and not err


def test_a_format_can_be_forced(table: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check-pairs", table, "--format", "tsv"]) == BAD_INPUT
    assert main(["check-pairs", table, "--format", "csv"]) == DONE
    assert main(["check-pairs", table, "--format", "docx"]) == BAD_INPUT
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("content", [b"", b"\x80\x04x", b"<html></html>", b"hello", b'{"a": '])
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_bad_input_is_a_sentence_and_a_hint(
    tmp_path: Path, content: bytes, flags: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    assert main(["check-pairs", str(path), *flags]) == BAD_INPUT
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    if flags:
        error = json.loads(out.splitlines()[-1])
        assert error["event"] == "error" and error["message"] and error["hint"]
    else:
        assert not out and len(err.splitlines()) == 2
    assert main(["check-pairs", str(tmp_path / "nothing")]) == BAD_INPUT
    assert main(["check-pairs", str(tmp_path)]) == BAD_INPUT
