"""Runs of before: listed, opened as they were, compared, gone on with, and deleted."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from pytestqt.qtbot import QtBot

from desktop.train.compare_dialog import BY_STEP, BY_TOKENS, CompareDialog, points
from desktop.train.earlier_dialog import EarlierDialog
from desktop.train.run_view import RunView
from engine.messages import Failed, ForgetPretraining, PretrainRun, ReadPretraining
from tests.desktop.train.conftest import MakeDesk
from tests.desktop.train.scripted import Desk, history_of, run_of

RUNS = (
    run_of("small", "Harbour small", preset="small", parameters=19_000_000),
    run_of("nano", "Harbour nano", state="done", model="harbour-nano", step=10_000, bits=0.982),
    run_of("new", "Just begun", step=0, bits=None),
)


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    desk = make_desk(runs=RUNS)
    desk.settle()
    return desk


def opened(desk: Desk) -> EarlierDialog:
    desk.page.header.earlier_button.click()
    desk.engine.bridge.flush()
    assert desk.page.earlier.dialog is not None
    return desk.page.earlier.dialog


def choose(dialog: EarlierDialog, *rows: int) -> None:
    chosen = dialog.table.selectionModel()
    chosen.clear()
    for row in rows:
        flags = QItemSelectionModel.SelectionFlag
        chosen.select(dialog.table.model().index(row, 0), flags.Select | flags.Rows)


def shown(desk: Desk) -> RunView:
    view = desk.page.board.view
    assert isinstance(view, RunView)
    return view


def test_they_are_listed_with_their_numbers(desk: Desk) -> None:
    dialog = opened(desk)
    rows = [[cell.replace("\u00a0", " ") for cell in row] for row in dialog.table.texts.rows]
    assert rows[0][:4] == ["Harbour small", "Small, 19 M", "6,200 of 10,000", "1.213"] and rows[0][5] == "Unfinished"
    assert rows[1][:4] == ["Harbour nano", "Nano, 6.8 M", "10,000", "0.982"] and rows[1][5] == "Done"
    assert rows[2][3] == "", "what was not measured is not said"
    dialog.reject()
    assert desk.page.earlier.dialog is None


def test_without_runs_it_says_so(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.settle()
    dialog = opened(desk)
    assert dialog.note.text().startswith("No run yet.") and not dialog.open_button.isEnabled()
    assert dialog.open_button.toolTip() == "Choose a run first."


def test_what_can_be_done_depends_on_what_is_chosen(desk: Desk) -> None:
    dialog = opened(desk)
    choose(dialog, 1)
    assert dialog.open_button.isEnabled() and dialog.go_on.toolTip() == "This run came to its end."
    assert not dialog.compare.isEnabled() and "two runs" in dialog.compare.toolTip()
    choose(dialog, 0, 1)
    assert dialog.compare.isEnabled() and not dialog.open_button.isEnabled()


def test_one_is_opened_as_it_was(desk: Desk) -> None:
    dialog = opened(desk)
    choose(dialog, 1)
    dialog.open_button.click()
    desk.settle()
    view = shown(desk)
    assert view.head.title.text() == "Harbour nano" and view.head.mode == "done"
    assert view.watch.scrubber.marks[-1] == 6_200 and view.curves.summary().startswith("From 8.1")
    assert not view.watch.field.button.isEnabled()
    heard = []
    desk.page.chat_wanted.connect(heard.append)
    view.head.chat.click()
    assert heard == ["harbour-nano"]


def test_a_double_click_or_enter_opens_too(desk: Desk, qtbot: QtBot) -> None:
    dialog = opened(desk)
    choose(dialog, 0)
    dialog.table.setCurrentIndex(dialog.table.model().index(0, 0))
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    desk.settle()
    assert shown(desk).head.title.text() == "Harbour small" and shown(desk).head.go_on.isVisible()
    assert len(desk.engine.asked(ReadPretraining)) == 1, "once, though two signals say so"


def test_several_are_compared_by_bits_a_byte(desk: Desk) -> None:
    dialog = opened(desk)
    choose(dialog, 0, 1, 2)
    dialog.compare.click()
    for _ in range(4):
        desk.engine.bridge.flush()
    comparison = desk.page.earlier.comparison
    assert isinstance(comparison, CompareDialog)
    assert [one.run.title for one in comparison.histories] == ["Harbour small", "Harbour nano"]
    assert "nothing was measured yet: Just begun." in comparison._remark()
    assert len(comparison.table.texts.rows) == 3
    assert "Harbour nano ends at 0." in comparison.plot.accessibleDescription()
    comparison.by.chosen.emit(BY_STEP)
    comparison.close()


def test_more_runs_than_lines_are_named_as_such(desk: Desk, qtbot: QtBot) -> None:
    histories = [history_of(run_of(str(number), f"Run {number}")) for number in range(7)]
    dialog = CompareDialog(desk.page._look, histories, desk.page)
    qtbot.addWidget(dialog)
    assert len(dialog.histories) == 5 and "Only the first 5 are drawn." in dialog._remark()
    assert len(dialog.table.texts.rows) == 7


def test_a_comparison_is_along_tokens_or_steps() -> None:
    history = history_of(RUNS[0])
    by_tokens, by_step = points(history, BY_TOKENS), points(history, BY_STEP)
    assert [y for _, y in by_tokens] == [y for _, y in by_step]
    assert by_tokens[1][0] == by_step[1][0] * 4_096


def test_an_unfinished_one_goes_on_from_the_list(desk: Desk) -> None:
    dialog = opened(desk)
    choose(dialog, 0)
    dialog.go_on.click()
    desk.settle()
    assert desk.engine.training.title == "Harbour small" and desk.engine.training.resume


def test_deleting_is_asked_and_names_what_goes(desk: Desk) -> None:
    dialog = opened(desk)
    choose(dialog, 0, 1)
    dialog.delete.click()
    assert dialog.confirm is not None and dialog.confirm.windowTitle() == "Delete 2 runs?"
    dialog.confirm.stay.click()
    assert desk.engine.asked(ForgetPretraining) == []
    dialog.delete.click()
    dialog.confirm.go.click()
    for _ in range(4):
        desk.engine.bridge.flush()
    assert [run.name for run in desk.engine.runs] == ["new"] and len(dialog.table.texts.rows) == 1


def test_a_deleted_run_is_no_longer_on_screen(desk: Desk) -> None:
    desk.page.watching.show_history(history_of(RUNS[1]))
    desk.settle()
    assert shown(desk).isVisible()
    desk.page.runs.forget(RUNS[1])
    desk.settle()
    desk.settle()
    assert desk.page.board.empty.isVisible() and not shown(desk).isVisible()


def test_what_goes_on_is_not_deleted_and_can_be_gone_back_to(desk: Desk) -> None:
    desk.begin()
    desk.engine.step(300)
    desk.engine.runs = (run_of("live", "Small world nano", running=True), *RUNS)
    dialog = opened(desk)
    choose(dialog, 0)
    assert not dialog.delete.isEnabled() and "Stop it first" in dialog.delete.toolTip()
    choose(dialog, 1)
    assert dialog.go_on.toolTip() == "Waits until the current run ends."
    dialog.open_button.click()
    desk.settle()
    view = shown(desk)
    assert view.head.title.text() == "Harbour small" and view.head.back_button.isVisible()
    desk.engine.step(1_000, first=301)
    desk.settle()
    assert view.head.title.text() == "Harbour small", "the run behind it does not take its place"
    view.head.back_button.click()
    assert view.head.title.text() == "Small world nano" and view.head.pause.isVisible()


def test_a_run_that_ends_behind_another_is_told(desk: Desk) -> None:
    desk.begin()
    desk.engine.step(300)
    desk.page.watching.show_history(history_of(RUNS[1]))
    desk.engine.end()
    assert shown(desk).head.title.text() == "Harbour nano"
    assert any("is trained" in text for text in desk.notices.texts())


def test_what_cannot_be_read_is_said_in_the_list(desk: Desk) -> None:
    dialog = opened(desk)
    desk.engine.answers[ReadPretraining] = lambda c: [Failed(c.job, "Its record is damaged", "Delete it")]
    choose(dialog, 0, 1)
    dialog.compare.click()
    desk.engine.bridge.flush()
    assert dialog.trouble.text.text() == "Its record is damaged. Delete it."


def test_a_problem_of_a_run_is_said_below(make_desk: MakeDesk) -> None:
    broken: PretrainRun = run_of(problem="Its text has changed since.")
    desk = make_desk(runs=(broken,))
    desk.settle()
    dialog = opened(desk)
    assert dialog.note.text() == "Its text has changed since." and dialog.go_on.toolTip() == dialog.note.text()
    assert dialog.table.texts.rows[0][5] == "Has a problem"
