"""The strip of certainty under a reply, and the jumps from one place of doubt to the next."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.chat.actions import ActionRow
from desktop.chat.certainty import certainty_of
from desktop.chat.jumping import Jumps
from desktop.chat.keys import chat_actions
from desktop.chat.strip import CertaintyLine, CertaintyStrip
from engine.data.receipts import Span
from engine.messages import Alternative, Piece
from tests.desktop.chat.conftest import Desk
from tests.desktop.reachable import nameless


def token(number: int, text: str, probability: float, rival: float = 0.01) -> Piece:
    alternatives = (Alternative(number, text, math.log(probability)), Alternative(999, " other", math.log(rival)))
    return Piece(number, text, math.log(probability), 1.0, tuple(sorted(alternatives, key=lambda one: -one.logprob)))


WORDS = (
    token(1, "You", 0.9),
    token(2, " can", 0.3, 0.2),
    token(3, " keep", 0.95),
    token(4, " it", 0.45, 0.4),
    token(5, " for", 0.1, 0.6),
    token(6, " ever", 0.8),
)


@pytest.fixture
def asked(desk: Desk) -> Desk:
    """With one reply, of which tokens 1 and 4 are unsure and 1, 3 and 4 are forks."""
    desk.talk.ask("How long?")
    desk.engine.reply(*WORDS)
    settle(desk)
    return desk


def settle(desk: Desk) -> None:
    for _ in range(3):
        desk.engine.bridge.flush()
        QApplication.processEvents()


def line_of(desk: Desk) -> CertaintyLine:
    row = desk.page.transcript.row_of(desk.talk.messages[-1].id)
    assert isinstance(row, ActionRow)
    return row.findChildren(CertaintyLine)[0]


def test_unsure_places_and_forks_are_read_from_the_receipt() -> None:
    spans = [Span(0, 0, 2, math.log(0.9)), Span(1, 2, 4, math.log(0.2)), Span(2, 4, 4, -9.0), Span(3, 4, 6, -0.8)]
    found = certainty_of(spans, [(0, math.log(0.05)), (1, math.log(0.12)), (3, math.log(0.3))])
    assert [one.position for one in found.spans] == [0, 1, 3], "half a character and the end have no stripe"
    assert (found.unsure, found.forks) == ((1,), (3,)), "a crumb of 12 percent is no fork"
    assert certainty_of(spans, []).forks == ()


def test_a_reply_has_a_strip_and_says_how_many_doubts_there_are(asked: Desk) -> None:
    line = line_of(asked)
    assert line.chips["unsure"].text() == "2 unsure" and line.chips["forks"].text() == "3 forks"
    assert len(line.strip.spans) == 6
    assert line.strip.accessibleDescription() == "2 unsure tokens of 6"
    line.grab()


def test_a_click_on_a_stripe_jumps_to_its_token(asked: Desk, qtbot: QtBot) -> None:
    strip: CertaintyStrip = line_of(asked).strip
    reply = asked.talk.messages[-1].id
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(strip.width() - 2, 4))
    assert asked.page.transcript.selected == (reply, 5)
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    assert asked.page.transcript.selected == (reply, 4)


def test_chips_go_from_doubt_to_doubt_and_back(asked: Desk, qtbot: QtBot) -> None:
    chips, transcript, reply = line_of(asked).chips, asked.page.transcript, asked.talk.messages[-1].id
    seen = []
    for _ in range(3):
        chips["unsure"].click()
        seen.append(transcript.selected)
    assert seen == [(reply, 1), (reply, 4), (reply, 1)], "after the last comes the first"
    qtbot.keyClick(chips["forks"], Qt.Key.Key_Right)
    assert transcript.selected == (reply, 3)
    qtbot.keyClick(chips["forks"], Qt.Key.Key_Left)
    assert transcript.selected == (reply, 1)
    qtbot.mouseClick(chips["unsure"], Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)
    assert transcript.selected == (reply, 4)
    qtbot.keyClick(chips["unsure"], Qt.Key.Key_Return)
    assert transcript.selected == (reply, 1)


def test_shortcuts_go_through_all_replies(asked: Desk) -> None:
    asked.talk.ask("And films?")
    asked.engine.reply(*WORDS)
    settle(asked)
    first, second = (m.id for m in asked.talk.messages if m.role == "assistant")
    acts = chat_actions(asked.page, lambda: True)
    transcript, seen = asked.page.transcript, []
    for _ in range(7):
        acts["next_fork"]()
        seen.append(transcript.selected)
    assert seen[:6] == [(reply, place) for reply in (first, second) for place in (1, 3, 4)]
    assert seen[6] == (second, 4), "the last stays"
    acts["last_fork"]()
    acts["last_unsure"]()
    assert transcript.selected == (second, 1)


def test_a_reply_without_doubts_has_chips_that_say_so_and_a_short_one_no_strip(desk: Desk) -> None:
    desk.talk.ask("Sure?")
    desk.engine.reply(*(token(n, f" word{n}", 0.95) for n in range(6)))
    settle(desk)
    chip = line_of(desk).chips["unsure"]
    assert not chip.isEnabled() and "no such place" in chip.toolTip()
    desk.talk.ask("Short?")
    desk.engine.reply(token(1, "Yes", 0.3))
    settle(desk)
    row = desk.page.transcript.row_of(desk.talk.messages[-1].id)
    assert row is not None and row.findChildren(CertaintyLine) == []


def test_nothing_lies_over_anything_and_all_has_a_name(asked: Desk) -> None:
    row = asked.page.transcript.row_of(asked.talk.messages[-1].id)
    assert row is not None and row.height() >= row.sizeHint().height() - 4
    assert nameless(row) == []


def test_a_jump_without_places_changes_nothing(desk: Desk) -> None:
    Jumps(desk.page.transcript, desk.talk).through("forks", 1)
    assert desk.page.transcript.selected is None
