"""The page Look inside: every tab on the real model, and Compare with the two models of its tests."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a script finds only its own folder, not tests/

from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from teach_scenes import Stage

from desktop.app import App
from desktop.task import Task
from engine.messages import Command, CompareModels, Event, Finished, ListModels, Result, StageReplies
from tests.desktop.inspect.harbour import ANSWERS
from tests.desktop.inspect.test_compare import BASE, TAUGHT, comparison, replies
from tests.desktop.inspect.test_compare import TEXT as COMPARED
from tests.desktop.models.scripted import listing

PRESSED = ("Measure", "Compare answers")
"""Buttons that begin what a tab is for."""
TEXT = "The lighthouse keeper counted the waves until the fog came back and the bells began to"


class Camera(Protocol):
    """What takes the pictures."""

    app: App

    def settle(self, until: Callable[[], bool] = ..., seconds: float = ...) -> None: ...

    def take(self, name: str, widget: QWidget | None = None) -> None: ...

    def set(self, key: str, value: object) -> None: ...


def inspect_pages(camera: Camera) -> None:
    """Each tab as it is when it has answered; the first one scrolled down, small and large as well."""
    window, page = camera.app.window, camera.app.window.pages.inspect

    def quiet() -> bool:
        return not any(task.running for task in page.findChildren(Task))

    window.show_page("inspect")
    page.show_text("")
    page.show_tab("next")
    camera.settle(quiet)
    camera.take("inspect-empty")
    page.show_text(TEXT)
    for tab in page.tabs:
        page.show_tab(tab.key)
        camera.settle()
        camera.settle(quiet)
        for button in tab.findChildren(QPushButton):
            if button.text() in PRESSED and button.isEnabled():
                button.click()
                camera.settle(quiet)
        camera.take(f"inspect-{tab.key}")
    page.show_tab("next")
    camera.settle(quiet)
    bar = page.scroll_of(page.tab).verticalScrollBar()
    bar.setValue(bar.maximum())
    camera.settle()
    camera.take("inspect-sampler")
    bar.setValue(0)
    window.resize(960, 640)
    camera.settle(quiet)
    camera.take("inspect-narrow")
    window.resize(1280, 800)
    camera.set("general.text_size", 150)
    camera.settle(quiet)
    camera.take("inspect-text-150")
    camera.set("general.text_size", 100)


def compare_page(qt: QApplication, folder: Path) -> None:
    """Two models, one of them taught: a real one would have to be taught first."""
    with tempfile.TemporaryDirectory() as home:
        stage = Stage(qt, folder, Path(home))
        engine, page = stage.desk.engine, stage.window.pages.inspect
        for kind, answer in ANSWERS.items():
            engine.answers[kind] = _finishing(answer)
        engine.answers[ListModels] = _finishing(lambda _: listing(BASE, TAUGHT))
        engine.answers[CompareModels], engine.answers[StageReplies] = comparison, replies
        stage.window.show_page("inspect")
        page.show_text(COMPARED)
        page.show_tab("compare")
        for _ in range(4):
            engine.bridge.flush()
        stage.take("inspect-compare")
        stage.window.close()
        stage.window.release()
        stage.db.close()


def _finishing(answer: Callable[[Any], object]) -> Callable[[Command], list[Event]]:
    return lambda command: [Result(command.job, answer(command)), Finished(command.job, "done")]
