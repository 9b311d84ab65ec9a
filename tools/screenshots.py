"""Draws every page, light and dark, with the real engine and the real model: python tools/screenshots.py FOLDER

Needs the model package that the set-up installs. Every run asks the same questions with the same seed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from inspect_scenes import compare_page, inspect_pages
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget
from teach_scenes import teach_pages
from train_scenes import train_pages

from desktop.app import App
from desktop.chat.panels import InstructionsDialog, SamplingDialog
from desktop.settings.dialog import SettingsDialog
from engine.paths import Paths

MODEL = "smollm2-135m"
THEMES = ("light", "dark")
QUESTION = "What is the capital of France?"
LONGER = "Write a short Python function that adds two numbers, and explain it in two sentences."
PAGES = ("general", "generation", "hardware", "privacy", "shortcuts")


class Camera:
    """Takes pictures of the app in a theme, under names that say which page they show."""

    def __init__(self, app: App, qt: QApplication, folder: Path) -> None:
        self.app, self.qt, self.folder = app, qt, folder
        self.theme = "light"

    def settle(self, until: Callable[[], bool] = lambda: True, seconds: float = 240.0) -> None:
        """Let the app do its work until something is true, and then draw once more."""
        end = time.monotonic() + seconds
        while not until():
            if time.monotonic() > end:
                raise TimeoutError("the page did not get ready")
            self.qt.processEvents()
            time.sleep(0.01)
        for _ in range(20):
            self.qt.processEvents()
            time.sleep(0.01)

    def take(self, name: str, widget: QWidget | None = None) -> None:
        widget = widget or self.app.window
        image = QImage(widget.size(), QImage.Format.Format_RGB32)
        image.fill(QColor("white"))
        widget.render(image)
        path = self.folder / f"{name}-{self.theme}.png"
        image.convertToFormat(QImage.Format.Format_RGB32).save(str(path))
        print(path)

    def set(self, key: str, value: object) -> None:
        self.app.settings.set(key, value)
        self.settle()


def chat_pages(camera: Camera) -> None:
    """The chat in its states: a reply while it is written, complete, a token's card, versions, narrow, large."""
    window, talk = camera.app.window, camera.app.window.conversation
    page = window.chat
    window.show_page("chat")
    page.open_chat(talk.chats.list()[-1].id)
    camera.settle()
    camera.take("chat")
    span = next((s for s in talk.receipts.spans(talk.messages[-1].id) if s.probability < 0.7 and s.end > s.start), None)
    if span is not None:
        page.transcript.select(talk.messages[-1].id, span.position)
        camera.settle()
        page.transcript.token_chosen.emit(talk.messages[-1].id, span.position)
        camera.settle()
        camera.take("token-card")
        page.inspector.close()
    page.new_chat()
    camera.settle()
    camera.take("chat-empty")
    dock = page.dock.panel
    window.activateWindow()  # a dialog may have been the last
    page.composer.field.setFocus()
    camera.settle(page.composer.field.hasFocus, 10)
    page.composer.field.insertPlainText("What is the capital of Fra")
    camera.settle(lambda: dock.chances is not None and dock.chances.words.started == "Fra")
    camera.take("chat-typing")
    page.composer.field.clear()
    talk.ask("Tell me a long story about a lighthouse and the person who keeps it.")
    camera.settle(lambda: talk.writer.tokens >= 60)
    camera.take("chat-writing")
    talk.writer.stop()
    camera.settle(lambda: talk.writer.message is None)
    if talk.chat is not None:
        page.delete(talk.chat.id)
    camera.settle()
    camera.take("chat-deleted")
    window.notices.clear()


def sizes(camera: Camera) -> None:
    window, page = camera.app.window, camera.app.window.chat
    page.open_chat(page.talk.chats.list()[-1].id)
    window.resize(960, 640)
    camera.settle()
    camera.take("chat-narrow")
    page.sides.show_dock(True)
    camera.settle()
    camera.take("chat-dock-over")
    page.sides.show_dock(False)
    window.resize(1280, 800)
    camera.set("general.text_size", 150)
    camera.take("chat-text-150")
    camera.set("general.text_size", 100)


def dialogs(camera: Camera) -> None:
    window = camera.app.window
    talk, look = window.conversation, camera.app.look
    for name, dialog in (
        ("sampling", SamplingDialog(look, talk, window)),
        ("instructions", InstructionsDialog(look, talk, window)),
    ):
        dialog.show()
        camera.settle()
        camera.take(name, dialog)
        dialog.close()
    settings = SettingsDialog(look, camera.app.settings, camera.app.bridge, window, paths=camera.app.paths)
    settings.show()
    for page in PAGES:
        settings.page(page)
        camera.settle()
        camera.take(f"settings-{page}", settings)
    settings.close()


def models_pages(camera: Camera) -> None:
    window = camera.app.window
    window.show_page("models")
    camera.settle(lambda: window.pages.models.list.current() is not None)
    camera.take("models")


def welcome(camera: Camera) -> None:
    window = camera.app.window
    window.show_page("chat")
    window.pages.setCurrentWidget(window.pages.welcome)
    window.pages.welcome.refresh()
    camera.settle(lambda: len(window.pages.welcome.cards) > 1)
    camera.take("welcome")


@contextlib.contextmanager
def running(qt: QApplication, home: Path) -> Iterator[App]:
    with contextlib.ExitStack() as closing:
        app = App(qt, Paths.under(home), closing)
        app.window.resize(QSize(1280, 800))
        yield app
        app.quit()


def prepare(camera: Camera) -> None:
    """Load the model and have two questions answered, so that there is something to see."""
    talk = camera.app.window.conversation
    camera.app.window.use_model(MODEL)
    camera.settle(lambda: camera.app.loader.loaded is not None)
    camera.set("generation.temperature", 0.3)
    camera.set("generation.seed_fixed", True)
    camera.set("generation.seed", 7)
    for question in (QUESTION, LONGER):
        talk.ask(question)
        camera.settle(lambda: talk.writer.message is None and bool(talk.messages))
    talk.write_again(talk.messages[1])
    camera.settle(lambda: talk.writer.message is None)
    talk.ask(LONGER)
    camera.settle(lambda: talk.writer.message is None)
    camera.set("generation.seed_fixed", False)
    camera.set("generation.temperature", 0.7)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    qt = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(qt, QApplication)
    with tempfile.TemporaryDirectory() as home, running(qt, Path(home)) as app:
        camera = Camera(app, qt, folder)
        for theme in THEMES:
            camera.theme = theme
            camera.set("general.theme", theme)
            welcome(camera)
            if theme == THEMES[0]:
                prepare(camera)
            for scene in (chat_pages, sizes, dialogs, models_pages, inspect_pages):
                scene(camera)
    teach_pages(qt, folder)
    train_pages(qt, folder)
    compare_page(qt, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
