"""Compare, Probe and Text with the real engine and tiny checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.inspect.compare import CompareTab
from desktop.inspect.probe import ProbeTab
from desktop.inspect.tab import Tab
from desktop.inspect.text import TextTab
from desktop.loader import ModelLoader
from desktop.theme import Look
from engine.paths import Paths
from engine.run.session import prepare
from engine.service import Engine
from engine.settings import SettingsStore
from tests.tiny import write_tiny_checkpoint

pytestmark = pytest.mark.usefixtures("collected_here")

Shown = TypeVar("Shown", bound=Tab)
WAIT_MS = 40_000
TEXT = "hello hello who hell he wolf hello there who he"


@dataclass
class Desk:
    look: Look
    bridge: Bridge
    loader: ModelLoader
    qtbot: QtBot

    def show(self, kind: Callable[[Look, Bridge, ModelLoader], Shown]) -> Shown:
        tab = kind(self.look, self.bridge, self.loader)
        self.qtbot.addWidget(tab)
        tab.resize(1156, 560)
        tab.show()
        return tab

    def until(self, there: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(there()), timeout=WAIT_MS)


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, paths: Paths) -> Iterator[Desk]:
    settings, bridge = SettingsStore(paths.settings), Bridge()
    for number, name in enumerate(("first", "second")):
        write_tiny_checkpoint(paths.models / name, seed=number)
    engine = Engine(lambda: prepare(paths), bridge.post)
    bridge.attach(engine)
    engine.start()
    loader = ModelLoader(bridge, settings)
    loader.load("second")
    qtbot.waitUntil(lambda: loader.loaded is not None, timeout=WAIT_MS)
    yield Desk(Look(settings, qapp), bridge, loader, qtbot)
    assert engine.close()
    bridge.flush()


def test_two_models_on_several_texts_and_one_question(desk: Desk) -> None:
    tab = desk.show(CompareTab)
    tab.read(TEXT)
    desk.until(lambda: tab.pair.models)
    for box, name in zip(tab.pair.boxes, ("first", "second"), strict=True):
        box.setCurrentIndex(box.findData(name))
        box.activated.emit(box.currentIndex())
    desk.until(lambda: tab.comparison)
    (card,) = tab.cards.values()
    assert card.text.toPlainText() == TEXT and tab.largest.changes
    tab.field.setPlainText("Group\thello who\nGroup\twolf hello he")
    tab.comparison = None
    tab.compare_button.click()
    desk.until(lambda: tab.comparison)
    assert len(tab.dots.dots) == 3
    tab.stages.question.setText("who")
    tab.stages.ask_button.click()
    desk.until(lambda: tab.stages.replies)
    assert len(tab.stages.replies) == 2


def test_a_probe_and_candidate_answers(desk: Desk) -> None:
    tab = desk.show(ProbeTab)
    tab.read("hello who")
    tab.form.ways.setPlainText("hello ___ who\nthere ___ hell")
    tab.form.fillers.setText("wolf, he")
    tab.form.choices.setText("he or hello")
    tab.button.click()
    desk.until(lambda: tab.result)
    assert tab.result is not None and [row.filler for row in tab.result.rows] == ["wolf", "he"]
    tab.candidates.field.setPlainText("he\nhello there")
    tab.candidates.button.click()
    desk.until(lambda: tab.candidates.found)
    assert sum(one.share for one in tab.candidates.found) == pytest.approx(1)


def test_the_numbers_of_a_text(desk: Desk) -> None:
    """No game here: for a random model every word is as likely as any, and none is proven to be first."""
    tab = desk.show(TextTab)
    tab.read(TEXT)
    desk.until(lambda: tab.score)
    assert tab.score is not None and len(tab.figures.model_rows.rows) == len(tab.score.tokens)
    tab.most_button.click()
    assert tab.figures.selected() is not None and tab.where.isVisible()
