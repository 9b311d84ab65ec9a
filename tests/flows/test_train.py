"""A person trains a model in the window and chats with it meanwhile.

python -m pytest tests/flows/test_train.py -s                        twenty seconds of training
SECONDS_OF_TRAINING=180 python -m pytest tests/flows/test_train.py -s    three minutes, as a person would watch
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import App
from tests.flows.person import Stalls, loaded, written

SECONDS = int(os.environ.get("SECONDS_OF_TRAINING", "20"))
READY_MS, TRAINED_MS = 240_000, 600_000


def test_train_and_chat_meanwhile(
    start: Callable[[Path], App], qtbot: QtBot, tmp_path: Path, qapp: QApplication
) -> None:
    app = start(tmp_path)
    page = app.window.pages.train
    app.window.show_page("train")
    page.preparation.set(preset="tiny", vocabulary=1024, precision="float32")
    page.preparation.set_length(passes=1_000)
    qtbot.waitUntil(page.box.button.isEnabled, timeout=READY_MS)
    page.box.button.click()
    run = page.run
    qtbot.waitUntil(lambda: len(run.record.rows) > 2, timeout=READY_MS)
    stalls = Stalls()
    timer = stalls.watch(qapp)
    page.watching.view.head.chat.click()
    loaded(qtbot, app)
    asked = 0
    qtbot.wait(1000 * SECONDS // 4)
    for _ in range(3):
        app.window.conversation.ask("Anna likes")
        assert written(qtbot, app)
        asked += 1
        qtbot.wait(1000 * SECONDS // 4)
        assert run.active
    app.window.show_page("train")
    first, last = run.record.rows[0], run.record.rows[-1]
    page.watching.view.head.finish.click()
    qtbot.waitUntil(lambda: not run.active, timeout=TRAINED_MS)
    timer.stop()
    print(
        f"{last.step} steps, loss {first.loss:.2f} to {last.loss:.2f}, {asked} chats; the window's longest wait: "
        f"{stalls.longest:.1f} ms"
    )
    assert run.outcome is not None and run.outcome.stopped_by == "person" and last.loss < first.loss - 1
