"""The button that saves what is seen: which format, which file, and what is said afterwards. Knows no page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from desktop.export import BEFORE_SAMPLER, about, csv_of, json_of, png_of, svg_of
from desktop.loader import ModelLoader
from desktop.notices import Notices
from desktop.pictures import write
from desktop.table import Table
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.icon_button import IconButton
from engine.errors import UserError

FORMATS = {
    "png": ("Picture (PNG)", "Pictures (*.png)"),
    "svg": ("Drawing (SVG)", "Drawings (*.svg)"),
    "csv": ("Numbers (CSV)", "Tables (*.csv)"),
    "json": ("Numbers (JSON)", "JSON (*.json)"),
}
NUMBERS = ("csv", "json")


@dataclass(frozen=True, slots=True)
class Seen:
    """What would be saved now. `text` is what it was asked of, `stage` what its probabilities are."""

    title: str
    text: str
    table: Table | None
    picture: QWidget
    stage: str = BEFORE_SAMPLER


class Saving(QObject):
    """`current` gives what is seen; `button` is the one to press, by itself one that says "Save picture"."""

    def __init__(
        self,
        look: Look,
        loader: ModelLoader,
        notices: Notices,
        current: Callable[[], Seen],
        page: QWidget,
        button: Button | IconButton | None = None,
    ) -> None:
        super().__init__(page)
        self._look, self._loader, self._notices, self._current, self._page = look, loader, notices, current, page
        self.button = button or Button(look, "Save picture", "download")
        self.button.setToolTip("Save what is shown here, as a picture or as numbers")
        self.button.clicked.connect(lambda: self.menu().popup(self.button.mapToGlobal(self.button.rect().bottomLeft())))

    def menu(self) -> QMenu:
        menu = QMenu(self.button)
        menu.setToolTipsVisible(True)
        there = self._current().table is not None
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
        seen = self._current()
        dialog = QFileDialog(self._page, f"Save {seen.title}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(FORMATS[format][1])
        dialog.setDefaultSuffix(format)
        dialog.selectFile(f"{file_name(seen.title, seen.text)}.{format}")
        dialog.fileSelected.connect(lambda name: self.write(Path(name), format))
        dialog.finished.connect(lambda _: dialog.deleteLater())
        dialog.open()

    def write(self, path: Path, format: str) -> None:
        """What is shown now."""
        seen = self._current()
        loaded, table = self._loader.loaded, seen.table
        if loaded is None or (format in NUMBERS and table is None):
            return self._notices.info("There is nothing to save yet.")
        facts = about(loaded, seen.title, seen.text, seen.stage)
        try:
            if format in NUMBERS and table is not None:
                write(path, (csv_of if format == "csv" else json_of)(table, facts))
            else:
                write(path, (png_of if format == "png" else svg_of)(seen.picture, facts, self._look))
        except UserError as error:
            return self._notices.error(error.message, error.hint)
        return self._notices.info(f"Saved as {path}.")


def file_name(title: str, text: str) -> str:
    """ "Next word, The lighthouse keeper": letters that every system takes."""
    begins = " ".join(re.findall(r"\w+", text)[:4])
    return f"{title}, {begins}" if begins else title
