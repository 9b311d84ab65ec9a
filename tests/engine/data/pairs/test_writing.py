"""What was written reads back as the same pairs, and opens in a spreadsheet without running anything."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.data.pairs.pair import Pair
from engine.data.pairs.pair_file import Skipped
from engine.data.pairs.reading import read_pairs
from engine.data.pairs.writing import write_csv, write_jsonl, write_skipped
from engine.errors import UserError
from engine.messages import Message
from tests.engine.data.pairs.reading import finished

Write = Callable[[Sequence[Pair], Path], None]
BEFORE = (Message("user", "a"), Message("assistant", "b"))

_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=30)
_LIKE_OTHERS = st.sampled_from(
    [
        "=1+1", "+1", "-1", "@x", "'=1", "''", "'", '"', "a,b;c\td|e", "Q: a\nA: b", "# ? a\n```\nb\n```", "#Q a\n^ b",
        "question", "answer", "null", "1.10", "[]", "{}", "<!DOCTYPE html>", "a\u2028b", "\\n", "- a: b",
        "#separator:tab",
    ]
)  # fmt: skip
TEXT = st.one_of(_TEXT, _LIKE_OTHERS).map(str.strip)
TURN = TEXT.filter(bool)
"""What a reader gives: without space around it."""
EARLIER = st.lists(TURN, max_size=4).map(
    lambda texts: tuple(Message("assistant" if i % 2 == 0 else "user", text) for i, text in enumerate(texts[::-1]))[
        ::-1
    ]
)
ANY_EARLIER = st.lists(st.builds(Message, st.sampled_from(["user", "assistant"]), TEXT), max_size=3).map(tuple)
PAIRS = st.lists(
    st.builds(Pair, TEXT, TEXT, st.one_of(st.just(""), TEXT), st.one_of(st.just(()), EARLIER, ANY_EARLIER)).filter(
        lambda pair: bool(pair.question or pair.answer)
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("write", [write_csv, write_jsonl])
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=PAIRS)
@example(pairs=[Pair("q", "", "s", BEFORE), Pair("", "a")])
@example(pairs=[Pair("q", "a", earlier=BEFORE), Pair("q", "a"), Pair("q2", "a2", "s", BEFORE)])
def test_what_was_written_reads_back(tmp_path: Path, write: Write, pairs: list[Pair]) -> None:
    path = tmp_path / "pairs"
    write(pairs, path)
    assert list(finished(read_pairs(path)).pairs) == pairs


def test_a_spreadsheet_gets_a_table_that_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    write_csv([Pair("=cmd|' /C calc'!A0", "@SUM(1)", row=9), Pair("größer", "+49\n-1")], path)
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfquestion,answer\r\n")
    rows = list(csv.reader(data.decode("utf-8-sig").splitlines(keepends=True)))
    assert rows == [["question", "answer"], ["'=cmd|' /C calc'!A0", "'@SUM(1)"], ["größer", "'+49\n-1"]]


def test_conversations_are_messages_whose_earlier_answers_are_not_learned_again(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    write_jsonl([Pair("q", "a"), Pair("c", "d", "s", BEFORE)], path)
    first, second = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert first == {"question": "q", "answer": "a"}
    assert [(m["role"], m["content"], m.get("weight")) for m in second["messages"]] == [
        ("system", "s", None), ("user", "a", None), ("assistant", "b", 0), ("user", "c", None),
        ("assistant", "d", None),
    ]  # fmt: skip


def test_what_was_left_out_is_written_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "skipped.csv"
    write_skipped([Skipped(3, "The row is empty.", "=x,\n")], path)
    rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(keepends=True)))
    assert rows == [["row", "reason", "text"], ["3", "The row is empty.", "'=x,\n"]]


def test_the_old_file_stays_when_the_new_one_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    write_csv([Pair("q", "a")], path)
    before = path.read_bytes()
    with pytest.raises(UserError):
        write_csv([Pair("\ud800", "a")], path)
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["pairs.csv"]
    with pytest.raises(UserError) as caught:
        write_jsonl([Pair("q", "a")], path / "below a file")
    assert caught.value.hint
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError):
        write_csv([Pair("q", "a")], tmp_path / "folder")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder", "pairs.csv"]
