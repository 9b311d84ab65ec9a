"""Correct and teach, from the button under a reply to the model that learned it, with real keys."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.chat.actions import CORRECT, ActionRow
from desktop.chat.correct_dialog import CorrectDialog
from desktop.widgets.button import Button
from engine.messages import Cancel, Corrected, Failed, Finished, LoadModel, Progress, Result, TeachReply
from tests.desktop.chat.conftest import MODEL, Desk, piece
from tests.desktop.reachable import nameless


@dataclass
class Table:
    """The pairs of the page Teach, numbered from 12."""

    pairs: list[tuple[str, str]] = field(default_factory=list)

    def add(self, question: str, answer: str) -> int:
        self.pairs.append((question, answer))
        return 11 + len(self.pairs)


@pytest.fixture
def table(desk: Desk) -> Table:
    table = Table()
    desk.talk.correcting.keep_pair = table.add
    QTest.keyClicks(desk.page.composer.field, "How long?")
    QTest.keyClick(desk.page.composer.field, Qt.Key.Key_Return)
    desk.engine.reply(piece(1, "Two weeks."))
    return table


def button(desk: Desk, qtbot: QtBot, number: int = 1) -> Button:
    message = desk.talk.messages[number].id
    qtbot.waitUntil(lambda: isinstance(desk.page.transcript.row_of(message), ActionRow), timeout=2000)
    row = desk.page.transcript.row_of(message)
    assert row is not None
    return next(b for b in row.findChildren(Button) if b.accessibleName() == CORRECT)


def opened(desk: Desk, qtbot: QtBot) -> CorrectDialog:
    found = button(desk, qtbot)
    found.setFocus()
    QTest.keyClick(found, Qt.Key.Key_Space)
    dialog = desk.page.corrections.dialog
    assert dialog is not None and dialog.isVisible()
    qtbot.waitUntil(dialog.answer.hasFocus)
    return dialog


def corrected(dialog: CorrectDialog, text: str = "Three weeks.") -> None:
    dialog.answer.selectAll()
    QTest.keyClicks(dialog.answer, text)
    QTest.keyClick(dialog.answer, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def teaching(desk: Desk) -> TeachReply:
    return next(c for c in reversed(desk.engine.sent) if isinstance(c, TeachReply))


def learn(desk: Desk, name: str = "tiny-taught-12") -> None:
    job = teaching(desk).job
    desk.engine.say(Result(job, Corrected(name, 0.03, 0.97, "Three weeks, online.")), Finished(job, "done"))
    desk.engine.bridge.flush()
    desk.engine.bridge.flush()  # the loader's answer


def test_a_reply_is_put_right_taught_and_the_model_that_learned_is_loaded(
    desk: Desk, table: Table, qtbot: QtBot
) -> None:
    desk.talk.set_instructions("Be brief.")
    dialog = opened(desk, qtbot)
    assert dialog.question.toPlainText() == "How long?" and dialog.answer.toPlainText() == "Two weeks."
    assert nameless(dialog) == []
    corrected(dialog)
    assert table.pairs == [("How long?", "Three weeks.")]
    command = teaching(desk)
    lesson = command.lesson
    assert (lesson.id, lesson.question, lesson.answer) == (12, "How long?", "Three weeks.")
    assert lesson.system == "Be brief." and lesson.earlier == () and command.name == "Tiny taught 12"
    desk.engine.say(Progress(command.job, 3, 12, "Teaching"))
    desk.engine.bridge.flush()
    assert dialog.said.text() == "Teaching, 3 of 12" and dialog.meter.isVisible()
    assert not dialog.teach_button.isEnabled() and dialog.answer.isReadOnly()
    desk.engine.model = replace(MODEL, name="tiny-taught-12", adapters=("tiny-taught-12",), base="tiny", cards=1)
    learn(desk)
    assert dialog.said.text() == "The right answer was 3\u00a0% likely, now 97\u00a0%."
    assert dialog.now.isVisible() and dialog.now.toPlainText() == "Three weeks, online."
    assert [c.name for c in desk.engine.sent if isinstance(c, LoadModel)] == ["tiny", "tiny-taught-12"]
    assert desk.loader.loaded is not None and desk.loader.loaded.cards == 1
    QTest.keyClick(dialog.close_button, Qt.Key.Key_Return)
    assert desk.page.corrections.dialog is None and button(desk, qtbot).isEnabled()


def test_what_is_taught_already_learns_on_under_its_name(desk: Desk, table: Table, qtbot: QtBot) -> None:
    desk.engine.model = replace(MODEL, name="desk-v3", title="Desk v3", adapters=("desk-v3",), base="tiny", cards=4)
    desk.load()
    corrected(opened(desk, qtbot))
    assert teaching(desk).name == "desk-v3"


def test_it_waits_while_a_reply_is_written_and_while_no_model_is_there(desk: Desk, table: Table, qtbot: QtBot) -> None:
    desk.talk.ask("again")
    waiting = button(desk, qtbot)
    assert not waiting.isEnabled() and "Waits until the reply" in waiting.toolTip()
    desk.engine.reply(piece(2, "Yes."))
    assert button(desk, qtbot).isEnabled()
    desk.loader.unload()
    without = button(desk, qtbot)
    assert not without.isEnabled() and "No model" in without.toolTip()


def test_a_failure_is_said_and_trying_again_keeps_one_pair(desk: Desk, table: Table, qtbot: QtBot) -> None:
    dialog = opened(desk, qtbot)
    corrected(dialog)
    desk.engine.say(Failed(teaching(desk).job, "The disk is full", "Make room, then try again."))
    desk.engine.bridge.flush()
    assert dialog.said.text() == "The disk is full. Make room, then try again. The answer is kept as pair 12."
    assert dialog.teach_button.isEnabled() and not dialog.answer.isReadOnly() and not dialog.meter.isVisible()
    QTest.keyClick(dialog.answer, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len([c for c in desk.engine.sent if isinstance(c, TeachReply)]) == 2 and len(table.pairs) == 1
    assert teaching(desk).lesson.id == 12
    assert [c.name for c in desk.engine.sent if isinstance(c, LoadModel)] == ["tiny"]


def test_stop_leaves_the_model_as_it_was(desk: Desk, table: Table, qtbot: QtBot) -> None:
    dialog = opened(desk, qtbot)
    corrected(dialog)
    dialog.stop_button.setFocus()
    QTest.keyClick(dialog.stop_button, Qt.Key.Key_Space)
    assert Cancel(teaching(desk).job) in desk.engine.sent
    desk.engine.bridge.flush()
    assert dialog.said.text() == "Stopped; the model is as it was. The answer is kept as pair 12."
    assert not dialog.stop_button.isVisible() and dialog.teach_button.isEnabled()


def test_who_closes_it_meanwhile_hears_the_end_as_a_notice(desk: Desk, table: Table, qtbot: QtBot) -> None:
    dialog = opened(desk, qtbot)
    corrected(dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert desk.page.corrections.dialog is None
    waiting = button(desk, qtbot)
    assert not waiting.isEnabled() and "correction before it" in waiting.toolTip()
    learn(desk)
    assert "now 97\u00a0%" in desk.notices.texts()[-1] and button(desk, qtbot).isEnabled()


def test_an_empty_answer_cannot_be_taught(desk: Desk, table: Table, qtbot: QtBot) -> None:
    dialog = opened(desk, qtbot)
    corrected(dialog, "  ")
    assert not dialog.teach_button.isEnabled() and table.pairs == []
    assert not any(isinstance(c, TeachReply) for c in desk.engine.sent)


def test_another_model_chosen_meanwhile_stays(desk: Desk, table: Table, qtbot: QtBot) -> None:
    corrected(opened(desk, qtbot))
    desk.loader.load("other")
    desk.engine.bridge.flush()
    learn(desk)
    assert desk.loader.wanted == "other"
