"""The Models page against a script of events."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.models.page import ModelsPage
from desktop.models.terms import Terms
from desktop.notices import Notices
from desktop.theme import Look
from engine.messages import (
    Cancel,
    ImportModel,
    InspectFile,
    ListModels,
    LoadedModel,
    Progress,
    RemoveModel,
    RenameModel,
    RestoreModel,
    Verification,
    VerifyModel,
)
from tests.desktop.models.scripted import ScriptedEngine, answers, fails, fit, listing, model, waits

TINY = model("tiny", "Tiny stories", parameters=260_000, bytes=1_100_000, stage="base")
SMOL = model()


@pytest.fixture
def engine(bridge: Bridge) -> ScriptedEngine:
    return ScriptedEngine(bridge, {ListModels: answers(listing(SMOL, TINY))})


@pytest.fixture
def page(qtbot: QtBot, look: Look, bridge: Bridge, notices: Notices, engine: ScriptedEngine) -> ModelsPage:
    page = ModelsPage(look, bridge, notices)
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.show()
    page.refresh()
    bridge.flush()
    return page


def loaded(name: str) -> LoadedModel:
    return LoadedModel(name, name, "", "cpu", "float32", "", 2, 2048, 1, True)


def test_lists_what_the_library_holds_and_shows_the_first(page: ModelsPage) -> None:
    assert page.list.rows.rowCount() == 2
    assert page.summary.text().startswith("2 models, 99")
    assert page.details.title.text() == SMOL.title
    spoken = page.list.rows.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "135\u00a0M parameters" in spoken and "Fits" in spoken


def test_marks_the_model_in_use_in_words(page: ModelsPage) -> None:
    page.set_in_use(loaded("tiny"))
    spoken = [page.list.rows.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(2)]
    assert [text.startswith("in use") for text in spoken] == [False, True]


def test_arrow_keys_walk_and_enter_uses(page: ModelsPage, qtbot: QtBot) -> None:
    page.list.setFocus()
    qtbot.keyClick(page.list, Qt.Key.Key_Down)
    assert page.details.title.text() == TINY.title
    with qtbot.waitSignal(page.use) as used:
        qtbot.keyClick(page.list, Qt.Key.Key_Return)
    assert used.args == ["tiny"]


def test_a_dropped_file_is_shown_before_it_is_copied(page: ModelsPage, bridge: Bridge, engine: ScriptedEngine) -> None:
    newcomer = model("new", "Newcomer", fit=fit("tight", 2_900_000_000))
    engine.script |= {InspectFile: answers(newcomer), ImportModel: waits}
    drop(page, "/somewhere/new.gguf")
    bridge.flush()
    assert engine.sent[-1] == InspectFile(engine.job(InspectFile), Path("/somewhere/new.gguf"))
    assert page.adding.isVisible()
    assert page.adding.title.text() == "Newcomer"
    assert page.adding.fit.text() == "Tight: chat takes about 2.9\u00a0GB"
    page.adding.go_on.click()
    bridge.post(Progress(engine.job(ImportModel), 62_000_000, 98_000_000, "Copying"))
    bridge.flush()
    assert page.adding.text.text() == "62\u00a0MB of 98\u00a0MB"


def drop(page: ModelsPage, *files: str) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(file) for file in files])
    button, no_key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(10, 10), Qt.DropAction.CopyAction, data, button, no_key)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page, QDropEvent(QPointF(10, 10), Qt.DropAction.CopyAction, data, button, no_key))


def test_an_added_model_is_selected(page: ModelsPage, bridge: Bridge, engine: ScriptedEngine) -> None:
    newcomer = model("new", "Newcomer")
    engine.script |= {
        InspectFile: answers(newcomer),
        ImportModel: answers(newcomer),
        ListModels: answers(listing(SMOL, TINY, newcomer)),
    }
    page.adding.add([Path("/somewhere/new.gguf")])
    bridge.flush()
    page.adding.go_on.click()
    bridge.flush()
    bridge.flush()
    assert not page.adding.isVisible()
    assert page.details.title.text() == "Newcomer"


def test_cancelling_stops_the_copy_and_goes_to_the_next_file(
    page: ModelsPage, bridge: Bridge, engine: ScriptedEngine
) -> None:
    engine.script |= {InspectFile: answers(model("new", "Newcomer")), ImportModel: waits}
    page.adding.add([Path("/one.gguf"), Path("/two.gguf")])
    bridge.flush()
    page.adding.go_on.click()
    page.adding.leave.click()
    bridge.flush()
    assert Cancel(engine.job(ImportModel)) in engine.sent
    assert engine.sent[-1] == InspectFile(engine.job(InspectFile), Path("/two.gguf"))


def test_a_file_that_is_no_model_is_refused_in_place_with_the_remedy(
    page: ModelsPage, bridge: Bridge, notices: Notices, engine: ScriptedEngine
) -> None:
    engine.script[InspectFile] = fails("letter.gguf is not a model Nextword can open", "Choose a GGUF file.")
    page.adding.add([Path("/letter.gguf")])
    bridge.flush()
    assert page.adding.title.text() == "letter.gguf is not a model Nextword can open"
    assert page.adding.text.text() == "Choose a GGUF file."
    assert page.adding.other.isVisible() and not page.adding.go_on.isVisible()
    assert notices.texts() == []
    page.adding.leave.click()
    assert not page.adding.isVisible()


def test_deleting_offers_undo_and_undo_restores(
    page: ModelsPage, bridge: Bridge, notices: Notices, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    engine.script |= {RemoveModel: answers(None), RestoreModel: answers(TINY), ListModels: answers(listing(SMOL))}
    page.list.select("tiny")
    with qtbot.waitSignal(page.removing) as let_go:
        page.details.delete_button.click()
    bridge.flush()
    assert let_go.args == ["tiny"]
    assert page.list.rows.rowCount() == 1
    assert notices.texts() == ["Tiny stories was deleted."]
    engine.script[ListModels] = answers(listing(SMOL, TINY))
    undo = next(b for b in notices.findChildren(QPushButton) if b.text() == "Undo")
    undo.click()
    for _ in range(2):
        bridge.flush()
    assert engine.job(RestoreModel)
    assert page.details.title.text() == "Tiny stories"


def test_a_failed_deletion_is_said(page: ModelsPage, bridge: Bridge, notices: Notices, engine: ScriptedEngine) -> None:
    engine.script[RemoveModel] = fails("The disk is read only", "Nothing was deleted.")
    page.details.delete_button.click()
    bridge.flush()
    assert notices.texts() == ["The disk is read only"]
    assert page.list.rows.rowCount() == 2


def test_renames_in_place_by_keys(page: ModelsPage, bridge: Bridge, engine: ScriptedEngine, qtbot: QtBot) -> None:
    renamed = model("stories", "stories")
    engine.script |= {RenameModel: answers(renamed)}
    page.list.select("tiny")
    qtbot.keyClick(page.list, Qt.Key.Key_F2)
    field = page.details.name_field
    assert field.isVisible()
    field.setText("nothing")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible() and not any(isinstance(c, RenameModel) for c in engine.sent)
    page.details.rename_button.click()
    field.setText("stories")
    engine.script[ListModels] = answers(listing(SMOL, renamed))
    qtbot.keyClick(field, Qt.Key.Key_Return)
    for _ in range(2):
        bridge.flush()
    assert RenameModel(engine.job(RenameModel), "tiny", "stories") in engine.sent
    assert page.details.title.text() == "stories"


@pytest.mark.parametrize("intact", [True, False])
def test_verifying_says_what_came_out(page: ModelsPage, bridge: Bridge, engine: ScriptedEngine, intact: bool) -> None:
    sentence = "Every file is as it came" if intact else "model.safetensors has changed"
    engine.script[VerifyModel] = answers(Verification(SMOL.name, intact, sentence))
    page.details.check.button.click()
    bridge.flush()
    assert page.details.check.text.text() == sentence
    page.list.select("tiny")
    assert page.details.check.text.text() != sentence, "the outcome belongs to the model that was checked"


def test_a_check_can_be_stopped(page: ModelsPage, bridge: Bridge, engine: ScriptedEngine) -> None:
    engine.script[VerifyModel] = waits
    check = page.details.check
    check.button.click()
    assert check.button.text() == "Stop checking" and check.meter.isVisible()
    check.button.click()
    bridge.flush()
    assert check.button.text() == "Verify" and check.text.text() == "The check was stopped"


def test_a_damaged_model_says_why_and_offers_another_copy(
    page: ModelsPage, bridge: Bridge, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    broken = model("broken", "Harbour", problem="The file ends too early.")
    engine.script[ListModels] = answers(listing(broken))
    page.refresh()
    bridge.flush()
    assert page.details.damage.isVisible() and not page.details.chat.isVisible()
    assert page.details.damage.why.text() == "The file ends too early."
    with qtbot.assertNotEmitted(page.use):
        qtbot.keyClick(page.list, Qt.Key.Key_Return)


def test_a_package_cannot_be_deleted_and_says_why(page: ModelsPage, bridge: Bridge, engine: ScriptedEngine) -> None:
    engine.script[ListModels] = answers(listing(model(source="package")))
    page.refresh()
    bridge.flush()
    assert not page.details.delete_button.isEnabled()
    assert "Python package" in page.details.delete_button.toolTip()


def test_terms_come_before_the_first_use(
    page: ModelsPage, bridge: Bridge, engine: ScriptedEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "terms.html").write_text("<p>Be good.</p><img src='file:///etc/hostname'>")
    gemma = model("gemma-3-270m", "Gemma 3 270M", ready=False, terms=tmp_path / "terms.html")
    engine.script[ListModels] = answers(listing(gemma))
    page.refresh()
    bridge.flush()
    with qtbot.assertNotEmitted(page.use):
        page.details.chat.click()
    (dialog,) = page.findChildren(Terms)
    assert "Be good." in dialog.text.toPlainText()
    with qtbot.waitSignal(page.use) as used:
        dialog.accept_button.click()
    assert used.args == ["gemma-3-270m"]


def test_every_control_has_a_name(page: ModelsPage) -> None:
    nameless = [widget for widget in page.findChildren(QPushButton) if not (widget.accessibleName() or widget.text())]
    assert not nameless
    assert page.list.accessibleName() and page.details.rename_button.accessibleName()
