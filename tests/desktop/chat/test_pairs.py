"""Replies that lean on taught pairs: the line that says so, and the switch that turns it off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.chat.actions import ActionRow
from desktop.chat.facts import meant
from desktop.chat.leaning import PairLinks
from desktop.chat.panels import USE_PAIRS, SamplingDialog
from desktop.widgets.button import Button
from desktop.widgets.icon_button import IconButton
from desktop.widgets.switch import Switch
from engine.messages import CardUsed, WeighMessages
from tests.desktop.chat.conftest import MODEL, Desk, piece
from tests.desktop.reachable import nameless

CARD = CardUsed(12, "How do I renew?", "Online, twice.", 0.931)


def asked(desk: Desk, text: str) -> None:
    QTest.keyClicks(desk.page.composer.field, text)
    QTest.keyClick(desk.page.composer.field, Qt.Key.Key_Return)


def row_of(desk: Desk, qtbot: QtBot, message: int) -> ActionRow:
    qtbot.waitUntil(lambda: isinstance(desk.page.transcript.row_of(message), ActionRow), timeout=2000)
    row = desk.page.transcript.row_of(message)
    assert isinstance(row, ActionRow)
    return row


def links(row: ActionRow) -> list[Button]:
    return [b for part in row.findChildren(PairLinks) for b in part.findChildren(Button)]


def test_the_reply_names_its_pair_and_space_on_it_asks_for_the_pair(desk: Desk, qtbot: QtBot) -> None:
    asked(desk, "renew?")
    desk.engine.write(piece(1, "Online, twice."), cards=(CARD,))
    desk.engine.end()
    (link,) = links(row_of(desk, qtbot, desk.talk.messages[-1].id))
    assert link.text() == "From your pair 12"
    assert link.toolTip() == "How do I renew? · 93\u00a0% sure that this pair is meant"
    assert nameless(desk.page) == []
    link.setFocus()
    with qtbot.waitSignal(desk.page.pair_wanted) as heard:
        QTest.keyClick(link, Qt.Key.Key_Space)
    assert heard.args == [12]


def test_it_is_said_while_the_reply_is_still_written(desk: Desk, qtbot: QtBot) -> None:
    asked(desk, "renew?")
    row = row_of(desk, qtbot, desk.talk.messages[-1].id)
    assert links(row) == []
    desk.engine.write(piece(1, "Online"), cards=(CARD,))
    desk.engine.write(piece(2, ", twice."), cards=(CARD,))
    assert [link.text() for link in links(row)] == ["From your pair 12"]


def test_the_line_stands_between_the_text_and_the_buttons(desk: Desk, qtbot: QtBot) -> None:
    asked(desk, "renew?")
    desk.engine.write(piece(1, "Online, twice."), cards=(CARD,))
    desk.engine.end()
    asked(desk, "and?")
    desk.engine.reply(piece(2, "Nothing."))
    first, second = (row_of(desk, qtbot, desk.talk.messages[n].id) for n in (1, 3))
    (link,) = links(first)
    token = desk.page.transcript.token_place(desk.talk.messages[1].id, 0)
    assert token is not None and links(second) == []
    assert first.height() > second.height() and first.y() >= token.bottom() - 4
    fact = first._fact
    assert link.mapTo(first, link.rect().bottomLeft()).y() <= fact.mapTo(first, fact.rect().topLeft()).y() + 8
    following = desk.page.transcript.token_place(desk.talk.messages[3].id, 0)
    assert following is not None and following.top() > first.geometry().bottom()


def test_it_is_there_after_a_restart(desk: Desk, make_desk: Callable[[], Desk], qtbot: QtBot) -> None:
    asked(desk, "renew?")
    desk.engine.write(piece(1, "Online, twice."), cards=(CARD,))
    desk.engine.end()
    chat = desk.talk.chat
    again = make_desk()
    assert chat is not None
    again.page.open_chat(chat.id)
    (link,) = links(row_of(again, qtbot, again.talk.messages[-1].id))
    assert link.text() == "From your pair 12" and "93" in link.toolTip()
    turn = again.talk.receipts.turn(again.talk.messages[-1].id)
    assert turn is not None and turn.cards == (CARD,)


def test_what_mattered_is_measured_with_the_pair_that_was_before_the_question(desk: Desk, qtbot: QtBot) -> None:
    asked(desk, "renew?")
    desk.engine.write(piece(1, "Online, twice."), cards=(CARD,))
    desk.engine.end()
    row = row_of(desk, qtbot, desk.talk.messages[-1].id)
    next(one for one in row.findChildren(IconButton) if one.accessibleName().startswith("What mattered")).click()
    (command,) = [one for one in desk.engine.sent if isinstance(one, WeighMessages)]
    assert command.cards == (CARD,) and command.messages[-1].text == "renew?"


def test_a_long_question_is_cut_and_almost_sure_is_not_sure() -> None:
    said = meant(CardUsed(3, "why\n" * 200, "", 0.9999))
    assert len(said) < 220 and "…" in said and "99\u00a0% sure" in said
    assert "100\u00a0% sure" in meant(CardUsed(3, "Why?", "", 1.0))


def test_pairs_can_be_turned_off_for_a_chat_by_keyboard_and_stay_off(
    desk: Desk, make_desk: Callable[[], Desk], qtbot: QtBot
) -> None:
    desk.engine.model = replace(MODEL, cards=48)
    desk.load()
    asked(desk, "first")
    assert desk.engine.asked.cards
    desk.engine.reply(piece(1, "yes"))
    desk.page.composer.sampling.emit()
    dialog = desk.page.findChild(SamplingDialog)
    assert isinstance(dialog, SamplingDialog)
    switch = next(s for s in dialog.findChildren(Switch) if s.accessibleName() == USE_PAIRS)
    assert switch.isVisible() and switch.isChecked() and nameless(dialog) == []
    switch.setFocus()
    QTest.keyClick(switch, Qt.Key.Key_Space)
    dialog.accept()
    asked(desk, "second")
    assert not desk.engine.asked.cards
    desk.engine.reply(piece(1, "yes"))
    chat = desk.talk.chat
    again = make_desk()
    again.load()
    assert chat is not None
    again.page.open_chat(chat.id)
    asked(again, "third")
    assert not again.engine.asked.cards
    again.engine.reply(piece(1, "yes"))
    again.page.new_chat()
    asked(again, "another chat")
    assert again.engine.asked.cards


def test_use_the_defaults_turns_pairs_on_again(desk: Desk) -> None:
    desk.engine.model = replace(MODEL, cards=1)
    desk.load()
    dialog = SamplingDialog(desk.page._look, desk.talk, desk.page)
    dialog.show()
    switch = next(s for s in dialog.findChildren(Switch) if s.accessibleName() == USE_PAIRS)
    switch.click()
    assert not desk.talk.options.of(desk.talk.chat).cards
    dialog._usual.click()
    assert switch.isChecked() and desk.talk.options.of(desk.talk.chat).cards
    assert not dialog._usual.isEnabled()
    dialog.close()


def test_without_pairs_there_is_no_switch(desk: Desk) -> None:
    dialog = SamplingDialog(desk.page._look, desk.talk, desk.page)
    dialog.show()
    assert not any(s.accessibleName() == USE_PAIRS for s in dialog.findChildren(Switch))
    dialog.close()
