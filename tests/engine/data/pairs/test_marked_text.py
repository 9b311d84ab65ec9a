"""Questions and answers in running text, .qna files and Anki's notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.data.pairs.reading import read, texts

TWO = [("What is it?", "A thing."), ("Who made it?", "Me,\nand you.")]


@pytest.mark.parametrize(
    "text",
    [
        "Q: What is it?\nA: A thing.\n\nQ: Who made it?\nA: Me,\nand you.\n",
        "Q1. What is it?\nA1. A thing.\nQ2. Who made it?\nA2. Me,\nand you.",
        "Question: What is it?\r\nAnswer: A thing.\r\n\r\nQuestion: Who made it?\r\nAnswer: Me,\r\nand you.\r\n",
        "F: What is it?\nA: A thing.\n\nF: Who made it?\nA: Me,\nand you.\n",
        "Frage: What is it?\nAntwort: A thing.\n\nFrage: Who made it?\nAntwort: Me,\nand you.\n",
        "P: What is it?\nR: A thing.\n---\nP: Who made it?\nR: Me,\nand you.\n",
        "問：What is it?\n答：A thing.\n問：Who made it?\n答：Me,\nand you.\n",
        "**Q: What is it?**\n\n**A:** A thing.\n\n***\n\n**Q: Who made it?**\n\n**A:** Me,\nand you.\n",
        "### Q: What is it?\nA: A thing.\n\n### Q: Who made it?\nA: Me,\nand you.\n",
        "- Q: What is it?\n- A: A thing.\n- Q: Who made it?\n- A: Me,\nand you.\n",
        "User: What is it?\nAssistant: A thing.\nUser: Who made it?\nAssistant: Me,\nand you.\n",
        "## What is it?\n\nA thing.\n\n## Who made it?\n\nMe,\nand you.\n",
        "**What is it?**\nA thing.\n\n**Who made it?**\nMe,\nand you.\n",
        "Q:\nWhat is it?\nA:\nA thing.\nQ:\nWho made it?\nA:\nMe,\nand you.\n",
    ],
)
def test_every_way_to_mark_a_question(tmp_path: Path, text: str) -> None:
    file = read(tmp_path, text)
    assert texts(file) == TWO and file.format == "markdown" and not file.skipped and not file.columns


def test_what_belongs_to_no_pair_is_named(tmp_path: Path) -> None:
    file = read(
        tmp_path, "# FAQ\n\nWelcome.\n\nQ: a\nA: b\n\n## More\n\nQ: c\nQ: d\nA: e\nA: f\n```\nQ: code\n# code\n```\n"
    )
    assert texts(file) == [("a", "b"), ("d", "e"), ("d", "f\n```\nQ: code\n# code\n```")]
    assert [(skipped.row, skipped.text) for skipped in file.skipped] == [
        (1, "FAQ"),
        (3, "Welcome."),
        (8, "More"),
        (10, "c"),
    ]
    assert [pair.row for pair in file.pairs] == [5, 11, 13]


def test_headings_below_a_question_stay_in_its_answer(tmp_path: Path) -> None:
    file = read(tmp_path, "# Help\nHello.\n## How?\n### First\nSo.\n### Then\nSo too.\n# About\n## Who?\nMe.\n")
    assert texts(file) == [("How?", "### First\nSo.\n### Then\nSo too."), ("Who?", "Me.")]
    assert [skipped.row for skipped in file.skipped] == [1, 8]


def test_bold_words_in_an_answer_stay(tmp_path: Path) -> None:
    assert texts(read(tmp_path, "Q: a\nA: **Yes**, it is\n**Q:** b\n**A:** See **this**\n")) == [
        ("a", "**Yes**, it is"),
        ("b", "See **this**"),
    ]


def test_trivia_blocks(tmp_path: Path) -> None:
    file = read(tmp_path, "\r\n#Q How\r\nmany?\r\n^ Two\r\nA One\r\nB Two\r\n\r\n#Q Why?\r\nA x\r\n#Q Who?\r\n^ Me\r\n")
    assert texts(file) == [("How\nmany?", "Two"), ("Who?", "Me")] and file.format == "trivia"
    assert [pair.row for pair in file.pairs] == [2, 10] and [skipped.row for skipped in file.skipped] == [8]


def test_every_way_to_ask_in_a_qna_file(tmp_path: Path) -> None:
    text = (
        "> !# @qna.pair.source=x\n# ? Who?\n- Who then\n- who\n\n**Filters:**\n- a = b\n\n"
        "```markdown\nMe.\n\n- and I\n```\n\n# ? Why?\n\nstray\n"
    )
    file = read(tmp_path, text)
    assert texts(file) == [(q, "Me.\n\n- and I") for q in ("Who?", "Who then", "who")] and file.format == "qna"
    assert [(skipped.row, skipped.text) for skipped in file.skipped] == [(17, "stray"), (15, "Why?")]


@pytest.mark.parametrize("columns", ["", "#columns:Front\tBack\tTags\n"])
def test_notes_from_anki_are_plain_text_afterwards(tmp_path: Path, columns: str) -> None:
    text = (
        f'#separator:tab\n#html:true\n{columns}#tags column:3\nWho<br>then?\t<b>Me</b>&nbsp;&amp; you\tx\n"a""b"\tc\t\n'
    )
    file = read(tmp_path, text)
    assert texts(file) == [("Who\nthen?", "Me & you"), ('a"b', "c")] and file.format == "anki"
    assert file.pairs[0].row == 4 + bool(columns) and len(file.columns) == 2


def test_notes_without_html_stay_as_they_are(tmp_path: Path) -> None:
    assert texts(read(tmp_path, "#separator:Semicolon\n#html:false\na < b;c & d\n")) == [("a < b", "c & d")]
