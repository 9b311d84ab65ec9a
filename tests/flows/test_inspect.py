"""A person looks inside the first model: every tab in turn, a path followed, a picture saved, a word of a reply."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import App
from desktop.chat.dock.place import Place
from desktop.inspect.next_word import NextWordTab
from desktop.inspect.page import InspectPage
from desktop.task import Task
from engine.messages import ChatChances
from tests.flows.person import Stalls, loaded, written

TEXT = "The capital of France is"
READ_MS = 120_000
LONGEST_BUSY_MS = 500
"""Processor time of the window's own thread between two turns of its loop. The wait on the clock is only printed:
beside a model on few processors it says more of these than of the window."""


class Busy(Stalls):
    """And what the window's own thread worked in the longest of these times, in milliseconds."""

    worked: float = 0.0
    since: float = 0.0

    def turn(self) -> None:
        now = time.thread_time()
        self.worked, self.since = max(self.worked, 1000 * (now - self.since)), now


def quiet(page: InspectPage) -> bool:
    """Nothing that the page asked for is still on its way."""
    return not any(task.running for task in page.findChildren(Task))


def test_every_tab_of_a_real_model(
    start: Callable[[Path], App], qtbot: QtBot, tmp_path: Path, real_model: str, qapp: QApplication
) -> None:
    app = start(tmp_path)
    app.loader.load(real_model)
    loaded(qtbot, app)
    window, page = app.window, app.window.pages.inspect
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    assert window.pages.currentWidget() is page and window.windowTitle() == "Look inside — Nextword"
    qtbot.keyClicks(page.card.box, TEXT)
    stalls = Busy()
    timer = stalls.watch(qapp)
    stalls.since = time.thread_time()
    timer.timeout.connect(stalls.turn)
    qtbot.waitUntil(lambda: bool(page.card.box.tokens), timeout=READ_MS)
    turned_to = []
    for place in range(page.bar.count()):  # not over `page.tabs`, which makes all that were not turned to yet
        page.bar.setCurrentIndex(place)
        qtbot.waitUntil(lambda: quiet(page), timeout=READ_MS)
        qtbot.wait(50)  # what the last answer led to counts too
        assert page.tab.isVisible() and not window.notices.texts()
        turned_to.append(page.tab)
    timer.stop()
    assert turned_to == list(page.tabs)
    print(
        f"the window's longest wait while looking inside: {stalls.longest:.1f} ms, its own work {stalls.worked:.1f} ms"
    )
    assert stalls.worked < LONGEST_BUSY_MS
    for tab in page.tabs:
        page.show_tab(tab.key)
        page.saving.write(tmp_path / f"{tab.key}.svg", "svg")
        assert (tmp_path / f"{tab.key}.svg").stat().st_size > 1000


def test_a_path_is_followed_and_a_word_of_a_reply_leads_inside(
    start: Callable[[Path], App], qtbot: QtBot, tmp_path: Path, real_model: str
) -> None:
    app = start(tmp_path)
    app.loader.load(real_model)
    loaded(qtbot, app)
    page, talk = app.window.pages.inspect, app.window.conversation
    app.settings.set("generation.max_new_tokens", 16)
    app.window.show_page("inspect")
    page.show_text(TEXT)
    first = page.tabs[0]
    assert isinstance(first, NextWordTab)
    qtbot.waitUntil(lambda: bool(first.paths.blocks) and first.list.chances is not None, timeout=READ_MS)
    assert first.list.bars.rows()[0].text == "Paris"
    assert sum(row.probability for row in first.list.bars.rows()) == pytest.approx(1.0)
    block = first.paths.blocks[0]
    place = first.paths.place_of(block).center().toPoint()
    qtbot.mouseClick(first.paths, Qt.MouseButton.LeftButton, pos=place)
    assert page.card.box.text() == TEXT + block.text
    app.window.show_page("chat")
    talk.ask("What is the capital of France?")
    reply = written(qtbot, app)
    message = talk.messages[-1]
    spans = talk.receipts.spans(message.id)
    span = next(one for one in spans if one.end > one.start and one.position > 2)
    chat = app.window.chat
    chat.transcript.select(message.id, span.position)
    chat.transcript.token_chosen.emit(message.id, span.position)
    card = chat.inspector.popover
    assert card is not None
    card._inside.click()
    assert app.window.pages.currentWidget() is page
    assert page.card.box.text() == reply[: span.end]


def test_the_dock_follows_a_real_reply_and_what_is_typed(
    start: Callable[[Path], App], qtbot: QtBot, tmp_path: Path, real_model: str, qapp: QApplication
) -> None:
    app = start(tmp_path)
    app.loader.load(real_model)
    loaded(qtbot, app)
    window, dock, talk = app.window, app.window.chat.dock, app.window.conversation
    window.show_page("chat")
    window.activateWindow()
    app.settings.set("generation.max_new_tokens", 40)
    looks: list[tuple[Place, ChatChances]] = []
    dock.following.found.connect(lambda place, chances: looks.append((place, chances)))
    field = window.chat.composer.field
    field.setFocus()
    qtbot.keyClicks(field, "What is the capital of Fra")
    qtbot.waitUntil(
        lambda: dock.panel.chances is not None and dock.panel.chances.words.started == "Fra", timeout=READ_MS
    )
    assert dock.panel.bars.rows()[0].text == "France"
    dock.panel.bars.chosen.emit(0)
    assert field.toPlainText() == "What is the capital of France"
    stalls = Stalls()
    timer = stalls.watch(qapp)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    reply = written(qtbot, app)
    timer.stop()
    message = talk.messages[-1]
    along = [place for place, _ in looks if place.kind == "writing"]
    assert along and all(reply.startswith(place.before) for place in along)
    qtbot.waitUntil(lambda: looks[-1][0].kind == "token", timeout=READ_MS)
    print(f"{len(along)} looks while {talk.writer.tokens} tokens were written; longest wait {stalls.longest:.1f} ms")
    for place, chances in looks:
        token = talk.receipts.token(message.id, place.position) if place.message is not None else None
        if token is not None:
            likeliest = max(token.alternatives, key=lambda one: one.logprob)
            assert chances.stages[0].items[0].probability == pytest.approx(math.exp(likeliest.logprob), abs=1e-4)
