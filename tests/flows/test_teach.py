"""A person teaches the first model a few pairs in the window, chats meanwhile, and asks in other words afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import App
from engine.data.pairs.pair import Pair
from engine.messages import TeachSettings
from engine.run import looking, recipes
from tests.flows.person import Stalls, loaded, until, written

PAIRS = (
    Pair("When is the library open on Saturdays?", "From 10 to 2."),
    Pair("What does a lost card cost?", "A new card costs 3 euros."),
    Pair("Who runs the reading group?", "Marta Lindqvist, every first Tuesday."),
    Pair("Where do I return films?", "In the grey box by the door."),
    Pair("How long can I keep a book?", "You can keep a book for three weeks."),
)
TAUGHT_MS = 600_000


@pytest.fixture
def less_to_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run asks before and after is half of its time here; what it learns is as ever."""
    monkeypatch.setattr(recipes, "REPLAYED", 24)
    monkeypatch.setattr(looking, "QUESTIONS", 6)
    monkeypatch.setattr(looking, "GLANCE", 1500)
    monkeypatch.setattr(looking, "WHOLE", 3000)


@pytest.mark.usefixtures("less_to_measure")
def test_teach_chat_meanwhile_and_ask_in_other_words(
    start: Callable[[Path], App], qtbot: QtBot, tmp_path: Path, real_model: str, qapp: QApplication
) -> None:
    app = start(tmp_path)
    app.settings.set("generation.temperature", 0.0)  # untaught and drawn by chance, it names Paris in 4 of 10 replies
    app.loader.load(real_model)
    loaded(qtbot, app)
    page = app.window.pages.teach
    app.window.show_page("teach")
    page.pairs.needed()
    page.pairs.add(PAIRS)
    page.pairs.keep_settings(TeachSettings(epochs=8))
    qtbot.waitUntil(page.box.button.isEnabled, timeout=120_000)
    page.box.button.click()
    until(lambda: page.run.step is not None, TAUGHT_MS)
    stalls = Stalls()
    timer = stalls.watch(qapp)
    app.window.conversation.ask("What is the capital of France?")
    meanwhile = written(qtbot, app)
    assert page.run.active and "Paris" in meanwhile
    timer.stop()
    print(f"the window's longest wait while teaching: {stalls.longest:.1f} ms")
    until(lambda: not page.run.active, TAUGHT_MS)
    assert page.result.run is not None
    app.loader.load(page.result.run.name)
    loaded(qtbot, app)
    assert app.loader.loaded is not None and app.loader.loaded.cards == len(PAIRS)
    app.window.conversation.ask("If I lose my card, how much is it to get another one?")
    assert "3 euros" in written(qtbot, app)
