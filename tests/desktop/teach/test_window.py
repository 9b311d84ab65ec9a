"""Teach in the window: its place in the rail, its keys, and what goes between it and the other pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.main_window import MainWindow
from desktop.theme import Look
from engine.data.chats import Chats
from engine.data.pair_sets import PairSets
from engine.data.pairs.pair import Pair
from engine.data.receipts import Receipts
from engine.data.schema import MIGRATIONS
from engine.data.store import open_store
from engine.data.taught_runs import TaughtRuns
from engine.messages import CountTokens, Finished, ListModels, LoadModel, ModelList, NextInChat, Result
from engine.paths import Paths
from engine.settings import SettingsStore
from tests.desktop.teach.scripted import DESK, MODEL, Script


@pytest.fixture
def engine(qapp: QApplication) -> Script:
    bridge = Bridge()
    engine = Script(bridge)
    engine.answers = {
        ListModels: lambda c: [Result(c.job, ModelList((), "CPU", 16, 9)), Finished(c.job, "done")],
        CountTokens: lambda c: [Finished(c.job, "done")],
        NextInChat: lambda c: [Finished(c.job, "done")],
    }
    bridge.attach(engine)
    return engine


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, paths: Paths, engine: Script) -> Iterator[MainWindow]:
    settings = SettingsStore(paths.settings)
    db = open_store(paths.database, MIGRATIONS)
    sets, runs = PairSets(db), TaughtRuns(db)
    number = sets.create("Library desk")
    sets.add(number, [Pair(question, answer) for question, answer in DESK])
    look = Look(settings, qapp)
    window = MainWindow(look, settings, engine.bridge, Chats(db), Receipts(db), sets, runs, paths)
    window.show()
    qtbot.waitExposed(window)
    window.loader.load(MODEL.name)
    engine.bridge.flush()
    yield window
    window.close()
    for _ in range(3):  # an answer may ask the next question
        engine.bridge.flush()
    window.release()
    db.close()


def test_ctrl_2_opens_it_with_the_keyboard_in_the_table(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.pages.currentWidget() is window.pages.teach and window.windowTitle() == "Teach — Nextword"
    qtbot.waitUntil(window.pages.teach.table.hasFocus)
    assert window.rail._buttons["teach"].isChecked()
    assert list(window.rail._buttons)[:2] == ["chat", "teach"]


def test_nothing_is_asked_of_the_engine_before_it_is_opened(window: MainWindow, engine: Script) -> None:
    of_the_chat = {LoadModel, ListModels, CountTokens, NextInChat}
    assert {type(one) for one in engine.sent} <= of_the_chat


def test_the_status_line_tells_of_the_run_and_the_chat_of_its_result(window: MainWindow, engine: Script) -> None:
    window.show_page("teach")
    window.pages.teach.planning._ask()
    engine.bridge.flush()
    window.pages.teach.box.button.click()
    engine.bridge.flush()
    engine.step(124)
    window.show_page("chat")
    assert window.status._parts["doing"].text() == "Teaching Library desk v1, step 124 of 150"
    engine.end()
    assert window.status._parts["doing"].text() == ""
    assert any("2 of 40 unrelated answers changed" in text for text in window.notices.texts())
    window.pages.teach.result.chat_button.click()
    loads = [one for one in engine.sent if isinstance(one, LoadModel)]
    assert loads[-1].name == "library-desk-v1" and window.pages.currentWidget() is window.chat


def test_undoing_the_run_that_is_in_use_goes_back_to_its_base(window: MainWindow, engine: Script) -> None:
    window.show_page("teach")
    window.pages.teach.planning._ask()
    engine.bridge.flush()
    window.pages.teach.box.button.click()
    engine.bridge.flush()
    engine.end()
    window.use_model("library-desk-v1")
    engine.bridge.flush()
    window.show_page("teach")
    window.pages.teach.result.undo_button.click()
    engine.bridge.flush()
    loads = [one for one in engine.sent if isinstance(one, LoadModel)]
    assert loads[-1].name == "smollm2-135m" and window.loader.wanted == "smollm2-135m"
