"""Pictures and numbers as files: all of them say which model and that the sampler comes later."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QLabel

from desktop.export import About, about, csv_of, json_of, png_of, svg_of
from desktop.inspect.table_dialog import TableDialog
from desktop.pictures import write
from desktop.saving import file_name
from desktop.table import Table
from desktop.theme import Look
from engine.errors import UserError
from tests.desktop.inspect.answering import MODEL
from tests.desktop.inspect.harbour import TEXT, Harbour

FACTS = About("Next word", "Harbour nano (nano)", "abcdef0123456789", "float32", "=The fog; “came”")
TABLE = Table("Words", ("text", "probability", "rank"), ((" ring", 0.1 + 0.2, 1), ("=1+1", None, 2)))


def test_numbers_are_exact_in_both_formats_and_say_where_they_come_from() -> None:
    value = json.loads(json_of(TABLE, FACTS))
    assert value["rows"] == [[" ring", 0.1 + 0.2, 1], ["=1+1", None, 2]] and value["columns"] == list(TABLE.columns)
    assert value["about"] == dict(FACTS.fields())
    data = csv_of(TABLE, FACTS)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    empty = rows.index([])
    assert dict(rows[:empty])["probabilities"] == "model, before the sampler"
    assert rows[empty + 1] == list(TABLE.columns)
    assert float(rows[empty + 2][1]) == 0.1 + 0.2 and rows[empty + 3][1] == ""


def test_no_cell_is_run_as_a_formula() -> None:
    text = csv_of(TABLE, FACTS).decode("utf-8-sig")
    assert "\r\n'=1+1," in text and "text,'=The fog" in text


def test_a_picture_is_sharp_and_has_the_facts_below_and_inside(look: Look) -> None:
    label = QLabel("ring")
    label.setFixedSize(120, 40)
    image = QImage.fromData(png_of(label, FACTS, look))
    assert image.width() == 2 * (120 + 32) and image.height() == 2 * (40 + 32 + 26)
    assert image.text("checkpoint") == FACTS.checkpoint and image.text("precision") == "float32"


def test_a_drawing_keeps_letters_and_clips(look: Look) -> None:
    label = QLabel("ring")
    label.setFixedSize(420, 40)
    root = ElementTree.fromstring(svg_of(label, FACTS, look))
    space = {"svg": "http://www.w3.org/2000/svg"}
    texts = ["".join(one.itertext()).strip() for one in root.iterfind(".//svg:text", space)]
    assert "ring" in texts
    assert any("model, before the sampler" in one for one in texts)
    described = root.find("svg:desc", space)
    assert described is not None and "abcdef0123456789" in (described.text or "")


def test_a_file_that_cannot_be_written_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="could not be written"):
        write(tmp_path / "missing" / "words.csv", b"x")
    write(tmp_path / "words.csv", b"old")
    write(tmp_path / "words.csv", b"new")
    assert (tmp_path / "words.csv").read_bytes() == b"new" and len(list(tmp_path.iterdir())) == 1


def test_every_format_of_every_tab_is_written(harbour: Harbour, tmp_path: Path) -> None:
    harbour.load()
    harbour.read()
    for format, start in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("csv", b"\xef\xbb\xbfwhat"), ("json", b"{")):
        harbour.page.saving.write(tmp_path / f"x.{format}", format)
        assert (tmp_path / f"x.{format}").read_bytes().startswith(start)
    assert about(MODEL, "x", "").checkpoint == MODEL.sha256


def test_the_menu_offers_numbers_only_where_there_are_some(harbour: Harbour) -> None:
    harbour.load()
    entries = {one.text(): one.isEnabled() for one in harbour.page.saving.menu().actions() if one.text()}
    assert entries == {"Picture (PNG)": True, "Drawing (SVG)": True, "Numbers (CSV)": False, "Numbers (JSON)": False}
    harbour.read()
    assert all(one.isEnabled() for one in harbour.page.saving.menu().actions())


def test_a_problem_with_the_file_is_a_notice(harbour: Harbour, tmp_path: Path) -> None:
    harbour.load()
    harbour.read()
    harbour.page.saving.write(tmp_path / "missing" / "x.png", "png")
    assert any("could not be written" in text for text in harbour.notices.texts())


def test_the_table_behind_a_picture_can_be_read_and_copied(harbour: Harbour) -> None:
    harbour.load()
    harbour.page.show_table()
    assert "There are no numbers yet." in harbour.notices.texts()
    harbour.read()
    harbour.page.show_table()
    dialog = harbour.page.findChild(TableDialog)
    assert isinstance(dialog, TableDialog) and dialog.rows.rowCount() > 20
    dialog._copy()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0] == "part\tstep\ttext\tprobability\ttokens" and lines[1].startswith(
        "next word, model\t\t ring\t0.412"
    )
    dialog.accept()


def test_file_names_hold_letters_only() -> None:
    assert file_name("Next word", TEXT) == "Next word, The lighthouse keeper counted"
    assert file_name("Words", "a/b\\c:*?") == "Words, a b c"
