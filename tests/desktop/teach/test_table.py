"""The table of pairs under a person's hands."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from desktop.teach.pair_editor import PairEditor
from desktop.teach.pair_rows import ANSWER, NUMBER, QUESTION, RECALL, STATUS
from engine.data.pairs.pair import Pair
from engine.messages import CheckPairs, Lesson, Message
from tests.desktop.teach.scripted import DESK, Desk


def cell(desk: Desk, row: int, column: int) -> str:
    return str(desk.page.table.rows.index(row, column).data())


def editor(desk: Desk) -> PairEditor:
    found = desk.page.table.cells.editor
    assert found is not None, "no editor is open"
    return found


def go_to(desk: Desk, row: int, column: int = QUESTION) -> None:
    desk.page.table.setFocus()
    desk.page.table.show_pair(desk.page.table.rows.shown[row], column)


def test_lists_the_pairs_of_the_set(desk: Desk) -> None:
    desk.fill()
    assert desk.page.header.chooser.text() == "Library desk, 10 pairs"
    assert desk.page.table.rows.rowCount() == 10
    assert [cell(desk, 3, column) for column in range(5)] == [
        "4",
        "What does a lost card cost?",
        "A new card costs 3 euros.",
        "",
        "New",
    ]


def test_f2_edits_in_place_and_enter_goes_to_the_answer_then_to_the_next_question(desk: Desk, qtbot: QtBot) -> None:
    ids = desk.fill()
    go_to(desk, 5)
    qtbot.keyClick(desk.page.table, Qt.Key.Key_F2)
    assert cell(desk, 5, STATUS) == "Editing"
    qtbot.keyClicks(editor(desk), " In the building?")
    qtbot.keyClick(editor(desk), Qt.Key.Key_Return)
    qtbot.keyClicks(editor(desk), " It is new")
    qtbot.keyClick(editor(desk), Qt.Key.Key_Tab)
    assert editor(desk).toPlainText() == DESK[6][0]
    qtbot.keyClick(editor(desk), Qt.Key.Key_Escape)
    assert desk.page.table.cells.editor is None
    assert desk.page.table.hasFocus()
    (stored,) = desk.sets.read([ids[5]])
    assert (stored.question, stored.answer) == (
        "Is there a lift? In the building?",
        "Yes, behind the front desk. It is new",
    )
    assert desk.sets.drafts(desk.page.pairs.needed().id) == []


def test_shift_tab_goes_back(desk: Desk, qtbot: QtBot) -> None:
    desk.fill()
    go_to(desk, 2, ANSWER)
    qtbot.keyClick(desk.page.table, Qt.Key.Key_Return)
    qtbot.keyClick(editor(desk), Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert editor(desk).toPlainText() == DESK[2][0]


def test_typing_replaces_and_undo_brings_back(desk: Desk, qtbot: QtBot) -> None:
    ids = desk.fill()
    go_to(desk, 0, ANSWER)
    qtbot.keyClicks(desk.page.table, "9")
    qtbot.keyClicks(editor(desk), " to 5.")
    qtbot.keyClick(editor(desk), Qt.Key.Key_Return)
    desk.page.table.commit()
    assert desk.sets.read([ids[0]])[0].answer == "9 to 5."
    desk.page.table.setFocus()
    qtbot.keyClick(desk.page.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.sets.read([ids[0]])[0].answer == "From 10 to 2."
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(desk.page.table, Qt.Key.Key_Z, both)
    assert desk.sets.read([ids[0]])[0].answer == "9 to 5."


def test_shift_enter_breaks_the_line_and_the_editor_grows(desk: Desk, qtbot: QtBot) -> None:
    ids = desk.fill()
    go_to(desk, 1, ANSWER)
    qtbot.keyClick(desk.page.table, Qt.Key.Key_F2)
    before = editor(desk).height()
    for _ in range(3):
        qtbot.keyClick(editor(desk), Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(editor(desk), "Ask us")
    assert editor(desk).height() > before + 20
    qtbot.keyClick(editor(desk), Qt.Key.Key_Return)
    assert desk.sets.read([ids[1]])[0].answer.endswith("\n\n\nAsk us")


def test_what_is_typed_is_kept_before_the_editor_is_left(
    desk: Desk, make_desk: Callable[[], Desk], qtbot: QtBot
) -> None:
    ids = desk.fill()
    go_to(desk, 4, ANSWER)
    qtbot.keyClick(desk.page.table, Qt.Key.Key_F2)
    qtbot.keyClicks(editor(desk), " And Greta")
    qtbot.waitUntil(lambda: bool(desk.sets.drafts(desk.page.pairs.needed().id)))
    again = make_desk()  # the first one was never told to stop, as in a kill
    assert again.sets.read([ids[4]])[0].answer == f"{DESK[4][1]} And Greta"
    again.page.pairs.undo.undo()
    assert again.sets.read([ids[4]])[0].answer == DESK[4][1], "what stood there before is not lost either"


def test_a_new_pair_is_written_at_once_and_leaves_no_empty_row_when_it_is_left(desk: Desk, qtbot: QtBot) -> None:
    desk.fill()
    desk.page.header.add_button.click()
    qtbot.waitUntil(lambda: desk.page.table.cells.editor is not None)
    qtbot.keyClicks(editor(desk), "Is it free?")
    qtbot.keyClick(editor(desk), Qt.Key.Key_Return)
    qtbot.keyClicks(editor(desk), "Yes.")
    qtbot.keyClick(editor(desk), Qt.Key.Key_Return)
    assert cell(desk, 10, QUESTION) == "Is it free?" and cell(desk, 10, ANSWER) == "Yes."
    qtbot.keyClick(desk.page.table, Qt.Key.Key_Insert)
    qtbot.waitUntil(lambda: desk.page.table.cells.editor is not None)
    qtbot.keyClick(editor(desk), Qt.Key.Key_Escape)
    assert desk.page.table.rows.rowCount() == 11


def test_deleting_can_be_undone_from_the_notice(desk: Desk, qtbot: QtBot) -> None:
    desk.fill()
    go_to(desk, 2)
    qtbot.keyClick(desk.page.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(desk.page.table, Qt.Key.Key_Delete)
    assert desk.page.header.chooser.text() == "Library desk, 8 pairs"
    assert [cell(desk, row, NUMBER) for row in (1, 2)] == ["2", "3"], "numbers close up"
    assert desk.notices.texts() == ["2 pairs deleted."]
    next(b for b in desk.notices.findChildren(QPushButton) if b.text() == "Undo").click()
    assert cell(desk, 2, QUESTION) == DESK[2][0] and desk.page.table.rows.rowCount() == 10


def test_undo_after_another_edit_still_brings_the_deleted_pair_back(desk: Desk, qtbot: QtBot) -> None:
    ids = desk.fill()
    go_to(desk, 9)
    qtbot.keyClick(desk.page.table, Qt.Key.Key_Delete)
    desk.page.pairs.write(ids[0], "answer", "From 11 to 2.")
    next(b for b in desk.notices.findChildren(QPushButton) if b.text() == "Undo").click()
    assert desk.page.pairs.ids == ids and cell(desk, 0, ANSWER) == "From 11 to 2."


def test_rows_of_a_spreadsheet_are_pasted_and_copied(desk: Desk, qtbot: QtBot) -> None:
    desk.fill()
    go_to(desk, 0, NUMBER)
    QGuiApplication.clipboard().setText('Is it warm?\tYes.\nWhere?\t"In the\nhall"')
    qtbot.keyClick(desk.page.table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert desk.notices.texts() == ["2 pairs pasted."]
    assert cell(desk, 11, ANSWER) == "In the\nhall"
    go_to(desk, 11)
    qtbot.keyClick(desk.page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == 'Where?\t"In the\nhall"'
    qtbot.keyClick(desk.page.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.page.table.rows.rowCount() == 10, "a paste is undone as one"


def test_a_single_word_is_pasted_into_the_cell(desk: Desk, qtbot: QtBot) -> None:
    ids = desk.fill()
    go_to(desk, 0, ANSWER)
    QGuiApplication.clipboard().setText("Closed.\n")
    qtbot.keyClick(desk.page.table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert desk.sets.read([ids[0]])[0].answer == "Closed."


def test_what_cannot_be_pasted_is_said(desk: Desk, qtbot: QtBot) -> None:
    desk.fill()
    go_to(desk, 0, NUMBER)
    QGuiApplication.clipboard().setText("one\ntwo\nthree")
    qtbot.keyClick(desk.page.table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert desk.page.table.rows.rowCount() == 10 and len(desk.notices.texts()) == 1


def test_search_shows_only_what_matches_and_keeps_the_numbers(desk: Desk, qtbot: QtBot) -> None:
    desk.fill()
    qtbot.keyClicks(desk.page.header.search, "BOOK")
    qtbot.keyClick(desk.page.header.search, Qt.Key.Key_Return)
    assert [cell(desk, row, NUMBER) for row in range(desk.page.table.rows.rowCount())] == ["2"]
    assert desk.page.filter_bar.text.text() == "Only shown: 1 pair with “BOOK”"
    assert desk.page.table.hasFocus() and len(desk.page.table.chosen()) == 1, "Enter goes on to what was found"
    desk.page.filter_bar.all_button.click()
    assert desk.page.table.rows.rowCount() == 10 and desk.page.header.search.text() == ""
    qtbot.keyClicks(desk.page.header.search, "no such word")
    qtbot.waitUntil(lambda: desk.page.table.rows.rowCount() == 0)
    assert desk.page.filter_bar.text.text() == "Only shown: 0 pairs with “no such word”"
    qtbot.keyClick(desk.page.header.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: desk.page.table.rows.rowCount() == 10)
    qtbot.keyClicks(desk.page.header.search, "lift")
    qtbot.keyClick(desk.page.header.search, Qt.Key.Key_Return)
    desk.page.pairs.open(desk.page.pairs.needed().id)
    assert desk.page.filter_bar.isHidden() and desk.page.header.search.text() == ""


def test_earlier_turns_are_marked_kept_and_told(desk: Desk) -> None:
    ids = desk.fill()
    turns = (Message("user", "When are you open?"), Message("assistant", "From 10 to 2."))
    (pair,) = desk.page.pairs.add([Pair("And on Sundays?", "Closed.", "", turns)])
    desk.page.pairs.write(pair, "answer", "Closed on Sundays.")
    index = desk.page.table.rows.index(len(ids), QUESTION)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Question: And on Sundays?, after 2 earlier turns"
    assert "Model: From 10 to 2." in index.data(Qt.ItemDataRole.ToolTipRole)
    assert desk.sets.read([pair])[0].earlier == turns


def test_status_and_recall_are_words(desk: Desk) -> None:
    ids = desk.fill()
    desk.page.pairs.mark([(ids[0], "learned", 0.97), (ids[1], "half", 0.5), (ids[2], "not", 0.1)])
    assert [cell(desk, row, STATUS) for row in range(4)] == ["Learned", "Half", "Not yet", "New"]
    assert cell(desk, 0, RECALL) == "97%"
    spoken = desk.page.table.rows.index(3, RECALL).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Recall: not measured yet"
    desk.page.pairs.write(ids[0], "answer", "Other.")
    assert cell(desk, 0, STATUS) == "New", "other text was not taught"


def test_sets_are_made_renamed_deleted_and_brought_back(desk: Desk, qtbot: QtBot) -> None:
    desk.fill()
    header = desk.page.header

    def choose(title: str) -> None:
        menu = header.menu()
        next(entry for entry in menu.actions() if entry.text() == title).trigger()
        menu.close()

    choose("New set")
    assert header.name_field.isVisible() and header.name_field.hasFocus()
    qtbot.keyClicks(header.name_field, "Front desk")
    qtbot.keyClick(header.name_field, Qt.Key.Key_Return)
    assert header.chooser.text() == "Front desk, 0 pairs" and desk.page.empty.isVisible()
    choose("Library desk, 10 pairs")
    assert desk.page.table.isVisible() and desk.page.table.rows.rowCount() == 10
    choose("Delete this set")
    assert header.chooser.text() == "Front desk, 0 pairs"
    next(b for b in desk.notices.findChildren(QPushButton) if b.text() == "Undo").click()
    assert header.chooser.text() == "Library desk, 10 pairs"


def test_a_hundred_thousand_rows_scroll_smoothly(desk: Desk, qtbot: QtBot) -> None:
    number = desk.sets.create("Large")
    desk.sets.add(number, (Pair(f"Question {n}?", f"Answer {n}.") for n in range(100_000)))
    desk.page.checking._pause.stop()
    began = time.thread_time()
    desk.page.pairs.open(number)
    opened = time.thread_time() - began
    table = desk.page.table
    bar = table.verticalScrollBar()
    frames = []
    for place in range(60):
        began = time.thread_time()
        bar.setValue(bar.maximum() * place // 60)
        table.viewport().repaint()
        frames.append(time.thread_time() - began)
    desk.page.gathering.stop()
    assert opened < 1.0, f"opening took {opened:.2f} s"
    assert sorted(frames)[len(frames) // 2] < 0.033, f"half of the frames take more than {sorted(frames)[30]:.3f} s"
    assert table.rows.rowCount(QModelIndex()) == 100_000


def test_nothing_waits_long_while_a_large_set_is_gathered(desk: Desk, collected_here: None) -> None:
    """Collected as in the app, by hand: else the longest turn is one of Python's, over the objects of all tests."""
    number = desk.sets.create("Large")
    desk.sets.add(number, (Pair(f"Question {n}?", f"Answer {n}.") for n in range(100_000)))
    desk.engine.answers[CheckPairs] = lambda c: []  # the real engine looks through them on its own thread
    desk.page.pairs.open(number)
    taken: list[int] = []
    desk.page.gathering.start("test", lambda lessons: taken.append(len(lessons)))
    longest = 0.0
    while not taken:
        began = time.perf_counter()
        QApplication.processEvents()
        longest = max(longest, time.perf_counter() - began)
    assert taken == [100_000]
    assert longest < 0.5, f"one turn took {longest:.3f} s"


def test_lessons_are_read_once_for_all_and_anew_after_an_edit(desk: Desk, qtbot: QtBot) -> None:
    ids = desk.fill()
    taken: list[tuple[Lesson, ...]] = []
    desk.page.gathering.start("first", taken.append)
    desk.page.gathering.start("second", taken.append)
    qtbot.waitUntil(lambda: len(taken) == 2)
    assert taken[0] is taken[1] and [one.id for one in taken[0]] == ids
    desk.page.pairs.write(ids[0], "answer", "Closed.")
    desk.page.gathering.start("first", taken.append)
    qtbot.waitUntil(lambda: len(taken) == 3)
    assert taken[2][0].answer == "Closed."


def test_an_edit_while_they_are_gathered_is_in_what_is_given(desk: Desk, qtbot: QtBot) -> None:
    number = desk.sets.create("Large")
    ids = desk.sets.add(number, (Pair(f"Question {n}?", f"Answer {n}.") for n in range(2_000)))
    desk.engine.answers[CheckPairs] = lambda c: []
    desk.page.pairs.open(number)
    desk.page.gathering.stop()
    taken: list[tuple[Lesson, ...]] = []
    desk.page.gathering.start("test", taken.append)
    assert not taken, "it takes some turns"
    desk.page.pairs.write(ids[0], "answer", "Closed.")
    qtbot.waitUntil(lambda: len(taken) == 1)
    assert len(taken[0]) == 2_000 and taken[0][0].answer == "Closed."


def test_what_is_typed_survives_everything_that_a_run_says(desk: Desk, qtbot: QtBot) -> None:
    ids = desk.fill()
    go_to(desk, 0, ANSWER)
    qtbot.keyClick(desk.page.table, Qt.Key.Key_F2)
    editor(desk).selectAll()
    qtbot.keyClick(editor(desk), Qt.Key.Key_Backspace)
    desk.page.pairs.mark([(ids[0], "half", 0.5)])
    assert editor(desk).toPlainText() == "", "an emptied field is not filled again"
    qtbot.keyClicks(editor(desk), "Closed.")
    desk.page.pairs.mark([(ids[0], "learned", 0.9)])
    qtbot.keyClick(editor(desk), Qt.Key.Key_Return)
    assert desk.sets.read([ids[0]])[0].answer == "Closed."


def test_the_menu_of_a_row_does_what_the_keys_do(desk: Desk) -> None:
    ids = desk.fill()
    go_to(desk, 3, ANSWER)
    menu = desk.page.table.menu()
    entries = {entry.text().split("\t")[0]: entry for entry in menu.actions() if entry.text()}
    assert all(entries[name].isEnabled() for name in ("Edit", "Copy", "Delete"))
    entries["Delete"].trigger()
    menu.close()
    assert ids[3] not in desk.page.pairs.ids
    menu = desk.page.header.menu()
    next(entry for entry in menu.actions() if entry.text().startswith("Undo Delete")).trigger()
    menu.close()
    assert desk.page.pairs.ids == ids
