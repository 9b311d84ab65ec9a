"""Train in the window: its place in the rail, its keys, and what goes between it and the other pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.main_window import MainWindow
from desktop.theme import Look
from engine.data.chats import Chats
from engine.data.pair_sets import PairSets
from engine.data.receipts import Receipts
from engine.data.schema import MIGRATIONS
from engine.data.store import open_store
from engine.data.taught_runs import TaughtRuns
from engine.messages import ChatWhileTraining, CountTokens, Finished, ListModels, ListRuns, LoadModel, ModelList, Result
from engine.paths import Paths
from engine.settings import SettingsStore
from tests.desktop.models.scripted import model
from tests.desktop.train.scripted import Script, run_of

HARBOUR = model("harbour-nano", "Harbour nano")


@pytest.fixture
def engine(qapp: QApplication) -> Script:
    bridge = Bridge()
    engine = Script(bridge)
    models = ModelList((model("other", "Other"), HARBOUR), "CPU", 16, 9)
    engine.answers = {
        ListModels: lambda c: [Result(c.job, models), Finished(c.job, "done")],
        ListRuns: lambda c: [Result(c.job, ()), Finished(c.job, "done")],
        CountTokens: lambda c: [Finished(c.job, "done")],
    }
    bridge.attach(engine)
    return engine


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, paths: Paths, engine: Script) -> Iterator[MainWindow]:
    settings = SettingsStore(paths.settings)
    db = open_store(paths.database, MIGRATIONS)
    look = Look(settings, qapp)
    stores = (Chats(db), Receipts(db), PairSets(db), TaughtRuns(db))
    window = MainWindow(look, settings, engine.bridge, *stores, paths)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()
    for _ in range(3):  # an answer may ask the next question
        engine.bridge.flush()
    window.release()
    db.close()


def begin(window: MainWindow, engine: Script) -> None:
    window.show_page("train")
    for inquiry in (window.pages.train.preparation.reading, window.pages.train.preparation.trying):
        inquiry.hurry()
        engine.bridge.flush()
    window.pages.train.box.button.click()
    engine.bridge.flush()
    engine.step(6_200)


def test_ctrl_3_opens_it_between_teach_and_look_inside(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert window.pages.currentWidget() is window.pages.train and window.windowTitle() == "Train — Nextword"
    qtbot.waitUntil(window.pages.train.text.list.rows[0].check.hasFocus)
    assert list(window.rail._buttons) == ["chat", "teach", "train", "inspect", "models", "settings"]
    assert window.rail._buttons["train"].isChecked()


def test_nothing_is_asked_of_the_engine_before_it_is_opened(window: MainWindow, engine: Script) -> None:
    assert {type(one) for one in engine.sent} <= {LoadModel, ListModels, CountTokens}


def test_the_second_stage_leads_to_teach(window: MainWindow) -> None:
    window.show_page("train")
    window.pages.train.header.teach.click()
    assert window.pages.currentWidget() is window.pages.teach


def test_the_status_line_tells_of_the_run(window: MainWindow, engine: Script) -> None:
    begin(window, engine)
    window.show_page("chat")
    assert window.status._parts["doing"].text() == "Training Small world nano, step 6,191 of 10,000"
    assert window.status._dot.colour == "accent"
    engine.end()
    assert window.status._parts["doing"].text() == "" and window.status._dot.colour == ""
    assert any("is trained" in text for text in window.notices.texts())


def test_chatting_with_what_still_learns_is_not_kept_for_the_next_start(window: MainWindow, engine: Script) -> None:
    begin(window, engine)
    window.pages.train.watching.view.head.chat.click()
    engine.bridge.flush()
    assert len(engine.asked(ChatWhileTraining)) == 1 and window.pages.currentWidget() is window.chat
    assert window.loader.loaded is not None and window._state.value("model") is None


def test_what_was_made_is_chatted_with_taught_and_shown(window: MainWindow, engine: Script) -> None:
    begin(window, engine)
    engine.runs = (run_of(state="done", model="harbour-nano"),)
    engine.end()
    head = window.pages.train.watching.view.head
    head.show_button.click()
    engine.bridge.flush()
    current = window.pages.models.list.current()
    assert (
        window.pages.currentWidget() is window.pages.models and current is not None and current.name == "harbour-nano"
    )
    head.teach_button.click()
    assert window.pages.currentWidget() is window.pages.teach and window.loader.wanted == "harbour-nano"
    head.chat.click()
    loads = [one.name for one in engine.sent if isinstance(one, LoadModel)]
    assert window.pages.currentWidget() is window.chat and loads == ["harbour-nano"] * 2


def test_closing_while_it_trains_asks_and_loses_nothing(window: MainWindow, engine: Script) -> None:
    begin(window, engine)
    event = QCloseEvent()
    event.spontaneous = lambda: True  # as when a person closes it
    window.closeEvent(event)
    assert not event.isAccepted() and window.pages.train.run.active
    confirm = window.pages.train.watching.confirm
    assert confirm is not None and confirm.windowTitle() == "Small world nano is being trained"
    confirm.stay.click()
    assert window.pages.train.run.active


def test_it_is_the_page_of_the_next_start(window: MainWindow) -> None:
    window.show_page("train")
    window.close()
    assert window._state.value("page") == "train"
