"""A Train page on a real store of chats, with a scripted engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from desktop.notices import Notices
from desktop.theme import Look
from desktop.train.page import TrainPage
from engine.data.chats import Chats
from engine.data.schema import MIGRATIONS
from engine.data.store import open_store
from engine.messages import PretrainRun
from engine.paths import Paths
from engine.settings import SettingsStore
from tests.desktop.train.scripted import Desk, Script

MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(qtbot: QtBot, qapp: QApplication, paths: Paths) -> Iterator[MakeDesk]:
    """Each call starts anew on the same files, as a restart does; `runs` are those on disk."""
    opened = []

    def make(*, runs: tuple[PretrainRun, ...] = (), shown: bool = True) -> Desk:
        settings = SettingsStore(paths.settings)
        look, bridge = Look(settings, qapp), Bridge()
        db = open_store(paths.database, MIGRATIONS)
        chats, engine = Chats(db), Script(bridge, runs=runs)
        bridge.attach(engine)
        loader = ModelLoader(bridge, settings)
        notices = Notices(look)
        page = TrainPage(look, bridge, notices, chats)
        page.talking.connect(loader.load_training)
        opened.append((db, bridge, page, notices))
        page.resize(1204, 742)
        if shown:
            page.show()
            qtbot.waitExposed(page)
        return Desk(page, engine, loader, notices, chats, settings)

    yield make
    for db, bridge, page, notices in opened:
        bridge.flush()
        for widget in (page, notices):  # before the store: a timer of a page would ask one that is closed
            widget.deleteLater()
            QCoreApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete.value)
        db.close()


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """With the small world read, its vocabulary made, and the sizes measured."""
    desk = make_desk()
    desk.settle()
    return desk
