"""The button that keeps a picture of the run: which format, which file, and what is said afterwards. Knows no run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from desktop.notices import Notices
from desktop.pictures import png_of, svg_of, write
from desktop.theme import Look
from desktop.train import picture
from desktop.widgets.button import Button
from engine.errors import UserError

FORMATS = {"png": ("Picture (PNG)", "Pictures (*.png)"), "svg": ("Drawing (SVG)", "Drawings (*.svg)")}
NOTHING = "There is nothing to keep yet."


class Saving(QObject):
    """`current` gives what the picture is of, or None where nothing was written yet."""

    def __init__(self, look: Look, notices: Notices, current: Callable[[], picture.Kept | None], page: QWidget) -> None:
        super().__init__(page)
        self._look, self._notices, self._current, self._page = look, notices, current, page
        self.button = Button(look, "Save picture", "download", kind="ghost", size="small")
        self.button.setToolTip("Keep the loss and what it wrote as one picture")
        self.button.clicked.connect(lambda: self.menu().popup(self.button.mapToGlobal(self.button.rect().bottomLeft())))

    def menu(self) -> QMenu:
        menu = QMenu(self.button)
        for format, (label, _) in FORMATS.items():
            menu.addAction(label, lambda chosen=format: self.choose(chosen))
        return menu

    @Slot()
    def allow(self) -> None:
        if self._current() is None:
            self.button.disable(NOTHING)
        else:
            self.button.enable()

    def choose(self, format: str) -> None:
        kept = self._current()
        dialog = QFileDialog(self._page, "Save picture")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(FORMATS[format][1])
        dialog.setDefaultSuffix(format)
        dialog.selectFile(f"{file_name(kept.record.title if kept else '')}.{format}")
        dialog.fileSelected.connect(lambda name: self.write(Path(name), format))
        dialog.finished.connect(lambda _: dialog.deleteLater())
        dialog.open()

    def write(self, path: Path, format: str) -> None:
        """What is shown now."""
        kept = self._current()
        if kept is None:
            return self._notices.info(NOTHING)
        facts = {"run": kept.record.title, "what": kept.facts, "beginning": kept.prompt}

        def paint(painter: QPainter) -> None:
            picture.paint(painter, self._look, kept)

        try:
            if format == "png":
                write(path, png_of(picture.size(), paint, facts))
            else:
                write(path, svg_of(picture.size(), paint, kept.record.title, facts))
        except UserError as error:
            return self._notices.error(error.message, error.hint)
        return self._notices.info(f"Saved as {path}.")


def file_name(title: str) -> str:
    """ "How Harbour nano learned": letters that every system takes."""
    return " ".join(["How", *re.findall(r"\w+", title)[:8], "learned"])
