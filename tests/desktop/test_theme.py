"""Colours, sizes and fonts: contrast as documented, and a theme that changes while the app runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from desktop.metrics import TYPE
from desktop.theme import FONTS, Look, read_theme
from engine.paths import resource
from engine.settings import SettingsStore

TEXT, GRAPHICS = 4.5, 3.0
TEXT_PAIRS = {
    "ink": "surface panel win sel bubble sunken hover raised c1 c2 c3 badsoft soft",
    "ink2": "surface panel win sel c2 c3 badsoft soft",
    "ink3": "surface panel win sunken sel",
    "accent": "surface panel win sel",
    "onaccent": "accent accent2",
    "ok": "surface panel oksoft",
    "warn": "surface panel warnsoft",
    "bad": "surface panel badsoft",
    "k1": "surface panel",
    "k2": "surface panel",
    "k3": "surface panel",
    "k4": "surface panel",
    "k5": "surface",
    "surface": "ink",
}
GRAPHIC_PAIRS = {"c1u": "surface", "c2u": "surface", "c3u": "surface"}
STRONGER = ("line", "line2", "bar", "c1u", "c2u", "c3u")


def luminance(color: QColor) -> float:
    """WCAG 2 relative luminance of an sRGB colour."""
    parts = (color.redF(), color.greenF(), color.blueF())
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(QColor(one)), luminance(QColor(other))))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT_PAIRS, TEXT), (GRAPHIC_PAIRS, GRAPHICS)], ids=["text", "graphics"])
def test_every_pair_in_use_has_the_documented_contrast(name: str, pairs: dict[str, str], least: float) -> None:
    colors = read_theme(name)["colors"]
    low = {
        (front, back): round(contrast(colors[front], colors[back]), 2)
        for front, backs in pairs.items()
        for back in backs.split()
        if contrast(colors[front], colors[back]) < least
    }
    assert not low


@pytest.mark.parametrize("name", ["light", "dark"])
def test_stronger_edges_raise_every_line_and_bar_to_three_to_one(name: str) -> None:
    theme = read_theme(name)
    assert set(theme["stronger"]) == set(STRONGER)
    assert all(contrast(color, theme["colors"]["surface"]) >= GRAPHICS for color in theme["stronger"].values())


def test_both_themes_know_the_same_colours() -> None:
    light, dark = read_theme("light"), read_theme("dark")
    assert set(light["colors"]) == set(dark["colors"]) and set(light["stronger"]) == set(dark["stronger"])


def test_the_style_sheet_has_no_colour_of_its_own_and_leaves_nothing_unfilled(look: Look) -> None:
    template = resource("themes/app.qss").read_text("utf-8")
    assert not re.search(r"#[0-9A-Fa-f]{3,8}\b", template)
    filled = look.style_sheet()
    assert not re.search(r"@\w+|icon\(\w|\{\d", filled)
    for name in re.findall(r'url\("([^"]+)"\)', filled):
        assert Path(name).read_text("utf-8").startswith(("<svg", "<!--"))


def test_the_theme_changes_at_run_time(look: Look, settings: SettingsStore, qapp: QApplication, qtbot: QtBot) -> None:
    settings.set("general.theme", "light")
    light = look.color("surface")
    with qtbot.waitSignal(look.changed, timeout=1000):
        settings.set("general.theme", "dark")
    assert look.dark and look.color("surface") != light
    assert qapp.palette().color(QPalette.ColorRole.Base) == look.color("surface")
    assert look.color("surface").name().lower() in qapp.styleSheet().lower()
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled):
        assert qapp.palette().color(group, QPalette.ColorRole.Window) == look.color("surface")


def test_a_widget_that_stands_already_takes_the_new_colours(look: Look, settings: SettingsStore, qtbot: QtBot) -> None:
    button = QPushButton("Verify")
    qtbot.addWidget(button)
    button.resize(120, 30)
    button.show()
    settings.set("general.theme", "light")
    light = button.grab().toImage().pixelColor(8, 15)
    settings.set("general.theme", "dark")
    assert light == QColor("#FFFFFF") and button.grab().toImage().pixelColor(8, 15) == look.color("surface")


def test_text_size_scales_fonts_sizes_and_icons_alike(look: Look, settings: SettingsStore) -> None:
    before = look.px(30), look.font("body").pixelSize(), look.pixmap("copy").deviceIndependentSize().width()
    settings.set("general.text_size", 200)
    assert (look.px(30), look.font("body").pixelSize()) == (2 * before[0], 2 * before[1])
    assert look.pixmap("copy").deviceIndependentSize().width() == 2 * before[2]
    assert look.icon("copy").availableSizes()[0].width() == 32


def test_what_is_there_never_shrinks_to_nothing(look: Look, settings: SettingsStore) -> None:
    settings.set("general.text_size", 80)
    assert look.px(0.5) == 1 and look.px(0) == 0
    assert min(look.font(role).pixelSize() for role in TYPE) >= 9


def test_stronger_edges_replace_the_hairlines(look: Look, settings: SettingsStore) -> None:
    usual = look.color("line")
    settings.set("general.stronger_edges", "on")
    assert look.color("line") == QColor(read_theme("dark" if look.dark else "light")["stronger"]["line"]) != usual


@pytest.mark.parametrize("role", list(TYPE))
def test_every_role_is_drawn_with_the_bundled_fonts(look: Look, role: str, qtbot: QtBot) -> None:
    label = QLabel("word")
    qtbot.addWidget(label)
    label.setFont(look.font(role))
    info = QFontInfo(label.font())
    assert info.family().startswith("JetBrains Mono" if TYPE[role].mono else "Inter")
    assert info.weight() == TYPE[role].weight


def test_figures_have_one_width(look: Look, qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    label.setFont(look.font("body"))
    assert label.fontMetrics().horizontalAdvance("1111") == label.fontMetrics().horizontalAdvance("8088")


def test_the_licences_of_fonts_and_icons_ship_with_them() -> None:
    for name in ("fonts/Inter-OFL.txt", "fonts/JetBrainsMono-OFL.txt", "icons/LUCIDE-LICENSE.txt"):
        assert "Copyright" in resource(name).read_text("utf-8")
    assert all(resource(f"fonts/{name}").stat().st_size < 1_000_000 for name in FONTS)
