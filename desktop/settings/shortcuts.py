"""The page of keys: every action that has some, each to be changed. Knows no action by name."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.settings.key_button import KeyButton
from desktop.settings.page import SettingsPage
from desktop.shortcuts import ACTIONS, Action, chosen_keys, give, shown
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import Label
from engine.errors import UserError
from engine.settings import SettingsStore


class ShortcutsPage(SettingsPage):
    def __init__(self, look: Look, settings: SettingsStore) -> None:
        super().__init__(look, "Shortcuts", note="If keys are taken, Nextword names the action that uses them")
        self._settings = settings
        self._lines = {action.id: ShortcutRow(look, action) for action in ACTIONS}
        self._find = QLineEdit(placeholderText="Find an action", clearButtonEnabled=False)
        self._find.setAccessibleName("Find an action")
        self._find.addAction(look.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._find.setFixedWidth(look.px(200))
        self._find.textChanged.connect(self._filter)
        self.head.addWidget(self._find)
        for action_id, line in self._lines.items():
            line.keys.pressed_keys.connect(lambda keys, action_id=action_id: self._give(action_id, keys))
            line.usual.clicked.connect(lambda _, action_id=action_id: self._usual(action_id))
            self.add(line)
            line.show_keys(settings)
        self.rows.setSpacing(0)
        self.destroyed.connect(settings.on_change(self._on_change))

    def row(self, action: str) -> ShortcutRow:
        return self._lines[action]

    def _usual(self, action: str) -> None:
        usual = next(one for one in ACTIONS if one.id == action)
        self._give(action, usual.keys)

    def _give(self, action: str, keys: str) -> None:
        try:
            other = give(self._settings, action, keys)
        except UserError as error:
            self.failed.emit(error.message, error.hint)
            return
        if other is not None:
            self.failed.emit(f"{shown(keys)} belongs to “{other.label}”", "Change that one first.")

    def _on_change(self, key: str) -> None:
        group, name = key.split(".", 1)
        if group == "shortcuts" and name in self._lines:
            self._lines[name].show_keys(self._settings)

    @Slot(str)
    def _filter(self, text: str) -> None:
        for line in self._lines.values():
            line.setVisible(text.strip().casefold() in line.label.casefold())


class ShortcutRow(QWidget):
    """The action's name, its keys, and the way back to the usual ones where they were changed."""

    def __init__(self, look: Look, action: Action) -> None:
        super().__init__()
        self._look = look
        self._action = action
        self.label = action.label
        self.keys = KeyButton(look, action.label)
        self.usual = IconButton(look, "rotate-ccw", f"Usual keys for: {action.label}")
        kept = self.usual.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.usual.setSizePolicy(kept)
        line = QHBoxLayout()
        line.setContentsMargins(0, 2, 0, 2)
        line.addWidget(Label(look, action.label), 1)
        line.addWidget(self.usual)
        line.addWidget(self.keys)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(hairline())

    def show_keys(self, settings: SettingsStore) -> None:
        self.keys.show_keys(chosen_keys(settings, self._action.id))
        self.usual.setVisible(settings.get(f"shortcuts.{self._action.id}") is not None)
