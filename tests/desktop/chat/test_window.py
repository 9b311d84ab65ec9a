"""Pairs in the window: from a reply to its pair on the page Teach, and from a correction to a new pair there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.chat.actions import CORRECT, ActionRow
from desktop.main_window import MainWindow
from desktop.theme import Look
from desktop.widgets.button import Button
from engine.data.chats import Chats
from engine.data.pair_sets import PairSets
from engine.data.pairs.pair import Pair
from engine.data.receipts import Receipts
from engine.data.schema import MIGRATIONS
from engine.data.store import open_store
from engine.data.taught_runs import TaughtRuns
from engine.messages import CardUsed, Corrected, Finished, LoadModel, Result, TeachReply
from engine.paths import Paths
from engine.settings import SettingsStore
from tests.desktop.chat.conftest import Script, piece, scripted


@pytest.fixture
def engine(qapp: QApplication) -> Script:
    return scripted()


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, paths: Paths, engine: Script) -> Iterator[MainWindow]:
    """With two sets of two pairs each; the newest is open. Pair 2 is in the other one."""
    settings = SettingsStore(paths.settings)
    db = open_store(paths.database, MIGRATIONS)
    sets = PairSets(db)
    for title in ("Library desk", "Museum"):
        sets.add(sets.create(title), [Pair(f"{title}, open?", "From 10 to 2."), Pair(f"{title}, lift?", "Yes.")])
    window = MainWindow(
        Look(settings, qapp), settings, engine.bridge, Chats(db), Receipts(db), sets, TaughtRuns(db), paths
    )
    window.show()
    qtbot.waitExposed(window)
    window.loader.load("tiny")
    engine.bridge.flush()
    window.show_page("chat")
    yield window
    window.close()
    engine.bridge.flush()  # what was still asked is heard before the listeners go
    window.release()
    db.close()


def ask(window: MainWindow, engine: Script, cards: tuple[CardUsed, ...] = ()) -> None:
    QTest.keyClicks(window.chat.composer.field, "Is there a lift?")
    QTest.keyClick(window.chat.composer.field, Qt.Key.Key_Return)
    engine.write(piece(1, "No."), cards=cards)
    engine.end()


def button(window: MainWindow, qtbot: QtBot, name: str) -> Button:
    message = window.conversation.messages[-1].id
    qtbot.waitUntil(lambda: isinstance(window.chat.transcript.row_of(message), ActionRow), timeout=2000)
    row = window.chat.transcript.row_of(message)
    assert row is not None
    return next(b for b in row.findChildren(Button) if b.accessibleName() == name)


def test_enter_on_the_line_shows_the_pair_in_its_set(window: MainWindow, engine: Script, qtbot: QtBot) -> None:
    ask(window, engine, (CardUsed(2, "Library desk, lift?", "Yes.", 0.9),))
    QTest.keyClick(button(window, qtbot, "From your pair 2"), Qt.Key.Key_Return)
    assert window.pages.currentWidget() is window.pages.teach and window.pages.teach.table.chosen() == [2]
    assert window.pages.teach.pairs.set is not None and window.pages.teach.pairs.set.title == "Library desk"


def test_a_pair_that_was_deleted_is_said_and_the_chat_stays(window: MainWindow, engine: Script, qtbot: QtBot) -> None:
    ask(window, engine, (CardUsed(2, "Library desk, lift?", "Yes.", 0.9),))
    window.pages.teach.pairs.sets.remove([2])
    QTest.keyClick(button(window, qtbot, "From your pair 2"), Qt.Key.Key_Return)
    assert window.pages.currentWidget() is window.chat
    assert window.notices.texts()[-1] == "This pair was deleted."


def test_a_corrected_reply_is_a_pair_of_the_open_set_and_its_model_is_used_on(
    window: MainWindow, engine: Script, qtbot: QtBot
) -> None:
    ask(window, engine)
    QTest.keyClick(button(window, qtbot, CORRECT), Qt.Key.Key_Space)
    dialog = window.chat.corrections.dialog
    assert dialog is not None
    dialog.answer.selectAll()
    QTest.keyClicks(dialog.answer, "Behind the desk.")
    QTest.keyClick(dialog.teach_button, Qt.Key.Key_Space)
    command = next(c for c in engine.sent if isinstance(c, TeachReply))
    assert command.lesson.id == 5
    (pair,) = window.pages.teach.pairs.sets.read([5])
    assert (pair.question, pair.answer) == ("Is there a lift?", "Behind the desk.")
    assert window.pages.teach.pairs.holds(5)
    engine.say(Result(command.job, Corrected("tiny-taught-5", 0.1, 0.9, "Behind.")), Finished(command.job, "done"))
    engine.bridge.flush()
    assert [c.name for c in engine.sent if isinstance(c, LoadModel)][-1] == "tiny-taught-5"
    assert window.pages.currentWidget() is window.chat and window.loader.wanted == "tiny-taught-5"
    engine.bridge.flush()
    dialog.reject()
