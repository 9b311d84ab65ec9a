"""A Teach page on a real store, with a scripted engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from desktop.notices import Notices
from desktop.teach.page import TeachPage
from desktop.theme import Look
from engine.data.pair_sets import PairSets
from engine.data.schema import MIGRATIONS
from engine.data.store import open_store
from engine.data.taught_runs import TaughtRuns
from engine.paths import Paths
from engine.settings import SettingsStore
from tests.desktop.teach.scripted import Desk, Script


@pytest.fixture
def make_desk(qtbot: QtBot, qapp: QApplication, paths: Paths) -> Iterator[Callable[[], Desk]]:
    """Each call starts anew on the same files, as a restart does."""
    opened = []

    def make() -> Desk:
        settings = SettingsStore(paths.settings)
        look, bridge = Look(settings, qapp), Bridge()
        db = open_store(paths.database, MIGRATIONS)
        sets, runs = PairSets(db), TaughtRuns(db)
        engine = Script(bridge)
        bridge.attach(engine)
        loader = ModelLoader(bridge, settings)
        notices = Notices(look)
        page = TeachPage(look, bridge, loader, notices, sets, runs)
        opened.append((db, bridge, page, notices))
        page.resize(1204, 742)
        page.show()
        qtbot.waitExposed(page)
        return Desk(page, engine, loader, notices, sets, runs, settings)

    yield make
    for db, bridge, page, notices in opened:
        bridge.flush()
        for widget in (page, notices):  # before the store: a timer of a page would ask one that is closed
            widget.deleteLater()
            QCoreApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete.value)
        db.close()


@pytest.fixture
def desk(make_desk: Callable[[], Desk]) -> Desk:
    """With a model in memory, and no set yet."""
    desk = make_desk()
    desk.load()
    return desk
