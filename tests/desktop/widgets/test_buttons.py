"""Buttons: names, reasons, keys and size."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.card import Card
from desktop.widgets.icon_button import IconButton
from engine.settings import SettingsStore

Show = Callable[[QWidget], QWidget]
REASON = "Waits until the current run ends."


def test_an_icon_button_is_called_by_its_name_and_shows_it_as_a_tip(look: Look, qtbot: QtBot) -> None:
    button = IconButton(look, "copy", "Copy this reply")
    qtbot.addWidget(button)
    assert button.accessibleName() == button.toolTip() == "Copy this reply"


@pytest.mark.parametrize("size", [80, 100, 200])
def test_an_icon_button_is_never_smaller_than_the_least_target(
    look: Look, settings: SettingsStore, qtbot: QtBot, size: int
) -> None:
    button = IconButton(look, "copy", "Copy")
    qtbot.addWidget(button)
    settings.set("general.text_size", size)
    assert button.width() == button.height() == max(24, look.px(28))


@pytest.mark.parametrize("kind", ["icon", "word"])
def test_a_button_that_cannot_be_used_says_why_and_forgets_it_again(look: Look, qtbot: QtBot, kind: str) -> None:
    button = IconButton(look, "copy", "Copy") if kind == "icon" else Button(look, "Teach 48 pairs")
    qtbot.addWidget(button)
    tip = button.toolTip()
    button.disable("First reason.")
    button.disable(REASON)
    assert not button.isEnabled()
    assert button.toolTip() == button.accessibleDescription() == REASON
    button.enable()
    assert button.isEnabled() and button.toolTip() == tip and button.accessibleDescription() == ""


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
@pytest.mark.parametrize("kind", ["word", "icon", "card"])
def test_space_and_enter_press_the_focused_button(
    look: Look, qtbot: QtBot, shown: Show, key: Qt.Key, kind: str
) -> None:
    button = {
        "word": lambda: Button(look, "Verify"),
        "icon": lambda: IconButton(look, "copy", "Copy"),
        "card": lambda: Card(look, "Small", checkable=False),
    }[kind]()
    shown(button)
    with qtbot.waitSignal(button.clicked, timeout=1000):
        qtbot.keyClick(button, key)


def accent_pixels(image: QImage, look: Look) -> int:
    accent = look.color("accent")
    return sum(image.pixelColor(x, y) == accent for x in range(image.width()) for y in range(image.height()))


def test_the_focus_can_be_seen(look: Look, qtbot: QtBot, shown: Show) -> None:
    button = Button(look, "Verify")
    shown(button)
    qtbot.waitUntil(button.hasFocus)
    focused = accent_pixels(button.grab().toImage(), look)
    button.clearFocus()
    assert focused > 2 * button.width() > accent_pixels(button.grab().toImage(), look)


def test_the_focus_of_a_primary_button_is_more_than_its_colour(look: Look, qtbot: QtBot, shown: Show) -> None:
    button = Button(look, "Teach", primary=True)
    shown(button)
    qtbot.waitUntil(button.hasFocus)
    image = button.grab().toImage()
    row = [image.pixelColor(x, image.height() // 2) for x in range(8)]
    assert look.color("onaccent") in row


def test_all_of_a_card_is_the_target_and_a_second_click_takes_it_back(look: Look, qtbot: QtBot, shown: Show) -> None:
    card = Card(look, "Small", description="6.8 M parameters")
    shown(card)
    card.resize(200, 100)
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=card.rect().bottomRight() - card.rect().center() / 20)
    assert card.isChecked()
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert not card.isChecked()
