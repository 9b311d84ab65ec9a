"""Which pages of the window are there, and that one that comes late knows what went before."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.main_window import MainWindow
from desktop.pages import TITLES, WELCOME
from desktop.theme import Look
from desktop.train.page import TEXTS
from engine.data.chats import Chats
from engine.data.pair_sets import PairSets
from engine.data.receipts import Receipts
from engine.data.schema import MIGRATIONS
from engine.data.store import open_store
from engine.data.taught_runs import TaughtRuns
from engine.paths import Paths
from engine.settings import SettingsStore
from tests.desktop.chat.conftest import Script, scripted


@pytest.fixture
def engine(qapp: QApplication) -> Script:
    return scripted()


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, paths: Paths, engine: Script) -> Iterator[MainWindow]:
    settings, db = SettingsStore(paths.settings), open_store(paths.database, MIGRATIONS)
    look = Look(settings, qapp)
    window = MainWindow(look, settings, engine.bridge, Chats(db), Receipts(db), PairSets(db), TaughtRuns(db), paths)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()
    engine.bridge.flush()
    window.release()
    db.close()


def there(window: MainWindow) -> set[str]:
    return {name for name in (*TITLES, WELCOME) if window.pages.is_made(name)}


def test_only_the_chat_is_there_at_first_and_each_page_once_it_is_shown(window: MainWindow, engine: Script) -> None:
    assert there(window) == {"chat"} and window.pages.name == "chat"
    window.loader.load("tiny")
    engine.bridge.flush()
    made = {"chat"}
    for name in ("models", "inspect", "train", "teach", "chat", "models"):
        window.show_page(name)
        made.add(name)
        assert there(window) == made and window.pages.name == name
        assert window.pages.currentWidget() is getattr(window.pages, name) and window.pages.count() == len(made)
        assert window.windowTitle() == f"{TITLES[name] or 'New chat'} — Nextword"


def test_a_page_that_comes_late_knows_the_model(window: MainWindow, engine: Script) -> None:
    window.loader.load("tiny")
    engine.bridge.flush()
    assert window.loader.loaded is not None
    window.show_page("inspect")
    assert window.pages.inspect.header.choice.text() == window.loader.loaded.title
    assert window.pages.models.list.rows.in_use == "tiny"


def test_without_a_model_and_chats_the_welcome_is_made(window: MainWindow) -> None:
    window.begin()
    assert there(window) == {"chat", WELCOME} and window.windowTitle() == "Welcome — Nextword"


def test_what_a_page_kept_stays_kept_when_it_was_never_made(window: MainWindow, paths: Paths) -> None:
    state = QSettings(str(paths.data / "window.ini"), QSettings.Format.IniFormat)
    window._state.setValue(TEXTS, "kept")
    window.close()
    state.sync()
    assert state.value(TEXTS) == "kept" and there(window) == {"chat"}


def test_the_code_of_the_others_is_read_once_a_model_is_there(
    window: MainWindow, engine: Script, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.delitem(sys.modules, "desktop.models.page")
    window.loader.load("tiny")
    engine.bridge.flush()
    qtbot.waitUntil(lambda: "desktop.models.page" in sys.modules, timeout=10_000)
    assert there(window) == {"chat"}
