"""Notices: what is shown, how long, how many, and what a screen reader is told."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

import desktop.notices
from desktop.notices import MOST, Notice, Notices
from desktop.theme import Look


@pytest.fixture
def notices(look: Look, qtbot: QtBot) -> Notices:
    strip = Notices(look)
    qtbot.addWidget(strip)
    strip.show()
    return strip


def button(notices: Notices, text: str) -> QPushButton:
    return next(one for one in notices.findChildren(QPushButton) if one.text() == text)


def test_it_takes_no_room_while_there_is_nothing_to_say(look: Look, qtbot: QtBot) -> None:
    strip = Notices(look)
    qtbot.addWidget(strip)
    assert strip.isHidden()
    strip.info("Done")
    assert not strip.isHidden()
    strip.clear()
    assert strip.isHidden()


def test_undo_is_taken_once_and_closes_the_notice(notices: Notices) -> None:
    taken: list[str] = []
    notices.info("“Late fees” was deleted", ("Undo", lambda: taken.append("undo")))
    button(notices, "Undo").click()
    assert taken == ["undo"] and notices.texts() == []


def test_an_error_stays_until_it_is_closed(notices: Notices, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setattr(desktop.notices, "INFO_MS", 20)
    notices.error("The disk is full")
    notices.info("Copied")
    qtbot.waitUntil(lambda: notices.texts() == ["The disk is full"])
    notices.findChildren(Notice)[0].findChildren(QToolButton)[0].click()
    assert notices.texts() == []


def test_a_notice_stays_while_its_button_has_the_focus(
    notices: Notices, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(desktop.notices, "ACTION_MS", 20)
    monkeypatch.setattr(desktop.notices, "INFO_MS", 20)
    notices.info("“Late fees” was deleted", ("Undo", lambda: None))
    notices.activateWindow()
    qtbot.waitUntil(notices.isActiveWindow)
    button(notices, "Undo").setFocus()
    qtbot.wait(80)
    assert notices.texts() == ["“Late fees” was deleted"]
    button(notices, "Undo").clearFocus()
    qtbot.waitUntil(lambda: notices.texts() == [])


def test_there_are_never_more_than_three_and_errors_go_last(notices: Notices) -> None:
    notices.error("First wrong")
    for n in range(MOST + 1):
        notices.info(f"Done {n}")
    assert notices.texts() == ["First wrong", "Done 2", "Done 3"]
    for n in range(MOST):
        notices.error(f"Wrong {n}")
    assert notices.texts() == ["Wrong 0", "Wrong 1", "Wrong 2"]


def test_the_same_words_are_not_shown_twice(notices: Notices) -> None:
    notices.error("The disk is full")
    notices.error("The disk is full")
    assert notices.texts() == ["The disk is full"]


def test_details_are_closed_until_asked_for_and_can_be_copied(notices: Notices, qtbot: QtBot) -> None:
    notices.error("Something in Nextword went wrong", "Your chats are saved.", "Traceback: ValueError")
    assert notices.findChildren(QPlainTextEdit) == []
    button(notices, "Details").click()
    assert notices.findChildren(QPlainTextEdit)[0].toPlainText() == "Traceback: ValueError"
    button(notices, "Copy details").click()
    copied = QGuiApplication.clipboard().text()
    assert "Something in Nextword went wrong Your chats are saved." in copied and "ValueError" in copied
    button(notices, "Details").click()
    assert not notices.findChildren(QPlainTextEdit)[0].isVisible()


def test_an_error_without_a_report_has_no_details(notices: Notices) -> None:
    notices.error("This file is not a model Nextword can open", "Choose another one.")
    assert [one.text() for one in notices.findChildren(QPushButton)] == []


def test_what_is_shown_is_announced_and_errors_at_once(notices: Notices, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, QAccessible.AnnouncementPoliteness]] = []

    def hear(event: desktop.notices.QAccessibleAnnouncementEvent) -> None:
        said.append((event.message(), event.politeness()))

    monkeypatch.setattr(desktop.notices.QAccessible, "updateAccessibility", hear)
    notices.info("Copied")
    notices.error("The disk is full", "Free space.")
    polite = QAccessible.AnnouncementPoliteness
    assert said == [("Copied", polite.Polite), ("The disk is full Free space.", polite.Assertive)]
