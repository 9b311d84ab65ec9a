"""The one object that knows how things look: colours, sizes, fonts and icons of the theme in use.

Follows the settings and the system. Knows no page.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTemporaryDir, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QToolTip

from desktop import icons
from desktop.metrics import TYPE
from desktop.palette import palette
from engine.paths import resource
from engine.settings import SettingsStore

FONTS = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf", "JetBrainsMono-Regular.ttf")
OTHER_SCRIPTS = ("Noto Sans", "Noto Sans CJK SC", "Noto Sans Arabic", "Noto Sans Devanagari", "Noto Color Emoji")
LOOK_SETTINGS = {"general.theme", "general.text_size", "general.stronger_edges", "general.less_motion"}


class Look(QObject):
    """Made once in `app.py` and passed to every widget, which repaints when `changed` comes."""

    changed = Signal()

    def __init__(self, settings: SettingsStore, app: QApplication) -> None:
        super().__init__()
        self._settings = settings
        self._app = app
        self._hints = app.styleHints()  # kept, because what it hands out dies with its wrapper
        self._system_families = add_fonts(app)
        self._drawn = QTemporaryDir()
        self._icons: dict[tuple[str, str, int, int], QIcon] = {}
        self._colors: dict[str, QColor] = {}
        self.dark = False
        self._flash_time = app.cursorFlashTime()
        app.setStyle("Fusion")
        self._apply()
        settings.on_change(self._on_setting)
        self._hints.colorSchemeChanged.connect(self._on_system_change)
        self._hints.accessibility().contrastPreferenceChanged.connect(self._on_system_change)

    # ---- what widgets ask for
    def color(self, token: str) -> QColor:
        """A colour of the theme by name. The caller may change it: it is a copy."""
        return QColor(self._colors[token])

    def px(self, n: float) -> int:
        """`n` logical pixels times the text size; never 0 for something that is there."""
        scaled = int(n * self._factor + 0.5)
        return max(scaled, 1) if n > 0 else scaled

    def line(self, role: str) -> int:
        """Line height of a type role in pixels."""
        return self.px(TYPE[role].line)

    def font(self, role: str) -> QFont:
        kind = TYPE[role]
        font = QFont()
        font.setFamilies(["JetBrains Mono" if kind.mono else "Inter", *self._system_families, *OTHER_SCRIPTS])
        font.setPixelSize(self.px(kind.size))
        font.setWeight(QFont.Weight(kind.weight))
        if kind.spacing:
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, kind.spacing * kind.size * self._factor)
        font.setFeature(QFont.Tag("tnum"), 1)  # figures of one width, so that numbers do not jump
        if kind.mono:
            font.setStyleHint(QFont.StyleHint.Monospace)
            font.setFeature(QFont.Tag("calt"), 0)  # a token is shown as its characters, not as a ligature
        return font

    def icon(self, name: str, color: str = "ink2", size: int = 16, gap: int = 0) -> QIcon:
        """`gap`: empty pixels after the icon, where the style puts the words too near."""
        key = (name, color, size, gap)
        if key not in self._icons:
            self._icons[key] = icons.icon(name, color, self.px(size), self._paint, self.px(gap))
        return self._icons[key]

    def pixmap(self, name: str, color: str = "ink2", size: int = 16) -> QPixmap:
        """An icon as a picture, for labels and painters."""
        density = self._app.devicePixelRatio()
        return icons.draw(icons.recoloured(name, color, self._paint), self.px(size), max(density, 2.0))

    def style_sheet(self) -> str:
        """For the application: the template with this theme's colours, sizes and icons."""
        text = resource("themes/app.qss").read_text("utf-8")
        text = re.sub(r"icon\(([\w-]+), (\w+)\)", lambda match: f'url("{self._drawn_icon(match[1], match[2])}")', text)
        text = re.sub(r"\{(\d+)([+-]\d+)?(/2)?\}", self._sized, text)
        return re.sub(r"@(\w+)", lambda match: self._paint(match[1]), text)

    # ---- how it follows
    def _on_setting(self, key: str) -> None:
        if key in LOOK_SETTINGS:
            self._apply()
            self.changed.emit()

    @Slot()
    def _on_system_change(self) -> None:
        before = self._colors
        if self._dark_wanted() != self.dark or self._load() != before:
            self._apply()
            self.changed.emit()

    def _apply(self) -> None:
        self.dark = self._dark_wanted()
        self._factor = self._settings.get("general.text_size") / 100
        self._colors = self._load()
        self._icons.clear()
        self._tell_platform()
        still = self._settings.get("general.less_motion")  # nothing else of ours moves
        self._app.setCursorFlashTime(0 if still else self._flash_time)
        colors = palette(self._colors)
        self._app.setPalette(colors)
        QToolTip.setPalette(colors)
        self._app.setFont(self.font("body"))
        QToolTip.setFont(self.font("small"))
        self._app.setStyleSheet(self.style_sheet())

    def _dark_wanted(self) -> bool:
        theme = self._settings.get("general.theme")
        system = self._hints.colorScheme() == Qt.ColorScheme.Dark
        return system if theme == "system" else theme == "dark"

    def _strong_wanted(self) -> bool:
        choice = self._settings.get("general.stronger_edges")
        asked = self._hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast
        return asked if choice == "system" else choice == "on"

    def _load(self) -> dict[str, QColor]:
        theme = read_theme("dark" if self.dark else "light")
        colors = theme["colors"] | (theme["stronger"] if self._strong_wanted() else {})
        return {name: QColor(value) for name, value in colors.items()}

    def _tell_platform(self) -> None:
        """So that title bars and system dialogs match. It paints nothing of ours, and offscreen it does nothing."""
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        wanted = schemes.get(self._settings.get("general.theme"), Qt.ColorScheme.Unknown)
        if wanted == Qt.ColorScheme.Unknown:
            self._hints.unsetColorScheme()
        else:
            self._hints.setColorScheme(wanted)

    def _paint(self, token: str) -> str:
        color = self._colors[token]
        return color.name(QColor.NameFormat.HexArgb if color.alpha() < 255 else QColor.NameFormat.HexRgb)

    def _sized(self, match: re.Match[str]) -> str:
        """`{12-1}` is 12 scaled pixels less one real one, `{14+2/2}` half of the sum: what a circle's radius may be."""
        pixels = self.px(int(match[1])) + int(match[2] or 0)
        return str(pixels // 2 if match[3] else pixels)

    def _drawn_icon(self, name: str, color: str) -> str:
        """Style sheets take pictures from files only; a new name for each colour, since Qt caches them by name."""
        path = Path(self._drawn.path()) / f"{name}-{self._paint(color)[1:]}.svg"
        if not path.exists():
            path.write_text(icons.recoloured(name, color, self._paint), "utf-8")
        return path.as_posix()


def read_theme(name: str) -> dict[str, Any]:
    return tomllib.loads(resource(f"themes/{name}.toml").read_text("utf-8"))


def add_fonts(app: QApplication) -> list[str]:
    """Make the bundled fonts known; returns the family that the system would have used, for other scripts."""
    families = [app.font().family()]
    known = QFontDatabase.families()
    if "Inter" not in known or "JetBrains Mono" not in known:
        for name in FONTS:
            QFontDatabase.addApplicationFont(str(resource(f"fonts/{name}")))
    return [family for family in families if family and family != "Inter"]
