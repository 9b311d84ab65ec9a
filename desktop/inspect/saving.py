"""The button that saves what is seen: which format, which file, and what is said afterwards. Knows no tab."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from desktop.inspect.export import about, csv_of, json_of, png_of, svg_of
from desktop.inspect.tab import Tab
from desktop.loader import ModelLoader
from desktop.notices import Notices
from desktop.pictures import write
from desktop.theme import Look
from desktop.widgets.button import Button
from engine.errors import UserError

FORMATS = {
    "png": ("Picture (PNG)", "Pictures (*.png)"),
    "svg": ("Drawing (SVG)", "Drawings (*.svg)"),
    "csv": ("Numbers (CSV)", "Tables (*.csv)"),
    "json": ("Numbers (JSON)", "JSON (*.json)"),
}
NUMBERS = ("csv", "json")


class Saving(QObject):
    """`current` gives the tab that is seen and the text that it shows."""

    def __init__(
        self, look: Look, loader: ModelLoader, notices: Notices, current: Callable[[], tuple[Tab, str]], page: QWidget
    ) -> None:
        super().__init__(page)
        self._look, self._loader, self._notices, self._current, self._page = look, loader, notices, current, page
        self.button = Button(look, "Save picture", "download")
        self.button.setToolTip("Save what this tab shows, as a picture or as numbers")
        self.button.clicked.connect(lambda: self.menu().popup(self.button.mapToGlobal(self.button.rect().bottomLeft())))

    def menu(self) -> QMenu:
        menu = QMenu(self.button)
        menu.setToolTipsVisible(True)
        tab, _ = self._current()
        there = tab.table() is not None
        for format, (label, _) in FORMATS.items():
            if format == NUMBERS[0]:
                menu.addSeparator()
            entry = menu.addAction(label, lambda chosen=format: self.choose(chosen))
            entry.setEnabled(there or format not in NUMBERS)
            entry.setToolTip("" if entry.isEnabled() else "There are no numbers yet.")
        return menu

    @Slot()
    def allow(self) -> None:
        """Without a model nothing could be said of where a picture comes from."""
        if self._loader.loaded is None:
            self.button.disable("There is no model yet, so there is nothing to save.")
        else:
            self.button.enable()

    def choose(self, format: str) -> None:
        tab, text = self._current()
        dialog = QFileDialog(self._page, f"Save {tab.title}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(FORMATS[format][1])
        dialog.setDefaultSuffix(format)
        dialog.selectFile(f"{file_name(tab.title, text)}.{format}")
        dialog.fileSelected.connect(lambda name: self.write(Path(name), format))
        dialog.finished.connect(lambda _: dialog.deleteLater())
        dialog.open()

    def write(self, path: Path, format: str) -> None:
        """What the tab shows now."""
        tab, text = self._current()
        loaded, table = self._loader.loaded, tab.table()
        if loaded is None or (format in NUMBERS and table is None):
            return self._notices.info("There is nothing to save yet.")
        facts = about(loaded, tab.title, text)
        try:
            if format in NUMBERS and table is not None:
                write(path, (csv_of if format == "csv" else json_of)(table, facts))
            else:
                write(path, (png_of if format == "png" else svg_of)(tab.picture(), facts, self._look))
        except UserError as error:
            return self._notices.error(error.message, error.hint)
        return self._notices.info(f"Saved as {path}.")


def file_name(title: str, text: str) -> str:
    """ "Next word, The lighthouse keeper": letters that every system takes."""
    begins = " ".join(re.findall(r"\w+", text)[:4])
    return f"{title}, {begins}" if begins else title
