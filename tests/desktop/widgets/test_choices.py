"""Segments and switches by keyboard and mouse."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.theme import Look
from desktop.widgets.segmented import Segmented
from desktop.widgets.switch import Switch

Show = Callable[[QWidget], QWidget]
CHOICES = (("system", "System"), ("light", "Light"), ("dark", "Dark"))


def focus() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def test_arrow_keys_move_the_choice_and_say_so(look: Look, qtbot: QtBot, shown: Show) -> None:
    segments, heard = Segmented(look, CHOICES, "Appearance"), []
    segments.chosen.connect(heard.append)
    shown(segments)
    segments.findChildren(QToolButton)[0].setFocus()
    qtbot.keyClick(focus(), Qt.Key.Key_Right)
    assert segments.value() == "light" and focus().accessibleName() == "Appearance: Light"
    qtbot.keyClick(focus(), Qt.Key.Key_Right)
    qtbot.keyClick(focus(), Qt.Key.Key_Left)
    assert heard == ["light", "dark", "light"]


def test_tab_passes_all_segments_in_one_step(look: Look, qtbot: QtBot, shown: Show) -> None:
    segments = Segmented(look, CHOICES, "Appearance", value="light")
    window = shown(segments).window()
    window.setFocus()
    stops = []
    for _ in range(4):
        qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        stops.append(focus().accessibleName())
    assert "Appearance: Light" in stops and not {"Appearance: System", "Appearance: Dark"} & set(stops)


def test_showing_a_value_is_not_choosing_it(look: Look, qtbot: QtBot, shown: Show) -> None:
    segments = Segmented(look, CHOICES, "Appearance")
    shown(segments)
    with qtbot.assertNotEmitted(segments.chosen):
        segments.set_value("dark")
    assert segments.value() == "dark"


def test_a_switch_is_a_check_box_that_space_turns(look: Look, qtbot: QtBot, shown: Show) -> None:
    switch = Switch(look, "Less motion")
    shown(switch)
    assert isinstance(switch, QCheckBox) and switch.accessibleName() == "Less motion"
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert switch.isChecked()


def test_all_of_a_switch_can_be_clicked(look: Look, qtbot: QtBot, shown: Show) -> None:
    switch = Switch(look, "Less motion")
    shown(switch)
    assert switch.height() >= 24
    for corner in (switch.rect().topLeft(), switch.rect().bottomRight()):
        before = switch.isChecked()
        qtbot.mouseClick(switch, Qt.MouseButton.LeftButton, pos=corner)
        assert switch.isChecked() is not before
