"""What is no longer read, and what mattered for a reply."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from desktop.chat.actions import ActionRow
from desktop.chat.context_view import ContextDialog, ImportanceBar, difference, summary
from desktop.chat.window import unread
from desktop.widgets.icon_button import IconButton
from engine.data.chats import StoredMessage
from engine.messages import (
    Cancel,
    Failed,
    Finished,
    Importance,
    Message,
    Overflow,
    Progress,
    Result,
    WeighMessages,
)
from tests.desktop.chat.conftest import MODEL, Desk, piece
from tests.desktop.reachable import nameless

WORDS = tuple(piece(n, f" word{n}") for n in range(6))


@pytest.fixture
def asked(desk: Desk) -> Desk:
    """Two questions with replies."""
    for question in ("First question?", "Second question?"):
        desk.talk.ask(question)
        desk.engine.reply(*WORDS)
        settle(desk)
    return desk


def settle(desk: Desk) -> None:
    for _ in range(3):
        desk.engine.bridge.flush()
        QApplication.processEvents()


def button_of(desk: Desk) -> IconButton:
    row = desk.page.transcript.row_of(desk.talk.messages[-1].id)
    assert isinstance(row, ActionRow)
    return next(one for one in row.findChildren(IconButton) if one.accessibleName().startswith("What mattered"))


def open_dialog(desk: Desk) -> ContextDialog:
    button_of(desk).click()
    return desk.page.transcript.findChildren(ContextDialog)[-1]


def answer(desk: Desk, *nats: float | None) -> None:
    asked = next(one for one in reversed(desk.engine.sent) if isinstance(one, WeighMessages))
    found = tuple(Importance(n, 10 + n, value) for n, value in enumerate(nats))
    desk.engine.say(Progress(asked.job, 3, 9), Result(asked.job, found), Finished(asked.job, "done"))
    settle(desk)


def test_every_message_before_the_reply_is_weighed(asked: Desk) -> None:
    dialog = open_dialog(asked)
    command = next(one for one in asked.engine.sent if isinstance(one, WeighMessages))
    assert [(one.role, one.text) for one in command.messages] == [
        ("user", "First question?"),
        ("assistant", asked.talk.messages[1].text),
        ("user", "Second question?"),
    ]
    assert command.reply == asked.talk.messages[-1].text
    assert f"Measured with {MODEL.title}" in dialog.origin.text()
    answer(asked, None, 0.02, 3.0)
    assert dialog.said.text() == (
        "What mattered most is your “Second question?”: the reply is 20 times likelier with it. "
        "1 message did not fit and was not read."
    )
    bars = [bar.accessibleName() for bar in dialog.findChildren(ImportanceBar)]
    assert bars == ["not read any more", "no difference", "20 times likelier with it"]
    assert nameless(dialog) == []
    dialog.grab()
    dialog.close()


def test_a_failure_can_be_tried_again_and_closing_stops_the_job(asked: Desk) -> None:
    dialog = open_dialog(asked)
    job = next(one.job for one in asked.engine.sent if isinstance(one, WeighMessages))
    asked.engine.say(Failed(job, "The reply is too long", "Choose a shorter one."))
    settle(asked)
    assert dialog.said.text() == "The reply is too long. Choose a shorter one." and not dialog.again_button.isHidden()
    dialog.again_button.click()
    newest = [one.job for one in asked.engine.sent if isinstance(one, WeighMessages)][-1]
    assert newest != job and dialog.again_button.isHidden()
    dialog.close()
    assert Cancel(newest) in asked.engine.sent


def test_a_reply_of_another_model_or_hand_is_said(asked: Desk) -> None:
    reply = asked.talk.messages[-1]
    asked.talk.edit_reply(reply, "My own words about it.")
    settle(asked)
    dialog = open_dialog(asked)
    assert dialog.origin.text().startswith("You wrote this version. Measured with ")
    dialog.close()
    asked.talk.show_version(asked.talk.messages[-1], -1)
    asked.engine.model = replace(MODEL, sha256="other", title="Other")
    asked.load()
    settle(asked)
    dialog = open_dialog(asked)
    assert dialog.origin.text() == "Another model wrote this reply. Measured with Other, before any sampler."
    dialog.close()


def test_without_a_model_the_button_says_so(asked: Desk) -> None:
    asked.loader.unload()
    settle(asked)
    button = button_of(asked)
    assert not button.isEnabled() and "No model is loaded" in button.toolTip()


def stored(*texts: str) -> list[StoredMessage]:
    roles = ("user", "assistant")
    return [
        StoredMessage(n + 1, 1, n or None, roles[n % 2], text, "complete", 0.0, 1, 1)  # type: ignore[arg-type]
        for n, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("overflow", "dropped", "found"),
    [
        ("drop_oldest", 0, set()),
        ("drop_oldest", 2, {1, 2}),
        ("drop_middle", 2, {3, 4}),
        ("stop", 2, set()),
    ],
)
def test_what_is_not_read_follows_the_policy(overflow: Overflow, dropped: int, found: set[int]) -> None:
    assert unread(stored("a", "b", "c", "d", "e"), dropped, overflow) == found


def test_a_failed_reply_is_read_anyway_never_and_counts_for_nothing() -> None:
    assert unread(stored("a", "", "c", "d", "e"), 2, "drop_oldest") == {1, 3}
    assert unread([], 1, "drop_middle") == frozenset()


def test_what_is_not_read_is_dimmed(asked: Desk) -> None:
    transcript = asked.page.transcript
    transcript.verticalScrollBar().setValue(0)
    before = ink(asked)
    transcript.show_unread(2, "drop_oldest")
    after = ink(asked)
    assert after < 0.9 * before
    transcript.show_unread(0, "drop_oldest")
    assert ink(asked) == pytest.approx(before, rel=0.02)


def ink(desk: Desk) -> float:
    """How much darker than paper the picture of the transcript is."""
    image = desk.page.transcript.viewport().grab().toImage()
    lightness: Callable[[int, int], float] = lambda x, y: QColor(image.pixelColor(x, y)).lightnessF()  # noqa: E731
    places = [(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 2)]
    return sum(1 - lightness(*place) for place in places) / len(places)


def test_differences_in_words() -> None:
    assert [difference(n) for n in (None, 0.05, math.log(2.5), -math.log(40), 11.7066, 50.0)] == [
        "not read any more",
        "no difference",
        "2.5 times likelier with it",
        "40 times likelier without it",
        "120,000 times likelier with it",
        "over a million times likelier with it",
    ]
    messages = [Message("system", "Be brief."), Message("user", "x " * 60)]
    assert summary((Importance(0, 3, -1.0), Importance(1, 60, 0.0)), messages) == (
        "No single message made the reply more likely."
    )
    assert "the instructions" in summary((Importance(0, 3, 2.0), Importance(1, 60, 0.0)), messages)
    assert "…”" in summary((Importance(1, 60, 2.0),), messages)
