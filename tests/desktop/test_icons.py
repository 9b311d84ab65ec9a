"""Icons take the colour they are asked for, stay sharp, and all can be drawn."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage

from desktop.icons import app_icon
from desktop.theme import Look
from engine.paths import resource

NAMES = sorted(path.stem for path in resource("icons").glob("*.svg") if path.stem != "app")


def inked(image: QImage) -> int:
    return sum(image.pixelColor(x, y).alpha() > 0 for x in range(image.width()) for y in range(image.height()))


@pytest.mark.parametrize("name", NAMES)
def test_it_can_be_drawn(look: Look, name: str) -> None:
    image = look.pixmap(name, "ink", 16).toImage()
    assert image.width() >= 32, "two pixels for each logical one"
    assert inked(image) > 20


def test_it_has_the_colour_that_was_asked_for(look: Look) -> None:
    image = look.pixmap("stop", "bad", 16).toImage()
    assert image.pixelColor(16, 16) == look.color("bad")


def test_a_disabled_icon_is_grey_and_a_checked_one_has_the_accent(look: Look) -> None:
    icon = look.icon("stop", "ink")
    states = {
        "ink": (QIcon.Mode.Normal, QIcon.State.Off),
        "ink3": (QIcon.Mode.Disabled, QIcon.State.Off),
        "accent": (QIcon.Mode.Normal, QIcon.State.On),
    }
    for token, (mode, state) in states.items():
        image = icon.pixmap(QSize(16, 16), 2.0, mode, state).toImage()
        assert image.width() == 32 and image.pixelColor(16, 16) == look.color(token)


def test_the_mark_follows_the_theme_and_the_app_icon_does_not_need_one(look: Look) -> None:
    assert inked(look.pixmap("mark", "ink", 18).toImage()) > 50
    assert app_icon().availableSizes()
