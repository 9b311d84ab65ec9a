"""The page with the real engine and a tiny checkpoint: read, checked, planned, begun, left and gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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
from engine.messages import TeachSettings
from engine.paths import Paths
from engine.run.session import prepare
from engine.service import Engine
from engine.settings import SettingsStore
from tests.tiny import write_tiny_checkpoint

pytestmark = pytest.mark.usefixtures("collected_here")

WAIT_MS = 120_000


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication, paths: Paths) -> Iterator[TeachPage]:
    settings, bridge = SettingsStore(paths.settings), Bridge()
    look = Look(settings, qapp)
    db = open_store(paths.database, MIGRATIONS)
    engine = Engine(lambda: prepare(paths), bridge.post)
    bridge.attach(engine)
    engine.start()
    loader, notices = ModelLoader(bridge, settings), Notices(look)
    page = TeachPage(look, bridge, loader, notices, PairSets(db), TaughtRuns(db))
    page.loading.connect(loader.load)
    page.resize(1204, 742)
    page.show()
    write_tiny_checkpoint(paths.models / "tiny")
    loader.load("tiny")
    qtbot.waitUntil(lambda: loader.loaded is not None, timeout=WAIT_MS)
    yield page
    assert engine.close()
    bridge.flush()
    for widget in (page, notices):
        widget.deleteLater()
        QCoreApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete.value)
    db.close()


def test_a_file_is_read_and_a_run_is_begun_left_and_gone_on_with(qtbot: QtBot, page: TeachPage, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text("question,answer\nhello hello,hell\nwho,he\nwho,she\n")
    page.transfer.read([file])
    dialog = page.transfer.dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.here_button.isEnabled, timeout=WAIT_MS)
    dialog.here_button.click()
    qtbot.waitUntil(lambda: bool(page.checking.problems), timeout=WAIT_MS)
    assert page.checks.rows[0].title.text() == "2 pairs contradict"
    page.pairs.remove([page.pairs.ids[2]])
    page.pairs.keep_settings(TeachSettings(epochs=1))
    qtbot.waitUntil(lambda: page.planning.plan is not None or page.planning.failed is not None, timeout=WAIT_MS)
    assert page.planning.failed is None and "measured on this computer" in page.box.text.text()
    qtbot.waitUntil(lambda: page.planning.whole == 2, timeout=WAIT_MS)
    page.box.button.click()
    qtbot.waitUntil(lambda: "," in page.run.note, timeout=WAIT_MS)
    page.run.cancel()  # a whole run takes two minutes even with this model; the tests of the engine have one
    qtbot.waitUntil(lambda: bool(page.below.interrupted.cards), timeout=WAIT_MS)
    (card,) = page.below.interrupted.cards
    assert card.title.text().startswith("Teaching My pairs v1 was interrupted at step 0 of ")
    card.go_on.click()
    qtbot.waitUntil(lambda: page.run.active and "," in page.run.note, timeout=WAIT_MS)
    page.run.pause()
    page.run.go_on()
    page.run.cancel()
    qtbot.waitUntil(lambda: bool(page.below.interrupted.cards), timeout=WAIT_MS)
    page.below.interrupted.cards[0].forget.click()
    qtbot.waitUntil(lambda: not page.below.interrupted.cards, timeout=WAIT_MS)
