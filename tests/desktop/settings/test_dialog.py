"""The settings dialog as a person uses it: what is changed is kept, and every control has a name."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.settings.dialog import PAGES, SettingsDialog
from desktop.settings.page import SettingsPage
from desktop.settings.shortcuts import ShortcutsPage
from desktop.theme import Look
from desktop.widgets.label import Label
from desktop.widgets.number_box import NumberBox
from desktop.widgets.scrim import Scrim
from desktop.widgets.segmented import Segmented
from desktop.widgets.slider_with_number import SliderWithNumber
from desktop.widgets.switch import Switch
from desktop.widgets.text_field import TextField
from engine.messages import Cancel, Command, Continue, Finished, ListModels, ModelList, Pause, Result
from engine.paths import Paths
from engine.settings import DECLARED, SettingsStore
from tests.desktop.reachable import nameless


class ScriptedEngine:
    """Answers every question about the computer the same way."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge

    def send(self, command: Command | Cancel | Pause | Continue) -> None:
        assert isinstance(command, ListModels)
        self.bridge.post(Result(command.job, ModelList((), "CPU, 2 threads", 16_000_000_000, 9_400_000_000)))
        self.bridge.post(Finished(command.job, "done"))


@pytest.fixture
def bridge(qapp: QApplication) -> Bridge:
    bridge = Bridge()
    bridge.attach(ScriptedEngine(bridge))
    return bridge


@pytest.fixture
def dialog(look: Look, settings: SettingsStore, bridge: Bridge, paths: Paths, qtbot: QtBot) -> Iterator[SettingsDialog]:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    dialog = SettingsDialog(look, settings, bridge, window, paths=paths)
    dialog.open()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    yield dialog
    dialog.close()


def named(page: QWidget, kind: type[QWidget], name: str) -> QWidget:
    return next(one for one in page.findChildren(kind) if one.accessibleName() == name)


def click(dialog: SettingsDialog, text: str) -> None:
    next(one for one in dialog.findChildren(QPushButton) if one.text() == text).click()


@pytest.mark.parametrize("page", [name for name, _, _ in PAGES])
def test_everything_the_keyboard_reaches_has_a_name(dialog: SettingsDialog, page: str) -> None:
    dialog.page(page)
    assert nameless(dialog) == []


@pytest.mark.parametrize("page", [name for name, _, _ in PAGES])
def test_there_is_one_primary_button(dialog: SettingsDialog, page: str) -> None:
    dialog.page(page)
    shown = [one for one in dialog.findChildren(QPushButton) if one.isVisible()]
    assert [one.text() for one in shown if one.property("kind") == "primary"] == ["Done"]


def test_every_declared_setting_has_its_row(dialog: SettingsDialog) -> None:
    rows: set[str] = set()
    for name, _, _ in PAGES:
        dialog.page(name)
        rows |= {key for form in dialog.current().forms for key in form.values()}
    assert rows | {"generation.seed", "generation.seed_fixed"} == set(DECLARED)


def test_a_segment_changes_the_theme_at_once(dialog: SettingsDialog, look: Look, qtbot: QtBot) -> None:
    dark = named(dialog, QToolButton, "Appearance: Dark")
    qtbot.mouseClick(dark, Qt.MouseButton.LeftButton)
    assert look.dark


def test_what_is_changed_by_hand_is_in_the_file_after_a_restart(
    dialog: SettingsDialog, settings: SettingsStore, paths: Paths, qtbot: QtBot
) -> None:
    switch = named(dialog, Switch, DECLARED["general.tint"].label)
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    dialog.page("hardware")
    threads = dialog.current().forms[0].control("hardware.threads")
    assert isinstance(threads, SliderWithNumber)
    threads.slider.setFocus()
    qtbot.keyClick(threads.slider, Qt.Key.Key_Right)
    dialog.page("generation")
    box = dialog.current().findChildren(TextField)[0]
    box.setFocus()
    qtbot.keyClicks(box, "Be brief.")
    dialog.close()
    again = SettingsStore(paths.settings)
    assert again.get("general.tint") is False
    assert again.get("hardware.threads") == 1
    assert again.get("generation.instructions") == "Be brief."


def test_default_greys_the_control_and_says_why_and_set_gives_it_back(
    dialog: SettingsDialog, settings: SettingsStore, qtbot: QtBot
) -> None:
    settings.set("generation.temperature", 1.2)
    dialog.page("generation")
    page = dialog.current()
    control = page.forms[0].control("generation.temperature")
    segments = named(page, Segmented, "Temperature, default or set")
    assert isinstance(segments, Segmented) and segments.value() is True and control.isEnabled()
    qtbot.mouseClick(named(page, QToolButton, "Temperature, default or set: Default"), Qt.MouseButton.LeftButton)
    assert settings.get("generation.temperature") == 0.7
    assert not control.isEnabled() and "default" in control.toolTip().lower()
    qtbot.mouseClick(named(page, QToolButton, "Temperature, default or set: Set"), Qt.MouseButton.LeftButton)
    assert control.isEnabled()


def test_a_change_made_elsewhere_is_shown(dialog: SettingsDialog, settings: SettingsStore) -> None:
    control = dialog.current().forms[0].control("general.text_size")
    assert isinstance(control, SliderWithNumber)
    settings.set("general.text_size", 130)
    assert control.value() == 130 and control.number.value() == 130


def test_the_seed_can_be_set_only_when_it_is_fixed(
    dialog: SettingsDialog, settings: SettingsStore, qtbot: QtBot
) -> None:
    dialog.page("generation")
    box = named(dialog.current(), NumberBox, "Fixed seed")
    assert isinstance(box, NumberBox) and not box.isEnabled() and box.toolTip()
    qtbot.mouseClick(named(dialog.current(), QToolButton, "Seed: Fixed"), Qt.MouseButton.LeftButton)
    assert box.isEnabled() and settings.get("generation.seed_fixed") is True
    box.setValue(8831)
    assert settings.get("generation.seed") == 8831


def test_restored_defaults_can_be_undone(dialog: SettingsDialog, settings: SettingsStore) -> None:
    settings.set("generation.temperature", 1.2)
    settings.set("generation.seed", 5)
    settings.set("general.tint", False)
    dialog.page("generation")
    click(dialog, "Restore defaults")
    assert settings.get("generation.temperature") == 0.7 and settings.get("generation.seed") == 0
    assert settings.get("general.tint") is False, "other pages stay as they are"
    click(dialog, "Undo")
    assert settings.get("generation.temperature") == 1.2 and settings.get("generation.seed") == 5


def test_a_change_that_cannot_be_saved_is_said_in_the_footer(
    dialog: SettingsDialog, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    qtbot.mouseClick(named(dialog, Switch, DECLARED["general.tint"].label), Qt.MouseButton.LeftButton)
    assert "could not be saved" in dialog.said


def test_hardware_says_what_the_engine_found_and_what_needs_a_reload(dialog: SettingsDialog, bridge: Bridge) -> None:
    dialog.page("hardware")
    bridge.flush()
    texts = [label.text() for label in dialog.current().findChildren(Label)]
    assert any("CPU, 2 threads" in text and "9.4\u00a0GB free" in text for text in texts)
    assert "loaded again" in dialog.said
    assert all(DECLARED[key].reload for form in dialog.current().forms for key in form.values())


def test_an_answer_that_comes_after_the_dialog_is_gone_hurts_nobody(
    look: Look, settings: SettingsStore, bridge: Bridge, qtbot: QtBot
) -> None:
    dialog = SettingsDialog(look, settings, bridge)
    dialog.page("hardware")
    dialog.deleteLater()
    del dialog
    QApplication.sendPostedEvents(None, 52)  # deferred deletes
    bridge.flush()
    settings.set("general.tint", False)


def test_the_precision_is_chosen_by_keys_alone(dialog: SettingsDialog, settings: SettingsStore, qtbot: QtBot) -> None:
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    reached: list[str] = []
    while not any("Precision" in name for name in reached):
        assert len(reached) < 12, reached
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.append(focused.accessibleName())
    for _ in range(4):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert settings.get("hardware.precision") == "int4"


def test_privacy_says_where_the_files_are(dialog: SettingsDialog, paths: Paths) -> None:
    dialog.page("privacy")
    texts = " ".join(label.text() for label in dialog.current().findChildren(Label))
    for place in (paths.database, paths.models, paths.settings, paths.log):
        assert str(place) in texts


def test_a_folder_that_is_not_there_yet_is_said(dialog: SettingsDialog) -> None:
    dialog.page("privacy")
    click(dialog, "Open folder")
    assert "There is nothing in" in dialog.said


def test_the_window_behind_is_dimmed_while_the_dialog_is_open(dialog: SettingsDialog) -> None:
    parent = dialog.parentWidget()
    assert parent is not None
    scrims = parent.findChildren(Scrim)
    assert len(scrims) == 1 and scrims[0].size() == parent.size()
    dialog.close()
    QApplication.sendPostedEvents(None, 52)
    assert parent.findChildren(Scrim) == []


def test_arrow_keys_turn_the_pages(dialog: SettingsDialog, qtbot: QtBot) -> None:
    pages = QApplication.focusWidget()
    assert pages is not None and pages.accessibleName() == "Settings pages"
    qtbot.keyClick(pages, Qt.Key.Key_Down)
    assert isinstance(dialog.current(), SettingsPage) and dialog.current().forms[0].values().keys() >= {
        "generation.temperature"
    }


# ---- keys
@pytest.fixture
def keys(dialog: SettingsDialog) -> ShortcutsPage:
    dialog.page("shortcuts")
    page = dialog.current()
    assert isinstance(page, ShortcutsPage)
    return page


def test_pressing_keys_gives_them_to_the_action(keys: ShortcutsPage, settings: SettingsStore, qtbot: QtBot) -> None:
    button = keys.row("new_chat").keys
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Return)
    assert button.text() == "Press new keys"
    qtbot.keyClick(button, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert settings.get("shortcuts.new_chat") == "Ctrl+J" and button.text() == "Ctrl+J"
    assert keys.row("new_chat").usual.isVisible()
    qtbot.mouseClick(keys.row("new_chat").usual, Qt.MouseButton.LeftButton)
    assert settings.get("shortcuts.new_chat") is None and button.text() == "Ctrl+N"


def test_taken_keys_name_the_other_action(
    dialog: SettingsDialog, keys: ShortcutsPage, settings: SettingsStore, qtbot: QtBot
) -> None:
    button = keys.row("new_chat").keys
    button.click()
    qtbot.keyClick(button, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert dialog.said.startswith("Ctrl+K belongs to “Search all chats”")
    assert settings.get("shortcuts.new_chat") is None and button.text() == "Ctrl+N"


def test_escape_can_be_given_while_listening_and_closes_the_dialog_otherwise(
    dialog: SettingsDialog, keys: ShortcutsPage, settings: SettingsStore, qtbot: QtBot
) -> None:
    button = keys.row("stop").keys
    settings.set("shortcuts.stop", "F2")
    button.click()
    qtbot.keyClick(button, Qt.Key.Key_Escape)
    assert dialog.isVisible() and settings.get("shortcuts.stop") is None
    qtbot.keyClick(button, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_backspace_takes_the_keys_away(keys: ShortcutsPage, settings: SettingsStore, qtbot: QtBot) -> None:
    button = keys.row("next_unsure").keys
    button.click()
    qtbot.keyClick(button, Qt.Key.Key_Backspace)
    assert settings.get("shortcuts.next_unsure") == "" and button.text() == "None"
    assert "None" in button.accessibleName()


def test_a_letter_filters_the_actions(keys: ShortcutsPage, qtbot: QtBot) -> None:
    find = next(one for one in keys.findChildren(QWidget) if one.accessibleName() == "Find an action")
    qtbot.keyClicks(find, "unsure")
    assert [action for action in ("new_chat", "next_unsure") if keys.row(action).isVisible()] == ["next_unsure"]
