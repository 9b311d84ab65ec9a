"""Tables as people have them: every separator, encoding and header, and rows that are not as they should be."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from engine.data.pairs.reading import Mapping, paste_pairs
from engine.errors import UserError
from tests.engine.data.pairs.reading import read, refused, texts

TWO = [("What is red?", "A colour, I think"), ("Who?\nYou?", 'He said "me"')]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_separator_is_found(tmp_path: Path, delimiter: str, ending: str) -> None:
    rows = ["question,answer", '"What is red?","A colour, I think"', '"Who?\nYou?","He said ""me"""']
    table = ending.join(row.replace("n,a", f"n{delimiter}a").replace('","', f'"{delimiter}"') for row in rows)
    file = read(tmp_path, table + ending)
    assert texts(file) == TWO and file.format == ("tsv" if delimiter == "\t" else "csv")
    assert [pair.row for pair in file.pairs] == [2, 3] and not file.skipped
    assert file.columns == ("question", "answer") and file.mapping == Mapping("question", "answer", header=True)


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"), ("utf-32", "utf-32"), ("cp1252", "cp1252"),
    ],
)  # fmt: skip
def test_every_encoding_is_found(tmp_path: Path, encoding: str, said: str) -> None:
    file = read(tmp_path, "Frage;Antwort\nWie groß?;Größer als “früher”\n".encode(encoding))
    assert texts(file) == [("Wie groß?", "Größer als “früher”")] and file.encoding == said


@pytest.mark.parametrize(
    ("encoding", "question", "answer"),
    [
        ("cp1251", "Как называется столица России?", "Столица России называется Москва, это большой город."),
        ("shift_jis", "日本の首都はどこですか？", "日本の首都は東京です。とても大きな町です。"),
        ("gb18030", "中国的首都是哪里？", "中国的首都是北京，那是一个很大的城市。"),
        ("cp1253", "Ποια είναι η πρωτεύουσα της Ελλάδας;", "Η πρωτεύουσα της Ελλάδας είναι η Αθήνα."),
    ],
)
def test_older_encodings_of_other_alphabets(tmp_path: Path, encoding: str, question: str, answer: str) -> None:
    rows = "".join(f"{question}\t{answer}\n" for _ in range(5))
    assert texts(read(tmp_path, f"question\tanswer\n{rows}".encode(encoding)))[0] == (question, answer)


@pytest.mark.parametrize(
    ("header", "question", "answer"),
    [
        ("Frage;Antwort;Quelle", "Frage", "Antwort"),
        ("id,Pregunta,Respuesta", "Pregunta", "Respuesta"),
        ("問題,答え", "問題", "答え"),
        ("Nr\tThe answer\tYour question", "Your question", "The answer"),
        ("prompt,completion", "prompt", "completion"),
        ("Q,A,tags", "Q", "A"),
        ("प्रश्न,उत्तर", "प्रश्न", "उत्तर"),
        ("instruction,input,output", "instruction", "output"),
        ("user,assistant", "user", "assistant"),
        ("text,reply", "text", "reply"),
    ],
)
def test_columns_are_known_by_their_names(tmp_path: Path, header: str, question: str, answer: str) -> None:
    delimiter = next(d for d in ";\t," if d in header)
    row = delimiter.join(f"words {i}" for i in range(header.count(delimiter) + 1))
    mapping = read(tmp_path, f"{header}\n{row}\n").mapping
    assert (mapping.question, mapping.answer, mapping.header) == (question, answer, True)


def test_a_table_without_names_is_taken_by_what_is_in_it(tmp_path: Path) -> None:
    file = read(tmp_path, "7,It is a colour,What is red?\n8,It is a bird,What is a robin?\n")
    assert texts(file) == [("What is red?", "It is a colour"), ("What is a robin?", "It is a bird")]
    assert file.columns == ("A", "B", "C") and file.mapping.header is False
    assert file.sample[0] == ("7", "It is a colour", "What is red?") and file.pairs[0].row == 1


def test_the_mapping_corrects_the_guess(tmp_path: Path) -> None:
    table = "id,first,second\n1,It is a colour,red\n2,It is a bird,robin\n"
    assert texts(read(tmp_path, table)) == [("It is a colour", "red"), ("It is a bird", "robin")]
    told = Mapping(question="second", answer="first")
    assert texts(read(tmp_path, table, mapping=told)) == [("red", "It is a colour"), ("robin", "It is a bird")]
    told = Mapping(question="B", answer="C", header=False)
    assert texts(read(tmp_path, table, mapping=told))[0] == ("first", "second")
    with pytest.raises(UserError) as caught:
        read(tmp_path, table, mapping=Mapping(question="third", answer="first"))
    assert "third" in caught.value.message and "second" in caught.value.hint


def test_both_languages_of_a_table_are_read(tmp_path: Path) -> None:
    file = read(tmp_path, "id,q_en,q_fr,a_en,a_fr\n1,Who?,Qui?,Me,Moi\n")
    assert texts(file) == [("Who?", "Me"), ("Qui?", "Moi")] and file.mapping.more == (("q_fr", "a_fr"),)


def test_every_row_is_a_pair_or_has_a_reason(tmp_path: Path) -> None:
    file = read(tmp_path, "question,answer,source\nq1,a1,s\n\n,,\nq2,,s\n,,only a source\nq3,a3,s,a,b\nq4,a4\n")
    assert texts(file) == [("q1", "a1"), ("q2", ""), ("q4", "a4")]
    assert [skipped.row for skipped in file.skipped] == [4, 6, 7]
    assert all(skipped.reason.endswith(".") for skipped in file.skipped)
    assert "only a source" in file.skipped[1].text


def test_commas_that_nobody_quoted_go_back_into_the_answer(tmp_path: Path) -> None:
    assert texts(read(tmp_path, "question,answer\nHow?,Well, with care, mostly\n")) == [
        ("How?", "Well, with care, mostly")
    ]


def test_a_quote_that_is_never_closed_takes_no_rows_with_it(tmp_path: Path) -> None:
    file = read(tmp_path, 'question,answer\nq1,a1\n"q2,a2\nq3,a3\n')
    assert texts(file) == [("q1", "a1"), ("q2", "a2"), ("q3", "a3")] and file.pairs[-1].row == 4


def test_escaped_line_breaks_of_qna_maker_are_line_breaks(tmp_path: Path) -> None:
    table = 'Question\tAnswer\tMetadata\tPrompts\nHow?\tOne.\\nthen two\t\t[{"a":1}]\n'
    assert texts(read(tmp_path, table)) == [("How?", "One.\nthen two")]
    assert texts(read(tmp_path, "question\tanswer\nHow?\tOne.\\nTwo in C:\\new\n")) == [
        ("How?", "One.\nTwo in C:\\new")
    ]
    assert texts(read(tmp_path, "question,answer\nHow?,One.\\nTwo\n")) == [("How?", "One.\\nTwo")]


def test_a_title_above_the_header_is_named_and_left_out(tmp_path: Path) -> None:
    file = read(tmp_path, "Our questions;\n;\nNr;Frage;Antwort\n1;Who?;Me\n2;Why?;So\n3;How?;Thus\n")
    assert texts(file) == [("Who?", "Me"), ("Why?", "So"), ("How?", "Thus")] and file.pairs[0].row == 4
    assert [(skipped.row, skipped.text) for skipped in file.skipped] == [(1, "Our questions")]


def test_a_markdown_table_is_a_table(tmp_path: Path) -> None:
    file = read(tmp_path, "| Question | Answer |\n|:---|---|\n| Who? | Me |\n| What? | That |\n")
    assert texts(file) == [("Who?", "Me"), ("What?", "That")]


def test_cells_may_look_like_any_other_format(tmp_path: Path) -> None:
    cells = [
        "#Q a\n^ b",
        "Q: a\nA: b",
        "# ? a\n```\nb\n```",
        "conversations:\n- - a\n  - b",
        '{"a": 1}',
        "<!DOCTYPE html>",
    ]
    table = "question,answer\n" + "".join('"{}","x"\n'.format(cell.replace('"', '""')) for cell in cells)
    assert [question for question, _ in texts(read(tmp_path, table))] == cells


def test_three_megabytes_in_one_cell(tmp_path: Path) -> None:
    long = "word " * 600_000 + "end"
    assert texts(read(tmp_path, f"question,answer\nq,{long}\n")) == [("q", long)]


def test_nul_bytes_are_left_out(tmp_path: Path) -> None:
    assert texts(read(tmp_path, "question,answer\nwh\0at,th\0is\n")) == [("what", "this")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("\ufeff \r\n", "empty"),
        ("question\nwhat\n", "no pairs"),
        ("question,answer\n", "no pairs"),
        ("Some text, with commas.\nAnd more of it, as one writes.\n", "no pairs"),
        ("<!DOCTYPE html><html><body>question,answer</body></html>", "web page"),
        ("<html>\n<table><tr><td>question</td></tr></table>", "web page"),
        ("<?xml version='1.0'?><a/>", "XML"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(tmp_path: Path, content: str, says: str) -> None:
    assert says in refused(tmp_path, content).message


# ---- the clipboard ---------------------------------------------------------------
def test_cells_from_a_spreadsheet_are_pasted() -> None:
    pasted = paste_pairs('Who?\tMe\r\n"What,\nthen?"\tThat; or this, or ""it""\r\n')
    assert texts(pasted) == [("Who?", "Me"), ("What,\nthen?", 'That; or this, or ""it""')]
    assert texts(paste_pairs("answer\tquestion\nMe\tWho?")) == [("Who?", "Me")]


def test_other_text_is_pasted_too() -> None:
    assert texts(paste_pairs("question,answer\nWho?,Me")) == [("Who?", "Me")]
    assert texts(paste_pairs('{"question": "Who?", "answer": "Me"}')) == [("Who?", "Me")]
    assert texts(paste_pairs("Q: Who?\nA: Me")) == [("Who?", "Me")]


@pytest.mark.parametrize("text", ["", "\n", "hello", "one\ncolumn"])
def test_a_clipboard_without_pairs_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        paste_pairs(text)
    assert caught.value.hint


def test_reading_goes_in_short_steps(tmp_path: Path) -> None:
    from engine.data.pairs.reading import read_pairs

    table = io.StringIO()
    table.write("question,answer\n")
    for i in range(20_000):
        table.write(f"question {i},answer {i}\n")
    path = tmp_path / "many.csv"
    path.write_text(table.getvalue())
    steps = list(read_pairs(path))
    assert len(steps) > 20 and steps == sorted(steps, key=lambda step: step[0] / step[1])
