"""Pairs from files and the clipboard into the open set, and out of it into files. Knows formats by name only."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.amounts import counted
from desktop.bridge import Bridge
from desktop.notices import Notices
from desktop.teach.import_dialog import ImportDialog
from desktop.teach.open_set import OpenSet
from desktop.theme import Look
from engine.data.pairs.pair_file import PairFile
from engine.data.pairs.reading import paste_pairs
from engine.data.pairs.writing import write_csv, write_jsonl
from engine.errors import UserError

ENDINGS = {"csv": "Tables (*.csv)", "jsonl": "JSON lines (*.jsonl)"}


class Transfer(QObject):
    """`added` carries the numbers of pairs that are new in the open set."""

    added = Signal(list)

    def __init__(self, look: Look, pairs: OpenSet, bridge: Bridge, notices: Notices, page: QWidget) -> None:
        super().__init__(page)
        self._look, self._pairs, self._bridge, self._notices, self._page = look, pairs, bridge, notices, page
        self._waiting: list[Path] = []
        self.dialog: ImportDialog | None = None

    # ---- in --------------------------------------------------------------------------
    @Slot()
    def choose(self) -> None:
        dialog = QFileDialog(self._page, "Open a file of pairs")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self.read([Path(name) for name in names]))
        dialog.finished.connect(lambda _: dialog.deleteLater())
        dialog.open()

    @Slot(list)
    def read(self, paths: list[Path]) -> None:
        """Each in turn; the person decides before anything is added."""
        self._waiting += paths
        if self.dialog is None and self._waiting:
            title = self._pairs.set.title if self._pairs.set else ""
            self.dialog = ImportDialog(self._look, self._bridge, self._waiting.pop(0), title, self._page)
            self.dialog.add_here.connect(self._add)
            self.dialog.add_new.connect(self._add_new)
            self.dialog.finished.connect(self._closed)
            self.dialog.open()

    @Slot()
    def _closed(self) -> None:
        self.dialog = None
        self.read([])

    @Slot(object)
    def _add(self, file: PairFile) -> None:
        ids = self._pairs.add(file.pairs, "Import")
        undo = self._pairs.way_back(ids, added=True)
        title = self._pairs.set.title if self._pairs.set else ""
        self._notices.info(f"{counted(len(ids), 'pair')} added to {title}.", ("Undo", undo))
        self.added.emit(ids)

    @Slot(object, str)
    def _add_new(self, file: PairFile, title: str) -> None:
        self._pairs.new(title)
        self._add(file)

    @Slot(str)
    def paste(self, text: str) -> None:
        if not text.strip():
            return self._notices.info("The clipboard holds no text. Copy two columns in a spreadsheet first.")
        try:
            file = paste_pairs(text)
        except UserError as error:
            return self._notices.error(error.message, error.hint)
        ids = self._pairs.add(file.pairs, "Paste")
        undo = self._pairs.way_back(ids, added=True)
        left = f" {counted(len(file.skipped), 'row')} left out: {file.skipped[0].reason}" if file.skipped else ""
        self._notices.info(f"{counted(len(ids), 'pair')} pasted.{left}", ("Undo", undo))
        return self.added.emit(ids)

    # ---- out -------------------------------------------------------------------------
    @Slot(str)
    def export(self, format: str) -> None:
        if self._pairs.set is None:
            return
        dialog = QFileDialog(self._page, f"Export {self._pairs.set.title}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(ENDINGS[format])
        dialog.setDefaultSuffix(format)
        dialog.selectFile(f"{self._pairs.set.title}.{format}")
        dialog.fileSelected.connect(lambda name: self.write(Path(name), format))
        dialog.finished.connect(lambda _: dialog.deleteLater())
        dialog.open()

    def write(self, path: Path, format: str) -> None:
        pairs = [one.pair for one in self._pairs.sets.read(self._pairs.ids)]
        try:
            (write_csv if format == "csv" else write_jsonl)(pairs, path)
        except UserError as error:
            return self._notices.error(error.message, error.hint)
        return self._notices.info(f"{counted(len(pairs), 'pair')} exported to {path}.")
