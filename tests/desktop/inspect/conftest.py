"""The page Look inside on a scripted engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.inspect.page import InspectPage
from desktop.loader import ModelLoader
from desktop.notices import Notices
from desktop.theme import Look
from engine.paths import Paths
from engine.settings import SettingsStore
from tests.desktop.inspect.answering import Answering
from tests.desktop.inspect.harbour import ANSWERS, Harbour


@pytest.fixture
def harbour(qtbot: QtBot, qapp: QApplication, look: Look, paths: Paths) -> Iterator[Harbour]:
    """Shown, with no model yet."""
    settings, bridge = SettingsStore(paths.settings), Bridge()
    engine = Answering(bridge, dict(ANSWERS))
    bridge.attach(engine)
    loader, notices = ModelLoader(bridge, settings), Notices(look)
    page = InspectPage(look, bridge, loader, notices)
    page.resize(1204, 742)
    page.show()
    qtbot.waitExposed(page)
    yield Harbour(page, engine, loader, notices)
    engine.settle()
    for widget in (page, notices):
        widget.deleteLater()
        QCoreApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete.value)
