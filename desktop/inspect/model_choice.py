"""Which model is looked into: its name, and a menu of those there are. Knows titles; loading is the window's."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.button import Button
from engine.messages import Failed, ListModels, ModelInfo, ModelList

NONE = "Choose a model"


class ModelChoice(Button):
    """The list is asked for when the menu is wanted, so that it is never old."""

    chosen = Signal(str)  # library name
    failed = Signal(object)  # Failed

    def __init__(self, look: Look, bridge: Bridge, loader: ModelLoader, parent: QWidget | None = None) -> None:
        super().__init__(look, NONE, "chevron-down", kind="ghost", parent=parent)
        self._loader = loader
        self._menu: QMenu | None = None
        self._task = Task(bridge, self)
        self._task.done.connect(self._open)
        self._task.failed.connect(self._fail)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands after the title
        self.clicked.connect(lambda: self._task.start(ListModels))
        loader.changed.connect(self._show)
        look.changed.connect(self._repaint)
        self._repaint()
        self._show()

    @Slot()
    def _show(self) -> None:
        loaded, loader = self._loader.loaded, self._loader
        if loaded is not None:
            title = loaded.title
        elif loader.loading:
            progress = loader.progress
            share = f", {100 * progress.done // progress.total}%" if progress and progress.total else ""
            title = f"Loading {loader.wanted}{share}"
        else:
            title = NONE
        self.setText(title.replace("&", "&&"))
        self.setAccessibleName(f"Model: {title}")

    @Slot(object)
    def _open(self, listing: object) -> None:
        models = listing.models if isinstance(listing, ModelList) else ()
        self.menu_of(models).popup(self.mapToGlobal(self.rect().bottomLeft()))

    def menu_of(self, models: tuple[ModelInfo, ...]) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        loaded = self._loader.loaded
        for model in models:
            entry = menu.addAction(model.title.replace("&", "&&"))
            entry.setCheckable(True)
            entry.setChecked(loaded is not None and loaded.name == model.name)
            reason = why_not(model)
            entry.setEnabled(not reason)
            entry.setToolTip(reason)
            entry.triggered.connect(lambda _=False, name=model.name: self._choose(name))
        if not models:
            menu.addAction("No model yet: add one on the page Models").setEnabled(False)
        return menu

    def _choose(self, name: str) -> None:
        loaded = self._loader.loaded
        if loaded is None or loaded.name != name:
            self.chosen.emit(name)

    @Slot(object)
    def _fail(self, failed: Failed) -> None:
        self.failed.emit(failed)

    @Slot()
    def _repaint(self) -> None:
        ink = self._look.color("ink").name()
        self.setStyleSheet(f"QPushButton {{ padding: 0 {self._look.px(6)}px; color: {ink}; }}")


def why_not(model: ModelInfo) -> str:
    """Why a model cannot be opened from here, in a sentence; empty when it can."""
    if model.problem:
        return model.problem
    if not model.ready and (model.terms is not None or "terms" in model.licence.lower()):
        return "Its terms have to be read first: open it on the page Models."
    return ""
