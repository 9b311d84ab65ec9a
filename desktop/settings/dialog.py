"""The settings: five pages, changes apply at once. Knows the pages, not what their settings do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.forms import Form
from desktop.notices import announce
from desktop.settings.categories import Categories
from desktop.settings.generation import SEED, generation_page
from desktop.settings.hardware import hardware_page
from desktop.settings.page import SettingsPage
from desktop.settings.privacy import privacy_page
from desktop.settings.shortcuts import ShortcutsPage
from desktop.shortcuts import ACTIONS
from desktop.theme import Look
from desktop.widgets.area import area, hairline
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from desktop.widgets.scrim import Scrim
from engine.errors import UserError
from engine.paths import Paths
from engine.settings import SettingsStore

SIZE = (848, 616)
CATEGORIES = 208
GENERAL = (
    "general.theme",
    "general.text_size",
    "general.tint",
    "general.stronger_edges",
    "general.less_motion",
    "general.enter_sends",
)
PAGES = (
    ("general", "General", "settings-2"),
    ("generation", "Generation defaults", "sliders-horizontal"),
    ("hardware", "Hardware", "cpu"),
    ("privacy", "Privacy", "shield-check"),
    ("shortcuts", "Shortcuts", "keyboard"),
)


class SettingsDialog(QDialog):
    """`paths` lets the privacy page say where the files are."""

    def __init__(
        self,
        look: Look,
        settings: SettingsStore,
        bridge: Bridge | None,
        parent: QWidget | None = None,
        *,
        paths: Paths | None = None,
    ) -> None:
        super().__init__(parent)
        self._look, self._settings, self._bridge, self._paths = look, settings, bridge, paths
        self._before: dict[str, object] = {}
        self._scrim: Scrim | None = None
        self.setWindowTitle("Settings")
        self._made: dict[str, SettingsPage] = {}
        self._stack = QStackedWidget()
        self._categories = Categories(look, PAGES)
        self._categories.chosen.connect(self.page)
        self._note = Label(look, "", "small", "ink2", wrap=True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._restore = Button(look, "Restore defaults", "rotate-ccw", kind="ghost")
        self._restore.clicked.connect(self._restore_defaults)
        self._undo = Button(look, "Undo", "undo-2", kind="link")
        self._undo.clicked.connect(self._take_back)
        self._done = Button(look, "Done", primary=True)
        self._done.clicked.connect(self.accept)
        self._lay_out()
        self.page("general")
        self._restyle()
        look.changed.connect(self._restyle)

    def page(self, name: str) -> None:
        """Open a category: general, generation, hardware, privacy, shortcuts."""
        if name not in self._made:
            self._made[name] = self._make(name)
            self._made[name].failed.connect(self._say)
            self._stack.addWidget(self._made[name])
        self._stack.setCurrentWidget(self._made[name])
        self._categories.show_chosen(name)
        self._usual_note()

    def current(self) -> SettingsPage:
        page = self._stack.currentWidget()
        assert isinstance(page, SettingsPage)
        return page

    @property
    def said(self) -> str:
        """What the footer says now."""
        return self._note.text()

    def _make(self, name: str) -> SettingsPage:
        look, settings = self._look, self._settings
        if name == "generation":
            return generation_page(look, settings)
        if name == "hardware":
            return hardware_page(look, settings, self._bridge)
        if name == "privacy":
            return privacy_page(look, settings, self._paths)
        if name == "shortcuts":
            return ShortcutsPage(look, settings)
        page = SettingsPage(look, "General")
        page.add_form(Form(look, settings, GENERAL))
        return page

    def _lay_out(self) -> None:
        side = area("panel")
        self._side = side
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._categories)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._stack, 1)
        right.addWidget(hairline())
        right.addWidget(self._footer())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(side)
        row.addWidget(hairline(vertical=True))
        row.addLayout(right, 1)

    def _footer(self) -> QFrame:
        footer = area("surface")
        self._foot = QHBoxLayout(footer)
        self._foot.addWidget(self._restore)
        self._foot.addWidget(self._undo)
        self._foot.addWidget(self._note, 1)
        self._foot.addWidget(self._done)
        return footer

    # ---- the footer speaks
    def _usual_note(self) -> None:
        self._undo.hide()
        self._note.set_color("ink2")
        self._note.setText(self.current().note)

    @Slot(str, str)
    def _say(self, message: str, hint: str) -> None:
        sentence = f"{message}. {hint}".strip()
        self._note.set_color("bad")
        self._note.setText(sentence)
        announce(self, sentence, urgent=True)

    # ---- defaults and the way back
    def _keys_here(self) -> list[str]:
        if isinstance(self.current(), ShortcutsPage):
            return [f"shortcuts.{action.id}" for action in ACTIONS]
        own = [key for form in self.current().forms for key in form.values()]
        return own + (list(SEED) if "generation.temperature" in own else [])

    @Slot()
    def _restore_defaults(self) -> None:
        before = {key: self._settings.get(key) for key in self._keys_here()}
        if self._keep(lambda key: self._settings.reset(key), list(before)):
            for form in self.current().forms:
                form.reset()
            self._before = before
            self._note.setText("The defaults of this page are back")
            self._undo.show()
            self._undo.setFocus()

    @Slot()
    def _take_back(self) -> None:
        self._keep(lambda key: self._settings.set(key, self._before[key]), list(self._before))
        self._done.setFocus()
        self._usual_note()

    def _keep(self, change: object, keys: list[str]) -> bool:
        assert callable(change)
        try:
            for key in keys:
                change(key)
        except UserError as error:
            self._say(error.message, error.hint)
            return False
        return True

    # ---- the window
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        parent = self.parentWidget()
        if parent is not None and self._scrim is None:
            self._scrim = Scrim(self._look, parent.window())

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._scrim is not None:
            self._scrim.deleteLater()
            self._scrim = None

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        parent = self.parentWidget()
        room = self.screen().availableSize()
        room = room.expandedTo(parent.window().size()) if parent is not None else room
        self.resize(min(px(SIZE[0]), room.width()), min(px(SIZE[1]), room.height()))
        self._side.setFixedWidth(px(CATEGORIES))
        self._foot.setContentsMargins(px(16), px(12), px(20), px(12))
        self._foot.setSpacing(px(8))
