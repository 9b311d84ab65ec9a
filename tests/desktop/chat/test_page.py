"""The chat page under real keys and clicks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.chat.actions import ActionRow
from desktop.chat.keys import chat_actions
from desktop.widgets.icon_button import IconButton
from engine.messages import TokenCount
from tests.desktop.chat.conftest import Desk, piece
from tests.desktop.reachable import nameless

LONG = [piece(n, f" word{n}", -0.05 if n % 3 else -2.5) for n in range(60)]


def answered(desk: Desk, text: str = "Hello?") -> None:
    QTest.keyClicks(desk.page.composer.field, text)
    QTest.keyClick(desk.page.composer.field, Qt.Key.Key_Return)
    desk.engine.reply(*LONG)


def row_button(desk: Desk, qtbot: QtBot, message: int, name: str) -> IconButton:
    qtbot.waitUntil(lambda: isinstance(desk.page.transcript.row_of(message), ActionRow), timeout=2000)
    row = desk.page.transcript.row_of(message)
    assert row is not None
    return next(b for b in row.findChildren(IconButton) if b.accessibleName() == name)


def test_enter_sends_and_shift_enter_breaks_the_line(desk: Desk) -> None:
    field = desk.page.composer.field
    QTest.keyClicks(field, "two")
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(field, "lines")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert desk.engine.asked.messages[0].text == "two\nlines" and field.toPlainText() == ""


def test_the_two_can_be_swapped(desk: Desk) -> None:
    desk.settings.set("general.enter_sends", False)
    field = desk.page.composer.field
    QTest.keyClicks(field, "one")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.toPlainText() == "one\n"
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert desk.engine.asked.messages[0].text == "one"


def test_nothing_but_spaces_is_not_sent(desk: Desk) -> None:
    QTest.keyClicks(desk.page.composer.field, "   ")
    QTest.keyClick(desk.page.composer.field, Qt.Key.Key_Return)
    assert desk.texts() == [] and not desk.page.composer.send_button.isEnabled()


def test_tab_leaves_the_box(desk: Desk) -> None:
    field = desk.page.composer.field
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert not field.hasFocus() and field.toPlainText() == ""


def test_every_control_has_a_name(desk: Desk, qtbot: QtBot) -> None:
    answered(desk)
    row_button(desk, qtbot, desk.talk.messages[-1].id, "Copy this reply")
    assert nameless(desk.page) == []


def test_a_click_on_a_token_opens_its_card_and_another_token_makes_a_version(desk: Desk, qtbot: QtBot) -> None:
    answered(desk)
    reply = desk.talk.messages[-1]
    transcript = desk.page.transcript
    place = transcript.token_place(reply.id, 3)
    assert place is not None
    qtbot.mouseClick(transcript.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    popover = desk.page.inspector.popover
    assert popover is not None and transcript.selected == (reply.id, 3)
    bars = popover.findChildren(type(popover._bars))[0]
    QTest.keyClick(bars, Qt.Key.Key_Down)
    QTest.keyClick(bars, Qt.Key.Key_Return)
    assert desk.engine.asked.forced == (99,) and len(desk.engine.asked.reply_ids) == 3
    assert desk.page.inspector.popover is None


def test_words_can_be_walked_and_opened_by_keyboard(desk: Desk, qtbot: QtBot) -> None:
    answered(desk)
    reply = desk.talk.messages[-1].id
    acts = chat_actions(desk.page, lambda: True)
    acts["word_right"]()
    acts["word_right"]()
    assert desk.page.transcript.selected == (reply, 1)
    acts["next_unsure"]()
    assert desk.page.transcript.selected == (reply, 3), "tokens 0, 3, 6 … are the unsure ones"
    acts["word_left"]()
    desk.page.transcript.setFocus()
    QTest.keyClick(desk.page.transcript, Qt.Key.Key_Space)
    popover = desk.page.inspector.popover
    assert popover is not None
    QTest.keyClick(popover._bars, Qt.Key.Key_Escape)
    assert desk.page.inspector.popover is None and desk.page.transcript.hasFocus()


def test_esc_leaves_an_edit_before_it_stops_anything(desk: Desk, qtbot: QtBot) -> None:
    answered(desk)
    composer = desk.page.composer
    composer.set_text("my draft")
    qtbot.mouseClick(
        row_button(desk, qtbot, desk.talk.messages[0].id, "Ask this in other words"), Qt.MouseButton.LeftButton
    )
    assert composer.text == "Hello?" and composer.draft == "my draft"
    chat_actions(desk.page, lambda: True)["stop"]()
    assert composer.text == "my draft"


def test_a_waiting_message_can_be_taken_back_removed_and_outlives_an_edit(desk: Desk, qtbot: QtBot) -> None:
    answered(desk)
    composer = desk.page.composer
    desk.talk.ask("again")
    desk.talk.ask("and then?")
    assert composer._banner_text.text() == "Next: and then?" and composer._banner.isVisible()
    composer.edit("old words", "Another version.", "Ask this version")
    composer.leave_editing()
    assert composer._banner_text.text() == "Next: and then?"
    composer._banner_edit.click()
    assert composer.text == "and then?" and desk.talk.waiting == "" and not composer._banner.isVisible()
    QTest.keyClick(composer.field, Qt.Key.Key_Return)
    composer._banner_close.click()
    assert desk.talk.waiting == "" and not composer._banner.isVisible()


def test_while_a_reply_is_written_its_buttons_say_why_they_wait(desk: Desk, qtbot: QtBot) -> None:
    answered(desk)
    desk.talk.ask("again")
    again = row_button(desk, qtbot, desk.talk.messages[1].id, "Write this reply again")
    assert not again.isEnabled() and "Waits" in again.toolTip()
    assert desk.page.composer.stop_button.isVisible()
    desk.page.composer.stop_button.click()
    desk.engine.bridge.flush()
    assert not desk.page.composer.stop_button.isVisible()
    for message in (m.id for m in desk.talk.messages if m.role == "user"):
        assert row_button(desk, qtbot, message, "Ask this in other words").isEnabled()


def test_copying_gives_the_reply_as_it_was_written(desk: Desk, qtbot: QtBot) -> None:
    desk.talk.ask("code?")
    desk.engine.reply(piece(1, "**bold**\n\n"), piece(2, "```\nx = 1\n```"))
    qtbot.mouseClick(row_button(desk, qtbot, desk.talk.messages[-1].id, "Copy this reply"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "**bold**\n\n```\nx = 1\n```"
    buttons = desk.page.transcript.viewport().findChildren(
        IconButton, options=Qt.FindChildOption.FindDirectChildrenOnly
    )
    code = next(b for b in buttons if b.accessibleName() == "Copy this code")
    code.click()
    assert QGuiApplication.clipboard().text() == "x = 1"


def test_streaming_follows_the_end_only_for_who_is_there(desk: Desk, qtbot: QtBot) -> None:
    desk.talk.ask("long")
    for _ in range(12):
        desk.engine.write(*[piece(n, f" word{n}\n") for n in range(20)])
    bar = desk.page.transcript.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 400 and bar.value() == bar.maximum(), timeout=2000)
    bar.setValue(50)
    desk.engine.write(*[piece(n, " more\n") for n in range(20)])
    assert bar.value() == 50


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_theme_and_text_size_change_while_a_reply_is_written(desk: Desk, theme: str) -> None:
    desk.talk.ask("long")
    desk.engine.write(*LONG[:30])
    desk.settings.set("general.theme", theme)
    desk.settings.set("general.text_size", 150)
    desk.engine.write(*LONG[30:])
    desk.engine.end()
    text = "".join(p.text for p in LONG)
    assert desk.texts()[-1] == text
    shown = desk.page.transcript.document().toPlainText()
    assert text.strip() in shown.replace("\n", " ").replace("  ", " ")


def test_the_meter_says_numbers_and_when_it_is_nearly_full(desk: Desk) -> None:
    desk.page.composer.show_count(TokenCount(1900, 2048, 2))
    assert desk.page.composer.meter_text.text() == "1,900 of 2,048, nearly full"
    assert "2 messages" in desk.page.composer.meter_text.toolTip()


def test_rename_pin_and_delete_with_undo(desk: Desk) -> None:
    answered(desk)
    chat = desk.talk.chat
    assert chat is not None
    desk.page.rename(chat.id)
    field = desk.page.header._field
    field.clear()
    QTest.keyClicks(field, "Another title")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert desk.chats.list()[0].title == "Another title"
    desk.talk.pin(chat.id)
    assert desk.chats.list()[0].pinned
    desk.page.delete(chat.id)
    assert desk.chats.list() == [] and "Another title" in desk.notices.texts()[-1]
    desk.talk.restore(chat.id)
    assert desk.texts()[0] == "Hello?"


def test_drafts_belong_to_their_chats(desk: Desk) -> None:
    answered(desk, "first")
    first = desk.talk.chat
    assert first is not None
    desk.page.composer.set_text("unsent")
    desk.page.new_chat()
    assert desk.page.composer.text == ""
    desk.page.open_chat(first.id)
    assert desk.page.composer.text == "unsent"


def test_a_draft_of_a_new_chat_is_there_when_one_comes_back(desk: Desk) -> None:
    answered(desk, "first")
    first = desk.talk.chat
    assert first is not None
    desk.page.new_chat()
    desk.page.composer.set_text("not asked yet")
    desk.page.open_chat(first.id)
    assert desk.page.composer.text == ""
    desk.page.new_chat()
    assert desk.page.composer.text == "not asked yet"
    QTest.keyClick(desk.page.composer.field, Qt.Key.Key_Return)
    desk.engine.reply(piece(1, "yes"))
    desk.page.new_chat()
    assert desk.page.composer.text == ""


def test_an_edit_that_a_reply_overtakes_is_not_lost(desk: Desk) -> None:
    answered(desk)
    desk.page._edit(desk.talk.messages[0])
    desk.talk.ask("meanwhile")
    desk.page.composer.field.setPlainText("in other words")
    QTest.keyClick(desk.page.composer.field, Qt.Key.Key_Return)
    assert desk.page.composer.text == "in other words" and "waits" in desk.notices.texts()[-1]
    desk.engine.end()
    QTest.keyClick(desk.page.composer.field, Qt.Key.Key_Return)
    assert desk.texts()[0] == "in other words"


def test_the_meter_of_another_chat_is_not_that_of_the_reply(desk: Desk) -> None:
    desk.talk.ask("long")
    desk.engine.write(*LONG)
    assert desk.page.composer.meter_text.text() == "80 of 2,048"
    desk.page.new_chat()
    desk.engine.write(*LONG)
    assert desk.page.composer.meter_text.text() == "0 of 2,048"


def test_search_narrows_the_list_and_says_when_nothing_is_found(desk: Desk) -> None:
    answered(desk, "about rivers")
    desk.page.new_chat()
    answered(desk, "about poems")
    side = desk.page.sidebar
    side.search.setText("riv")
    side.refresh()
    titles = [side.list.model().index(n, 0).data() for n in range(side.list.model().rowCount())]
    assert titles == ["Today", "about rivers"]
    side.search.setText("zebra")
    side.refresh()
    assert side._empty.isVisible()


def test_the_list_folds_when_narrow_and_can_still_be_opened(desk: Desk) -> None:
    page = desk.page
    page.sides.fit(900)
    assert not page.sidebar.isVisible()
    page.sides.toggle_list()
    page.sides.fit(890)
    assert page.sidebar.isVisible(), "a person's wish holds while the window stays narrow"
    page.sides.fit(1200)
    page.sides.toggle_list()
    assert not page.sidebar.isVisible()
    chat_actions(page, lambda: True)["search_chats"]()
    assert page.sidebar.isVisible() and page.sidebar.search.hasFocus()


def test_find_marks_all_hits_and_walks_them(desk: Desk) -> None:
    answered(desk)
    bar = desk.page.find_bar
    bar.open()
    QTest.keyClicks(bar._field, "word1")
    assert bar._count.text() == "1 of 11"
    QTest.keyClick(bar._field, Qt.Key.Key_Return)
    assert bar._count.text() == "2 of 11"
    bar._field.setText("nowhere")
    assert bar._count.text() == "Nothing found"
    QTest.keyClick(bar._field, Qt.Key.Key_Escape)
    assert not bar.isVisible() and desk.page.transcript.extraSelections() == []


def test_a_long_chat_opens_quickly_and_makes_rows_for_what_is_in_view_only(
    desk: Desk, make_desk: Callable[[], Desk]
) -> None:
    chat = desk.chats.create("long")
    parent: int | None = None
    for n in range(200):
        parent = desk.chats.add(chat, parent, "user" if n % 2 == 0 else "assistant", f"message {n} " * 20)
    desk.page.open_chat(chat)
    desk.page.transcript._place_overlays()
    assert len(desk.talk.messages) == 200
    assert len(desk.page.transcript.viewport().findChildren(ActionRow)) < 30
    assert desk.page.transcript.cursorForPosition(QPoint(10, 10)).position() > 0, "it opens at its end"
