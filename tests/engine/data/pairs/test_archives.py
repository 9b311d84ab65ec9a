"""Workbooks and archives: what is in them, and what somebody hid in them."""

from __future__ import annotations

import datetime
import io
import json
import re
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from engine.data.pairs.reading import Mapping
from engine.errors import UserError
from tests.engine.data.pairs.reading import read, refused, texts


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def archive(**files: str | bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name.replace("__", "/").replace("_json", ".json").replace("_xml", ".xml"), content)
    return data.getvalue()


def test_cells_are_read_as_they_are_shown(tmp_path: Path) -> None:
    day = datetime.datetime(2024, 5, 17)
    rows = [["Question", "Answer"], ["How many?", 3], ["When?", day], ["Is it?", True], [" ", None], [2.5, "x\ny"]]
    file = read(tmp_path, workbook(Sheet=rows))
    assert texts(file) == [("How many?", "3"), ("When?", "2024-05-17"), ("Is it?", "TRUE"), ("2.5", "x\ny")]
    assert file.format == "xlsx" and [pair.row for pair in file.pairs] == [2, 3, 4, 6]
    assert [skipped.row for skipped in file.skipped] == [5]


def test_the_first_sheet_with_pairs_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    data = workbook(
        Cover=[["Our questions"]], Pairs=[["Frage", "Antwort"], ["a", "b"]], More=[["Frage", "Antwort"], ["c", "d"]]
    )
    file = read(tmp_path, data)
    assert texts(file) == [("a", "b")] and file.sheets == ("Cover", "Pairs", "More") and file.mapping.sheet == "Pairs"
    assert ["Cover" in skipped.reason or "More" in skipped.reason for skipped in file.skipped] == [True, True]
    assert texts(read(tmp_path, data, mapping=Mapping(sheet="More"))) == [("c", "d")]
    with pytest.raises(UserError) as caught:
        read(tmp_path, data, mapping=Mapping(sheet="None"))
    assert "Pairs" in caught.value.hint


def with_computed(data: bytes, value: str) -> bytes:
    """The workbook as a spreadsheet program leaves it: with the value beside each formula."""
    source, target = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in source.namelist():
            content = source.read(name)
            if "worksheets/" in name:
                content = re.sub(rb"</f><v ?/?>(</v>)?", f"</f><v>{value}</v>".encode(), content)
            packed.writestr(name, content)
    return target.getvalue()


def test_a_formula_is_its_value_or_a_reason(tmp_path: Path) -> None:
    data = workbook(Sheet=[["question", "answer"], ["How many?", "=1+1"], ["Who?", "Me"]])
    file = read(tmp_path, data)
    assert texts(file) == [("Who?", "Me")]
    assert file.skipped[0].row == 2 and file.skipped[0].text == "=1+1" and "formula" in file.skipped[0].reason
    assert texts(read(tmp_path, with_computed(data, "2"))) == [("How many?", "2"), ("Who?", "Me")]


def test_a_sheet_that_ends_in_formatted_rows_ends_where_its_text_does(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["question", "answer"], ["a", "b"], *([[None, None]] * 500)]
    assert not read(tmp_path, workbook(Sheet=rows)).skipped


CONVERSATION = [
    {"uuid": "1", "chat_messages": [{"sender": "human", "text": "q"}, {"sender": "assistant", "text": "a"}]}
]


def test_an_export_is_read_inside_its_archive(tmp_path: Path) -> None:
    text = json.dumps(CONVERSATION)
    assert texts(read(tmp_path, archive(user_json="{}", conversations_json=text))) == [("q", "a")]
    split = archive(**{"export__conversations-000_json": text, "export__conversations-001_json": text})
    assert texts(read(tmp_path, split)) == [("q", "a")] * 2


def bomb_of_entities() -> bytes:
    names = "abcdefgh"
    levels = "".join(f'<!ENTITY {b} "{f"&{a};" * 20}">' for a, b in pairwise(names))
    text = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{levels}]><workbook><sheets>&h;</sheets></workbook>'
    data = workbook(Sheet=[["question", "answer"], ["a", "b"]])
    source, target = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for name in source.namelist():
            packed.writestr(name, text if name == "xl/workbook.xml" else source.read(name))
    return target.getvalue()


def broken_sheet() -> bytes:
    data = workbook(Sheet=[["question", "answer"], ["a", "b"]])
    source, target = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for name in source.namelist():
            content = source.read(name)
            packed.writestr(name, content[: len(content) // 2] if "worksheets/" in name else content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (archive(conversations_json=b" " * (450 << 20)), "450 MiB"),
        (bomb_of_entities(), "damaged"),
        (broken_sheet(), "damaged"),
        (archive(xl__workbook_xml="<nonsense/>"), "damaged"),
        (workbook(Sheet=[["question", "answer"]])[:-200], "damaged"),
        (b"PK\x03\x04" + bytes(range(256)) * 4, "damaged"),
        (archive(content_xml="x", mimetype="application/vnd.oasis.opendocument.spreadsheet"), "OpenDocument"),
        (archive(word__document_xml="x"), "Word"),
        (archive(readme="x"), "no conversations.json"),
        (workbook(Sheet=[]), "nothing in it"),
        (workbook(Sheet=[["question"], ["a"]]), "one column"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_workbook_is_refused_in_a_sentence(tmp_path: Path, data: bytes, says: str) -> None:
    assert says in refused(tmp_path, data).message
