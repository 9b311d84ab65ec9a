"""The next words beside the chat: what they follow, what choosing one does, and where the dock stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.chat.certainty import certainty_of
from desktop.chat.dock.growing import Growing
from desktop.chat.dock.place import Place
from desktop.chat.dock.wording import choices_in, followed, kept
from desktop.chat.keys import chat_actions
from engine.messages import Chance, ChatChances, Finished, Message, NextChances, NextInChat, Result, XRayStage
from tests.desktop.chat.conftest import MODEL, Desk, piece
from tests.desktop.reachable import nameless

WORDS = NextChances(
    "word", (Chance(" twice", 0.6, (7, 8)), Chance(" once", 0.3, (9,)), Chance(" it", 0.05, (3,))), 0.05, 3, 1.0, 2
)
STAGES = (
    XRayStage("raw", 1.0, 100, 1.0, (Chance(" tw", 0.6, (7,)), Chance(" once", 0.3, (9,)))),
    XRayStage("temperature", 1.0, 100, 0.9, (Chance(" tw", 0.7, (7,)), Chance(" once", 0.3, (9,)))),
    XRayStage("min_p", 0.9, 2, 0.6, (Chance(" tw", 0.7, (7,)), Chance(" once", 0.3, (9,)))),
)
CHANCES = ChatChances(WORDS, STAGES)
REPLY = (piece(1, "You"), piece(2, " can"), piece(3, " keep"), piece(4, " it"), piece(0, ""))


@pytest.fixture
def docked(desk: Desk, qtbot: QtBot) -> Desk:
    desk.load()
    desk.page.sides.show_dock(True)
    desk.page.window().activateWindow()
    settle()
    return desk


def settle(wait: int = 30) -> None:
    QTest.qWait(wait)


def asked(desk: Desk) -> list[NextInChat]:
    return [one for one in desk.engine.sent if isinstance(one, NextInChat)]


def answer(desk: Desk, chances: ChatChances = CHANCES) -> None:
    job = asked(desk)[-1].job
    desk.engine.say(Result(job, chances), Finished(job, "done"))
    desk.engine.bridge.flush()


def place_of(desk: Desk) -> Place:
    place = desk.page.dock.following.place
    assert place is not None
    return place


def shown(desk: Desk) -> list[str]:
    return [row.text for row in desk.page.dock.panel.bars.rows()]


def talked(desk: Desk) -> None:
    desk.talk.ask("How long may I keep it?")
    desk.engine.reply(*REPLY)
    settle()


def test_it_follows_the_reply_as_it_is_written_and_waits_between_two_looks(docked: Desk) -> None:
    docked.talk.ask("How long may I keep it?")
    before = len(asked(docked))
    docked.engine.write(*REPLY[:2])
    settle()
    look = asked(docked)[-1]
    assert len(asked(docked)) == before + 1 and look.ids == (1, 2) and look.draft is None
    assert look.messages[-1] == Message("user", "How long may I keep it?") and place_of(docked).before == "You can"
    docked.engine.write(REPLY[2])
    docked.engine.write(REPLY[3])
    settle()
    assert len(asked(docked)) == before + 1, "one look at a time"
    answer(docked)
    assert shown(docked) == ["twice", "once", "it", "<others>"]
    settle(250)
    assert asked(docked)[-1].ids == (1, 2, 3, 4) and len(asked(docked)) == before + 2


def test_at_the_end_it_shows_the_place_of_the_token_that_ended_the_reply(docked: Desk) -> None:
    talked(docked)
    assert asked(docked)[-1].ids == (1, 2, 3, 4)
    answer(docked)
    assert place_of(docked).before == "You can keep it"
    assert docked.page.dock.panel.reply.isVisible() and docked.page.dock.panel.note.text().startswith("“")


def test_a_chosen_token_is_shown_and_a_word_there_begins_a_new_version(docked: Desk) -> None:
    talked(docked)
    message = docked.talk.messages[-1]
    docked.page.transcript.select(message.id, 2)
    settle()
    assert asked(docked)[-1].ids == (1, 2) and place_of(docked).before == "You can"
    answer(docked)
    docked.page.dock.panel.bars.chosen.emit(0)
    assert docked.engine.asked.forced == (7, 8) and docked.engine.asked.reply_ids == (1, 2)


def test_rows_and_place_are_always_of_the_same_look(docked: Desk) -> None:
    talked(docked)
    answer(docked)
    message = docked.talk.messages[-1]
    docked.page.transcript.select(message.id, 1)
    settle()
    docked.page.dock.panel.bars.chosen.emit(0)  # the numbers are still those of the end
    assert docked.engine.asked.reply_ids == (1, 2, 3, 4)


def test_after_the_sampler_tokens_are_shown_and_chosen(docked: Desk) -> None:
    talked(docked)
    answer(docked)
    panel = docked.page.dock.panel
    panel.stage.set_value("sampler")
    panel.stage.chosen.emit("sampler")
    assert shown(docked) == ["tw", "once"] and "2 candidates stay" in panel.kept.text()
    assert "After the sampler" in panel.how.text()
    panel.bars.chosen.emit(1)
    assert docked.engine.asked.forced == (9,)


@pytest.mark.parametrize(
    ("typed", "chances", "written"),
    [
        ("May I come ", WORDS, "May I come twice"),
        ("May I come", WORDS, "May I come twice"),
        ("May I 🙂 tw", NextChances("word", (Chance("twice", 0.6, (7, 8)),), 0.4, 1, 1.0, 2, "tw"), "May I 🙂 twice"),
    ],
)
def test_it_follows_the_cursor_and_writes_a_word_there(
    docked: Desk, qtbot: QtBot, typed: str, chances: NextChances, written: str
) -> None:
    field = docked.page.composer.field
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    field.insertPlainText(f"{typed}, or not?")
    cursor = field.textCursor()
    cursor.setPosition(len(typed.encode("utf-16-le")) // 2)
    field.setTextCursor(cursor)
    settle(120)
    look = asked(docked)[-1]
    assert (look.draft, look.ids, look.messages) == (typed, (), ())
    answer(docked, ChatChances(chances, ()))
    assert not docked.page.dock.panel.stage.isEnabled()
    docked.page.dock.panel.bars.chosen.emit(0)
    assert field.toPlainText() == f"{written}, or not?"


def test_typing_a_next_message_reads_what_was_said_before(docked: Desk, qtbot: QtBot) -> None:
    talked(docked)
    field = docked.page.composer.field
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClicks(field, "And")
    settle(120)
    assert asked(docked)[-1].draft == "And" and [m.role for m in asked(docked)[-1].messages] == ["user", "assistant"]
    field.clear()
    settle(120)
    assert asked(docked)[-1].draft is None and asked(docked)[-1].ids == (1, 2, 3, 4)


def test_while_a_reply_is_written_no_word_can_be_chosen_and_the_reason_stands_there(docked: Desk) -> None:
    docked.talk.ask("How long?")
    docked.engine.write(*REPLY[:2])
    settle()
    answer(docked)
    wanted = docked.engine.asked
    docked.page.dock.panel.bars.chosen.emit(0)
    assert docked.engine.asked is wanted and "Waits" in docked.page.dock.panel.how.text()


def test_a_reply_of_another_model_is_shown_as_its_receipt_has_it(docked: Desk) -> None:
    talked(docked)
    docked.engine.model = type(MODEL)("other", "Other", "zzz", "cpu", "float32", "", 2, 2048, 1000, True)
    docked.loader.load("other")
    docked.engine.bridge.flush()
    settle()
    before = len(asked(docked))
    docked.page.transcript.select(docked.talk.messages[-1].id, 1)
    settle()
    assert len(asked(docked)) == before and "from its receipt" in docked.page.dock.panel.note.text()
    assert shown(docked)[0] == "can" and shown(docked)[-1] == "<others>"


def test_nothing_is_asked_while_the_dock_is_shut(docked: Desk) -> None:
    docked.page.sides.toggle_dock()
    before = len(asked(docked))
    talked(docked)
    assert len(asked(docked)) == before
    chat_actions(docked.page, lambda: True)["toggle_dock"]()
    settle()
    assert len(asked(docked)) == before + 1 and docked.page.header.dock_button.isChecked()


def test_without_a_model_it_says_what_to_do(make_desk: Callable[[], Desk]) -> None:
    desk = make_desk()
    desk.page.sides.show_dock(True)
    settle()
    panel = desk.page.dock.panel
    assert panel.note.isVisible() and "Choose a model" in panel.note.text() and not panel.bars.isVisible()


def test_the_strip_and_the_chips_lead_to_tokens(docked: Desk) -> None:
    talked(docked)
    answer(docked)
    strip = docked.page.dock.panel.reply.strip
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_Right)
    settle()
    assert docked.page.transcript.selected == (docked.talk.messages[-1].id, 0)
    assert nameless(docked.page.dock.panel) == []


def test_a_narrow_window_has_it_over_the_page_and_escape_shuts_it(docked: Desk) -> None:
    page, sides = docked.page, docked.page.sides
    beside = page.empty.width()
    sides.fit(1100)
    settle()
    assert not sides.dock_shown and page.empty.width() > beside
    sides.toggle_dock()
    settle()
    assert sides.dock_over and page.dock.panel.geometry().right() == page.width() - 1
    page.resize(1090, 700)
    assert page.dock.panel.geometry().right() == page.width() - 1
    chat_actions(page, lambda: True)["stop"]()
    assert not sides.dock_shown
    sides.fit(1300)
    assert sides.dock_shown and not sides.dock_over, "a wide window has it again as the person wants it"


def test_width_and_wish_survive_a_restart(docked: Desk, tmp_path: Path) -> None:
    sides = docked.page.sides
    sides.grip.dragged.emit(40)
    assert docked.page.dock.panel.width() == 352
    sides.grip.dragged.emit(4000)
    assert docked.page.dock.panel.width() == 420
    sides.show_dock(False)
    state = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    sides.save(state)
    sides.show_dock(True)
    sides.restore(state)
    assert not sides.dock_shown
    sides.show_dock(True)
    assert docked.page.dock.panel.width() == 420


def test_what_is_shown_can_be_saved(docked: Desk, tmp_path: Path) -> None:
    talked(docked)
    answer(docked)
    saving = docked.page.dock.saving
    for format in ("png", "svg", "csv", "json"):
        path = tmp_path / f"next.{format}"
        saving.write(path, format)
        assert path.stat().st_size > 200
    text = (tmp_path / "next.csv").read_text("utf-8-sig")
    assert '"next word, model",, twice,0.6,7 8' in text and '"sampler, model",raw,' in text
    assert "You can keep it" in text and "Tiny (tiny)" in text


def test_what_is_read_on_is_what_the_whole_receipt_says(docked: Desk) -> None:
    docked.talk.ask("How long?")
    receipts, growing = docked.talk.receipts, Growing(docked.talk.receipts)
    for text in (" You", " can", " keep", " it"):
        docked.engine.write(piece(len(text), text, -1.5))
        message = docked.talk.messages[-1].id
        whole = certainty_of(receipts.spans(message), receipts.rivals(message))
        assert growing.certainty(message) == whole and len(whole.unsure) == len(whole.spans)
    docked.engine.end()
    assert growing.certainty(message) == whole and growing.certainty(message + 100).spans == ()


def test_sentences() -> None:
    place = Place("token", "a" * 60, {})
    assert followed(place) == f"After  …{'a' * 44}" and followed(Place("token", "", {})).endswith("of the reply")
    assert choices_in(NextChances("word", (), 1.0, 0, 0.0, 1)) == "only 1 word"
    assert "at least" in choices_in(NextChances("word", (), 1.0, 0, 3.0, 1))
    one = XRayStage("min_p", 1.0, 1, 0.0, (Chance(" a", 1.0, (1,)),))
    assert kept(one) == "1 candidate stays. “a” now has a 100.0% chance."
    QApplication.processEvents()
