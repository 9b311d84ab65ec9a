"""The Models page with the real engine and a tiny checkpoint: added, checked, renamed, deleted, brought back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.models.page import ModelsPage
from desktop.notices import Notices
from desktop.theme import Look
from engine.paths import Paths
from engine.run.session import prepare
from engine.service import Engine
from tests.tiny import write_tiny_checkpoint

pytestmark = pytest.mark.usefixtures("collected_here")

WAIT_MS = 30_000


@pytest.fixture
def page(qtbot: QtBot, look: Look, bridge: Bridge, notices: Notices, paths: Paths) -> Iterator[ModelsPage]:
    engine = Engine(lambda: prepare(paths), bridge.post)
    bridge.attach(engine)
    engine.start()
    page = ModelsPage(look, bridge, notices)
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.show()
    page.refresh()
    yield page
    assert engine.close()
    bridge.flush()


def names(page: ModelsPage) -> list[str]:
    return [info.name for info in page.list.rows.models if info.source == "library"]


def test_a_folder_goes_through_the_library_and_back(
    qtbot: QtBot, page: ModelsPage, notices: Notices, tmp_path: Path
) -> None:
    tiny = write_tiny_checkpoint(tmp_path / "tiny")
    page.adding.add([tiny])
    qtbot.waitUntil(page.adding.go_on.isVisible, timeout=WAIT_MS)
    assert page.adding.fit.text().startswith("Fits: chat takes about ")
    assert "0\u00a0bytes" not in page.adding.fit.text() and "about 0 " not in page.adding.fit.text()
    page.adding.go_on.click()
    qtbot.waitUntil(lambda: len(names(page)) == 1, timeout=WAIT_MS)
    (name,) = names(page)
    assert page.list.current() is not None and page.list.current().name == name  # pyright: ignore

    page.details.check.button.click()
    qtbot.waitUntil(lambda: page.details.check.button.text() == "Verify", timeout=WAIT_MS)
    assert page.details.check.text.text().endswith("files are as imported")

    page.details.edit_name()
    page.details.name_field.setText("stories")
    page.details.name_field.returnPressed.emit()
    qtbot.waitUntil(lambda: names(page) == ["stories"], timeout=WAIT_MS)

    page.details.delete_button.click()
    qtbot.waitUntil(lambda: names(page) == [], timeout=WAIT_MS)
    next(b for b in notices.findChildren(QPushButton) if b.text() == "Undo").click()
    qtbot.waitUntil(lambda: names(page) == ["stories"], timeout=WAIT_MS)
    assert tiny.is_dir(), "the original stays"


@pytest.mark.parametrize("name", ["letter.gguf", "weights.bin", "gone.safetensors"])
def test_what_is_no_model_is_refused_and_leaves_nothing(
    qtbot: QtBot, page: ModelsPage, paths: Paths, tmp_path: Path, name: str
) -> None:
    if not name.startswith("gone"):
        (tmp_path / name).write_bytes(b"Dear reader, this is a letter.")
    page.adding.add([tmp_path / name])
    qtbot.waitUntil(page.adding.other.isVisible, timeout=WAIT_MS)
    assert page.adding.title.text() and page.adding.text.text(), "a sentence and a hint"
    assert "Traceback" not in page.adding.text.text()
    assert not paths.models.exists() or list(paths.models.iterdir()) == []


def test_a_model_cut_short_on_disk_is_shown_as_damaged(qtbot: QtBot, page: ModelsPage, paths: Paths) -> None:
    folder = write_tiny_checkpoint(paths.models / "harbour")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    page.refresh()
    qtbot.waitUntil(lambda: "harbour" in names(page), timeout=WAIT_MS)
    page.list.select("harbour")
    assert page.details.damage.isVisible()
    assert page.details.damage.why.text()
