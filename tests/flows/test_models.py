"""The library from the window: bring a model in, use it, rename it, delete it, start again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from desktop.app import App
from tests.flows.person import loaded, written
from tests.tiny import write_tiny_checkpoint


def test_a_model_that_is_renamed_while_in_use_is_there_at_the_next_start(
    qtbot: QtBot, tmp_path: Path, start: Callable[[Path], App]
) -> None:
    app = start(tmp_path / "home")
    window = app.window
    window.show_page("models")
    window.pages.models.adding.add([write_tiny_checkpoint(tmp_path / "visitor")])
    qtbot.waitUntil(lambda: window.pages.models.adding.go_on.isVisible(), timeout=60_000)
    window.pages.models.adding.go_on.click()
    library = window.pages.models._library
    qtbot.waitUntil(lambda: any(m.source == "library" for m in library.models), timeout=60_000)
    info = next(m for m in library.models if m.source == "library")
    window.use_model(info.name)
    loaded(qtbot, app)
    library.rename(info.name, "guest")
    qtbot.waitUntil(lambda: app.loader.wanted == "guest", timeout=10_000)
    assert app.loader.loaded is not None and app.loader.loaded.name == "guest"
    app.quit()
    again = start(tmp_path / "home")
    loaded(qtbot, again)
    assert again.loader.loaded is not None and again.loader.loaded.name == "guest"

    again.settings.set("generation.max_new_tokens", 4)
    again.window.conversation.ask("Still there?")
    written(qtbot, again)
    again.window.pages.models.removing.emit("guest")
    assert again.loader.loaded is None
    again.quit()
    third = start(tmp_path / "home")
    assert third.loader.wanted == "", "what was deleted is not looked for"
