"""What is found before teaching, and how it is put right."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from engine.messages import CheckPairs, Failed, PlanTeaching
from tests.desktop.teach.scripted import DESK, Desk

MESSY = (
    *DESK,
    ("Can I renew from home?", "Yes, once."),
    ("Is there a lift?", "Yes, behind the front desk."),
    ("Is there parking?", "<p>Yes, <b>behind</b> the house.</p>"),
    ("  Is it warm? ", "Yes."),
    ("Who do I call?", "Call 030 12345678."),
    ("", ""),
)


def titles(desk: Desk) -> list[str]:
    return [row.title.text() for row in desk.page.checks.rows]


def test_says_what_is_in_order(desk: Desk) -> None:
    desk.fill()
    assert titles(desk) == ["No duplicates", "Nothing too long"]
    assert desk.page.checks.rows[0].detail.text() == "10 different questions"
    assert not desk.page.checks.chip.isVisible() and not desk.page.checks.fix.isVisible()


def test_a_row_a_kind_of_problem_with_the_way_to_its_pairs(desk: Desk, qtbot: QtBot) -> None:
    desk.fill(MESSY)
    assert titles(desk)[0] == "2 pairs contradict"
    assert desk.page.checks.rows[0].detail.text().startswith("Pairs 3 and 11 answer")
    assert desk.page.checks.chip.text() == "5 to look at"
    link = desk.page.checks.rows[0].link
    assert link is not None and link.text() == "Review" and link.accessibleName() == "Review: 2 pairs contradict"
    link.click()
    rows = desk.page.table.rows
    assert [rows.index(row, 0).data() for row in range(rows.rowCount())] == ["3", "11"]
    assert "Keep one answer" in desk.page.filter_bar.text.text()
    assert desk.page.table.hasFocus()


def test_all_that_is_safe_is_mended_at_once_and_undone_at_once(desk: Desk) -> None:
    ids = desk.fill(MESSY)
    desk.page.checks.fix.click()
    left = desk.page.pairs.ids
    assert ids[11] not in left and ids[15] not in left and len(left) == len(ids) - 2
    mended = {one.id: one for one in desk.sets.read(ids)}
    assert mended[ids[12]].answer == "Yes, behind the house." and mended[ids[13]].question == "Is it warm?"
    desk.settle()
    assert titles(desk)[:2] == ["2 pairs contradict", "Private data in 1 pair"]
    assert not desk.page.checks.fix.isVisible()
    desk.page.pairs.undo.undo()
    assert desk.page.pairs.ids == ids
    assert [(one.question, one.answer) for one in desk.sets.read(ids)] == list(MESSY)


def test_checks_run_again_after_an_edit(desk: Desk, qtbot: QtBot) -> None:
    ids = desk.fill(MESSY)
    asked = len(desk.engine.asked(CheckPairs))
    desk.page.pairs.write(ids[10], "answer", DESK[2][1])
    assert len(desk.engine.asked(CheckPairs)) == asked, "not with every key"
    qtbot.waitUntil(lambda: len(desk.engine.asked(CheckPairs)) == asked + 1, timeout=5000)
    desk.engine.bridge.flush()
    assert "2 pairs contradict" not in titles(desk)


def test_no_probe_runs_while_another_page_is_shown(desk: Desk, qtbot: QtBot) -> None:
    desk.fill()
    desk.page.hide()
    asked = len(desk.engine.asked(PlanTeaching))
    desk.page.add_pair("Is it warm?", "Yes.")
    assert not desk.page.planning._pause.isActive()
    desk.page.show()
    assert desk.page.planning._pause.isActive() and len(desk.engine.asked(PlanTeaching)) == asked


def test_a_check_that_fails_says_so_in_its_place(desk: Desk) -> None:
    desk.engine.answers[CheckPairs] = lambda c: [Failed(c.job, "The memory is full", "Close other programs.")]
    desk.fill()
    assert titles(desk) == ["The memory is full"] and desk.notices.texts() == []
