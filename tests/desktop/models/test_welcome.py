"""The first page a person sees, against a script of events."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.models.terms import Terms
from desktop.models.welcome import WelcomePage
from desktop.notices import Notices
from desktop.theme import Look
from engine.messages import ImportModel, InspectFile, ListModels, ModelInfo
from tests.desktop.models.scripted import ScriptedEngine, answers, fails, listing, model


def opened(qtbot: QtBot, look: Look, bridge: Bridge, notices: Notices, *models: ModelInfo) -> WelcomePage:
    ScriptedEngine(bridge, {ListModels: answers(listing(*models))})
    page = WelcomePage(look, bridge, notices)
    qtbot.addWidget(page)
    page.show()
    page.refresh()
    bridge.flush()
    return page


def buttons(page: WelcomePage) -> list[str]:
    return [b.text() for card in page.cards for b in card.findChildren(QPushButton)]


def test_offers_the_models_that_are_there_and_a_file(
    qtbot: QtBot, look: Look, bridge: Bridge, notices: Notices
) -> None:
    page = opened(qtbot, look, bridge, notices, model(source="package", ready=False))
    assert buttons(page) == ["Start now", "Open a file", "Open a folder"]
    start = page.cards[0].findChildren(QPushButton)[0]
    with qtbot.waitSignal(page.chosen) as chosen:
        qtbot.keyClick(start, Qt.Key.Key_Space)
    assert chosen.args == ["smollm2-135m"]


def test_with_nothing_there_a_file_is_the_first_way(qtbot: QtBot, look: Look, bridge: Bridge, notices: Notices) -> None:
    page = opened(qtbot, look, bridge, notices)
    assert buttons(page) == ["Open a file", "Open a folder"]
    assert page.open_file.property("kind") == "primary"


def test_a_damaged_model_is_not_offered(qtbot: QtBot, look: Look, bridge: Bridge, notices: Notices) -> None:
    page = opened(qtbot, look, bridge, notices, model(problem="The file ends too early."))
    assert "Start now" not in buttons(page)


def test_a_model_with_terms_is_chosen_only_when_they_are_accepted(
    qtbot: QtBot, look: Look, bridge: Bridge, notices: Notices, tmp_path: Path
) -> None:
    (tmp_path / "terms.txt").write_text("Be good.")
    page = opened(qtbot, look, bridge, notices, model(ready=False, terms=tmp_path / "terms.txt"))
    assert buttons(page)[0] == "Read its terms"
    with qtbot.assertNotEmitted(page.chosen):
        page.cards[0].findChildren(QPushButton)[0].click()
        (dialog,) = page.findChildren(Terms)
        dialog.reject()
    page.cards[0].findChildren(QPushButton)[0].click()
    with qtbot.waitSignal(page.chosen):
        page.findChildren(Terms)[-1].accept_button.click()


def test_an_added_file_is_chosen(qtbot: QtBot, look: Look, bridge: Bridge, notices: Notices) -> None:
    page = opened(qtbot, look, bridge, notices)
    script = {InspectFile: answers(model("new", "Newcomer")), ImportModel: answers(model("new", "Newcomer"))}
    ScriptedEngine(bridge, script)
    page.adding.add([Path("/new.gguf")])
    bridge.flush()
    with qtbot.waitSignal(page.chosen) as chosen:
        page.adding.go_on.click()
        bridge.flush()
    assert chosen.args == ["new"]


def test_a_library_that_cannot_be_read_is_said_and_files_still_open(
    qtbot: QtBot, look: Look, bridge: Bridge, notices: Notices
) -> None:
    ScriptedEngine(bridge, {ListModels: fails("The folder of models cannot be read", "Check its rights.")})
    page = WelcomePage(look, bridge, notices)
    qtbot.addWidget(page)
    page.refresh()
    bridge.flush()
    assert notices.texts() == ["The folder of models cannot be read"]
    assert page.open_file.isEnabled()


def test_the_easiest_model_comes_first(qtbot: QtBot, look: Look, bridge: Bridge, notices: Notices) -> None:
    gemma = model("gemma-3-270m", "Gemma", ready=False, has_template=False, licence="Gemma terms of use")
    page = opened(qtbot, look, bridge, notices, gemma, model(ready=False))
    assert buttons(page)[:2] == ["Start now", "Read its terms"]
    page.cards[1].findChildren(QPushButton)[0].click()
    (dialog,) = page.findChildren(Terms)
    assert "Gemma terms of use" in dialog.text.toPlainText()
