"""Pairs from files and into files."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton

from desktop.teach.import_dialog import ImportDialog
from engine.data.pairs.reading import read_pairs
from tests.desktop.teach.scripted import DESK, Desk, _run


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "Front desk.csv"
    lines = ["Antwort;Frage;Notiz", "Ja, hinten.;Gibt es einen Lift?;neu", ";;alt", "Um 10.;Wann öffnen Sie?;neu"]
    path.write_text("\n".join(lines), encoding="cp1252")
    return path


def opened(desk: Desk, path: Path) -> ImportDialog:
    desk.page.transfer.read([path])
    desk.engine.bridge.flush()
    assert desk.page.transfer.dialog is not None
    return desk.page.transfer.dialog


def test_a_dropped_file_is_shown_before_anything_is_added(desk: Desk, table: Path) -> None:
    desk.fill()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(table))])
    button, no_key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(desk.page, QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, button, no_key))
    QApplication.sendEvent(desk.page, QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, button, no_key))
    desk.engine.bridge.flush()
    dialog = desk.page.transfer.dialog
    assert dialog is not None and dialog.isVisible()
    assert dialog.facts.text().startswith("Table (CSV), ") and "2 pairs, 1 row left out." in dialog.facts.text()
    assert dialog.mapping.boxes["question"].currentText() == "Frage"
    assert dialog.preview.texts.rows[0] == ["Gibt es einen Lift?", "Ja, hinten."]
    assert len(desk.page.pairs.ids) == 10
    dialog.here_button.click()
    assert len(desk.page.pairs.ids) == 12 and desk.notices.texts() == ["2 pairs added to Library desk."]
    next(b for b in desk.notices.findChildren(QPushButton) if b.text() == "Undo").click()
    assert len(desk.page.pairs.ids) == 10


def test_a_file_can_become_a_set_of_its_own(desk: Desk, table: Path) -> None:
    desk.fill()
    opened(desk, table).new_button.click()
    assert desk.page.header.chooser.text() == "Front desk, 2 pairs"
    assert [one.title for one in desk.sets.list()] == ["Front desk", "Library desk"]


def test_the_columns_can_be_corrected(desk: Desk, table: Path) -> None:
    dialog = opened(desk, table)
    box = dialog.mapping.boxes["answer"]
    box.setCurrentText("Notiz")
    box.activated.emit(box.currentIndex())
    desk.engine.bridge.flush()
    assert dialog.preview.texts.rows[0] == ["Gibt es einen Lift?", "neu"]
    dialog.mapping.header.chosen.emit(False)
    dialog.reject()


def test_rows_left_out_are_listed_with_reasons_and_saved(desk: Desk, table: Path, tmp_path: Path) -> None:
    dialog = opened(desk, table)
    assert not dialog.skipped.isVisible()
    dialog.skipped_button.click()
    assert dialog.skipped.isVisible()
    (row,) = dialog.skipped.texts.rows
    assert row[:2] == ("3", "There is neither a question nor an answer.")
    dialog.write_skipped(tmp_path / "left.csv")
    assert "neither a question nor an answer" in (tmp_path / "left.csv").read_text("utf-8-sig")
    dialog.reject()


def test_a_file_without_pairs_says_why_and_adds_nothing(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    dialog = opened(desk, tmp_path / "empty.csv")
    assert dialog.facts.text().startswith("empty.csv cannot be read: the file is empty.")
    assert not dialog.here_button.isEnabled() and dialog.here_button.toolTip()
    dialog.cancel_button.click()


def test_several_files_come_one_after_the_other(desk: Desk, table: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text('{"question": "Is it warm?", "answer": "Yes."}\n')
    desk.page.transfer.read([table, other])
    desk.engine.bridge.flush()
    first = desk.page.transfer.dialog
    assert first is not None
    first.here_button.click()
    desk.engine.bridge.flush()
    second = desk.page.transfer.dialog
    assert second is not None and second.head.text() == "other.jsonl"
    second.reject()
    assert desk.page.transfer.dialog is None


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_what_is_exported_reads_back_as_the_same_pairs(desk: Desk, tmp_path: Path, format: str) -> None:
    desk.fill((*DESK, ("=1+1?", "A\nB")))
    path = tmp_path / f"pairs.{format}"
    desk.page.transfer.write(path, format)
    pairs = _run(read_pairs(path)).pairs  # pyright: ignore[reportAttributeAccessIssue]
    assert [(one.question, one.answer) for one in pairs] == [*DESK, ("=1+1?", "A\nB")]


def test_an_export_that_cannot_be_written_is_said(desk: Desk, tmp_path: Path) -> None:
    desk.fill()
    (tmp_path / "file").write_text("")
    desk.page.transfer.write(tmp_path / "file" / "pairs.csv", "csv")
    assert "cannot be written" in desk.notices.texts()[0]


def test_undo_of_an_import_takes_back_only_the_import(desk: Desk, table: Path) -> None:
    ids = desk.fill()
    opened(desk, table).here_button.click()
    desk.page.pairs.write(ids[0], "answer", "From 11 to 2.")
    next(b for b in desk.notices.findChildren(QPushButton) if b.text() == "Undo").click()
    assert desk.page.pairs.ids == ids and desk.sets.read([ids[0]])[0].answer == "From 11 to 2."
