"""The keys of the window: every action has its shortcut, and follows when a person changes it. Knows no page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from desktop.shortcuts import ACTIONS, keys_of
from engine.settings import SettingsStore

SMALLEST_TEXT, LARGEST_TEXT, TEXT_STEP = 80, 200, 10


class WindowKeys:
    """`targets` says what an action does; the text size it changes by itself."""

    def __init__(self, window: QWidget, settings: SettingsStore, targets: Mapping[str, Callable[[], object]]) -> None:
        self._settings = settings
        self._shortcuts: dict[str, QShortcut] = {}
        acts: dict[str, Callable[[], object]] = {
            **targets,
            "text_larger": lambda: self._scale_text(1),
            "text_smaller": lambda: self._scale_text(-1),
            "text_normal": lambda: settings.set("general.text_size", 100),
        }
        for action in ACTIONS:
            shortcut = QShortcut(window)
            shortcut.activated.connect(acts[action.id])
            self._shortcuts[action.id] = shortcut
        self._set()
        settings.on_change(self._setting_changed)

    def _set(self) -> None:
        for action, shortcut in self._shortcuts.items():
            shortcut.setKeys([QKeySequence(keys) for keys in keys_of(self._settings, action)])

    def _scale_text(self, step: int) -> None:
        size = self._settings.get("general.text_size") + step * TEXT_STEP
        self._settings.set("general.text_size", max(SMALLEST_TEXT, min(LARGEST_TEXT, size)))

    def _setting_changed(self, key: str) -> None:
        if key.startswith("shortcuts."):
            self._set()
