"""The page with the real engine: read, begun, talked to, left, gone on with, ended; and text that is none."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

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
from engine.messages import PretrainOutcome
from engine.paths import Paths
from engine.run.session import prepare
from engine.service import Engine
from engine.settings import SettingsStore

pytestmark = pytest.mark.usefixtures("collected_here")

WAIT_MS = 30_000


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication, paths: Paths) -> Iterator[tuple[TrainPage, ModelLoader]]:
    settings, bridge = SettingsStore(paths.settings), Bridge()
    look = Look(settings, qapp)
    db = open_store(paths.database, MIGRATIONS)
    engine = Engine(lambda: prepare(paths), bridge.post)
    bridge.attach(engine)
    engine.start()
    loader, notices = ModelLoader(bridge, settings), Notices(look)
    page = TrainPage(look, bridge, notices, Chats(db))
    page.talking.connect(loader.load_training)
    page.resize(1204, 742)
    page.show()
    yield page, loader
    assert engine.close()
    bridge.flush()
    for widget in (page, notices):
        widget.deleteLater()
        QCoreApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete.value)
    db.close()


@pytest.fixture
def page(opened: tuple[TrainPage, ModelLoader]) -> TrainPage:
    return opened[0]


def some_text(folder: Path) -> Path:
    """Forty documents of sentences about invented names, 90 kB in all, so that 512 pieces are found in them."""
    luck = random.Random(3)
    names = ["".join(luck.choice("bdfgklmnprst") + luck.choice("aeiou") for _ in range(3)) for _ in range(300)]
    folder.mkdir()
    for number in range(40):
        said = (f"{luck.choice(names)} saw {luck.choice(names)} near the {luck.choice(names)}." for _ in range(60))
        (folder / f"{number}.txt").write_text(" ".join(said))
    return folder


def choose(page: TrainPage, path: Path) -> None:
    page.sources.choose(0, False)
    page.sources.add([path])
    page.preparation.reading.hurry()


def test_a_model_is_made_left_gone_on_with_and_kept(
    qtbot: QtBot, opened: tuple[TrainPage, ModelLoader], tmp_path: Path
) -> None:
    page, loader = opened
    choose(page, some_text(tmp_path / "letters"))
    page.preparation.set(preset="tiny", vocabulary=512, layers=1, width=64, context=32, batch=256, precision="float32")
    page.preparation.set_length(passes=1_000)
    trying = page.preparation.trying
    qtbot.waitUntil(lambda: trying.fresh or trying.failed is not None, timeout=WAIT_MS)
    assert trying.failed is None
    report = page.preparation.report
    assert (
        report is not None
        and report.sources[0].files == 40
        and page.text.list.rows[1].detail.text().endswith("40 files")
    )
    assert page.vocabulary.chips.texts
    page.box.button.click()
    run = page.run
    qtbot.waitUntil(lambda: len(run.record.rows) > 5 and len(run.record.prompts) > 0, timeout=WAIT_MS)
    page.watching.view.head.chat.click()
    qtbot.waitUntil(lambda: loader.loaded is not None, timeout=WAIT_MS)
    assert run.active and loader.passing
    run.watch("The old boat")
    qtbot.waitUntil(lambda: "The old boat" in run.record.prompts, timeout=WAIT_MS)
    run.stop()
    head = page.watching.view.head
    qtbot.waitUntil(head.go_on.isVisible, timeout=WAIT_MS)
    left = run.record.rows[-1].step
    head.go_on.click()
    qtbot.waitUntil(lambda: run.phase == "running" and run.record.rows[-1].step > left, timeout=WAIT_MS)
    steps = [row.step for row in run.record.rows]
    assert steps == sorted(set(steps)) and steps[0] <= 1, "drawn from its beginning, each step once"
    assert "The old boat" in run.record.prompts, "what was watched is watched on"
    head.finish.click()
    qtbot.waitUntil(lambda: not run.active, timeout=WAIT_MS)
    assert isinstance(run.outcome, PretrainOutcome) and run.outcome.stopped_by == "person"
    qtbot.waitUntil(lambda: bool(page.runs.runs) and page.runs.runs[0].state == "done", timeout=WAIT_MS)
    assert page.runs.runs[0].model and page.board.interrupted.card is None and head.mode == "done"


@pytest.mark.parametrize(
    ("content", "said"), [(b"Too short to learn from. " * 8, "little"), (bytes(range(256)) * 200, "")]
)
def test_text_that_is_none_is_said_in_the_list(
    qtbot: QtBot, page: TrainPage, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "odd.txt"
    path.write_bytes(content)
    choose(page, path)
    reading = page.preparation.reading
    qtbot.waitUntil(lambda: reading.fresh or reading.failed is not None, timeout=WAIT_MS)
    assert reading.failed is not None and not reading.failed.report, "no bug of ours"
    assert page.text.trouble.isVisible() and said in page.text.trouble.text.text()
    assert not page.box.button.isEnabled()
