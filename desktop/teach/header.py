"""The line at the top of Teach: which set is open, finding a pair, bringing more in. Knows titles, no pairs."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from desktop.amounts import counted
from desktop.metrics import GUTTER
from desktop.teach.open_set import OpenSet
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.folding_row import FoldingRow
from desktop.widgets.label import Label

HEAD = 56
SEARCH_WIDTH = 190
SEARCH_MS = 150


class LeavingField(QLineEdit):
    """Says when Escape was pressed."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            return self.left.emit()
        return super().keyPressEvent(event)


class TeachHeader(FoldingRow):
    """The chooser's menu holds every set, and what can be done with the open one."""

    searched = Signal(str)
    found = Signal()  # Enter: on to what was found
    importing = Signal()
    adding = Signal()
    exporting = Signal(str)  # csv, jsonl
    deleting = Signal()

    def __init__(self, look: Look, pairs: OpenSet, parent: QWidget | None = None) -> None:
        super().__init__(look, (GUTTER, 6, 20, 6), 10, parent)
        self._pairs = pairs
        self.chooser = Button(look, "", "chevron-down", kind="ghost")
        self.chooser.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands after the title
        self.name_field = LeavingField()
        self.name_field.setAccessibleName("Name of this set")
        self.search = LeavingField()
        self.search.setPlaceholderText("Find a pair")
        self.search.setAccessibleName("Find a pair")
        self.search.setClearButtonEnabled(True)
        self._loupe = self.search.addAction(look.icon("search", "ink3"), QLineEdit.ActionPosition.LeadingPosition)
        self.import_button = Button(look, "Import", "download")
        self.add_button = Button(look, "Add pair", "plus")
        self._typing = QTimer(self, singleShot=True, interval=SEARCH_MS)
        self._lay_out()
        self._wire()
        look.changed.connect(self._resize)
        self._resize()
        self._show()

    def _lay_out(self) -> None:
        self.first.addWidget(Label(self._look, "Teach", "page_title"))
        self.first.addWidget(self.chooser)
        self.first.addWidget(self.name_field)
        self.first.addStretch(1)
        self.name_field.hide()
        for widget in (self.search, self.import_button, self.add_button):
            self.second.addWidget(widget)

    def _wire(self) -> None:
        self.chooser.clicked.connect(self._open_menu)
        self.name_field.returnPressed.connect(self._rename)
        self.name_field.editingFinished.connect(self._leave_name)
        self.name_field.left.connect(self._leave_name)
        self._typing.timeout.connect(lambda: self.searched.emit(self.search.text().strip()))
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.search.returnPressed.connect(self._search_now)
        self.search.left.connect(self.search.clear)
        self.import_button.clicked.connect(self.importing)
        self.add_button.clicked.connect(self.adding)
        self._pairs.opened.connect(self._show)
        self._pairs.listed.connect(self._show)

    @Slot()
    def _show(self) -> None:
        chosen = self._pairs.set
        text = f"{chosen.title}, {counted(len(self._pairs.ids), 'pair')}" if chosen else "No set yet"
        self.chooser.setText(text)
        self.chooser.setAccessibleName(f"Set of pairs: {text}")

    @Slot()
    def _search_now(self) -> None:
        self._typing.stop()
        self.searched.emit(self.search.text().strip())
        self.found.emit()

    def clear_search(self) -> None:
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self._typing.stop()

    # ---- the menu of sets ------------------------------------------------------------
    @Slot()
    def _open_menu(self) -> None:
        self.menu().popup(self.chooser.mapToGlobal(self.chooser.rect().bottomLeft()))

    def menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        icon, chosen = self._look.icon, self._pairs.set
        for one in self._pairs.sets.list():
            entry = menu.addAction(f"{one.title}, {counted(one.pairs, 'pair')}".replace("&", "&&"))
            entry.setCheckable(True)
            entry.setChecked(chosen is not None and one.id == chosen.id)
            entry.triggered.connect(lambda _=False, number=one.id: self._pairs.open(number))
        menu.addSeparator()
        undo = self._pairs.undo
        for act, text, keys, there in (
            (undo.undo, f"Undo {undo.undoText()}", "Ctrl+Z", undo.canUndo()),
            (undo.redo, f"Redo {undo.redoText()}", "Ctrl+Shift+Z", undo.canRedo()),
        ):
            menu.addAction(icon("undo-2"), f"{text.strip()}\t{keys}", act).setEnabled(there)
        menu.addSeparator()
        menu.addAction(icon("plus"), "New set", self._new)
        if chosen is not None:
            menu.addAction(icon("pencil"), "Rename this set", self.edit_name)
            menu.addAction(icon("upload"), "Export as CSV", lambda: self.exporting.emit("csv"))
            menu.addAction(icon("upload"), "Export as JSONL", lambda: self.exporting.emit("jsonl"))
            menu.addSeparator()
            menu.addAction(icon("trash-2", "bad"), "Delete this set", self.deleting.emit)
        return menu

    @Slot()
    def _new(self) -> None:
        titles = {one.title for one in self._pairs.sets.list()}
        number = next(n for n in range(1, len(titles) + 2) if _new_title(n) not in titles)
        self._pairs.new(_new_title(number))
        self.edit_name()

    # ---- renaming in place -----------------------------------------------------------
    @Slot()
    def edit_name(self) -> None:
        if self._pairs.set is not None:
            self.name_field.setText(self._pairs.set.title)
            self.chooser.hide()
            self.name_field.show()
            self.name_field.selectAll()
            self.name_field.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _rename(self) -> None:
        title = " ".join(self.name_field.text().split())
        self._leave_name()
        if title:
            self._pairs.rename(title)

    @Slot()
    def _leave_name(self) -> None:
        if not self.name_field.isHidden():
            self.chooser.show()
            self.name_field.hide()
            self.chooser.setFocus()

    @Slot()
    def _resize(self) -> None:
        px, ink = self._look.px, self._look.color("ink").name()
        self.chooser.setStyleSheet(f"QPushButton {{ padding: 0 {px(6)}px; color: {ink}; }}")
        self._loupe.setIcon(self._look.icon("search", "ink3"))
        self.setMinimumHeight(px(HEAD))
        self.search.setMaximumWidth(px(SEARCH_WIDTH))


def _new_title(number: int) -> str:
    return "New set" if number == 1 else f"New set {number}"
