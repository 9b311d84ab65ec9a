"""A file of pairs before it is added: what was found in it, how it was taken, what was left out. Knows the reader."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.amounts import counted
from desktop.bridge import Bridge
from desktop.notices import announce
from desktop.task import Task
from desktop.teach.mapping_form import MappingForm
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.cells import Cells
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.meter_bar import MeterBar
from desktop.widgets.scrim import Scrim
from engine.data.pairs.pair_file import Mapping, PairFile
from engine.data.pairs.writing import write_skipped
from engine.errors import UserError
from engine.messages import Failed, Progress, ReadPairs

SIZE = (760, 560)
FIRST = 20
FORMATS = {
    "csv": "Table (CSV)",
    "tsv": "Table (tabs)",
    "xlsx": "Excel workbook",
    "zip": "Archive",
    "json": "JSON",
    "jsonl": "JSON lines",
    "yaml": "YAML",
    "markdown": "Text with questions and answers",
    "anki": "Anki",
    "qna": "QnA Maker",
    "trivia": "Trivia",
    "alpaca": "Alpaca",
    "sharegpt": "ShareGPT",
    "openai": "OpenAI messages",
    "dolly": "Dolly",
    "squad": "SQuAD",
    "chatgpt": "ChatGPT export",
    "claude": "Claude export",
}


class ImportDialog(QDialog):
    """Nothing is added before one of the two buttons is pressed."""

    add_here = Signal(object)  # PairFile
    add_new = Signal(object, str)  # PairFile, title

    def __init__(self, look: Look, bridge: Bridge, path: Path, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._path = look, path
        self._task = Task(bridge, self)
        self.file: PairFile | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Import pairs")
        self.resize(min(look.px(SIZE[0]), max(parent.width(), 480)), min(look.px(SIZE[1]), max(parent.height(), 400)))
        self.head = ElidedLabel(look, path.name, "section")
        self.facts = Label(look, "", "body", "ink2", wrap=True)
        self.meter = MeterBar(look, "Progress of reading")
        self.mapping = MappingForm(look)
        self.preview = Cells(look, "The first pairs", (1, 1, 1))
        self.skipped_button = Button(look, "", "chevron-right", kind="ghost", size="small")
        self.skipped_button.setCheckable(True)
        self.skipped = Cells(look, "Rows left out", (0, 1, 1))
        self.save_skipped = Button(look, "Save these rows…", kind="link", size="small")
        self.here_button = Button(look, f"Add to {title}" if title else "Add", primary=True)
        self.new_button = Button(look, "As a new set")
        self.cancel_button = Button(look, "Cancel")
        self._lay_out()
        self._wire()
        scrim = Scrim(look, parent.window())
        self.finished.connect(lambda _: (self._task.drop(), scrim.deleteLater()))
        self._read(None)

    def _lay_out(self) -> None:
        px = self._look.px
        column, skipped, row = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(10))
        skipped.addWidget(self.skipped_button)
        skipped.addStretch(1)
        skipped.addWidget(self.save_skipped)
        row.addWidget(self.cancel_button)
        row.addStretch(1)
        row.addWidget(self.new_button)
        row.addWidget(self.here_button)
        for part in (self.head, self.facts, self.meter, self.mapping):
            column.addWidget(part)
        column.addWidget(self.preview, 2)
        column.addLayout(skipped)
        column.addWidget(self.skipped, 1)
        column.addStretch(0)
        column.addLayout(row)

    def _wire(self) -> None:
        self._task.progress.connect(self._advance)
        self._task.done.connect(self._show)
        self._task.failed.connect(self._fail)
        self.mapping.corrected.connect(self._read)
        self.skipped_button.toggled.connect(self._show_skipped)
        self.save_skipped.clicked.connect(self._choose_where)
        self.here_button.clicked.connect(self._add_here)
        self.new_button.clicked.connect(self._add_new)
        self.cancel_button.clicked.connect(self.reject)

    # ---- reading ---------------------------------------------------------------------
    @Slot(object)
    def _read(self, mapping: Mapping | None) -> None:
        self.facts.set_color("ink2")
        self.facts.setText(f"Reading {self._path.name}")
        self.meter.show_value(0, "just begun")
        self.meter.show()
        first = self.file is None
        for part in (self.preview, self.skipped_button, self.save_skipped, self.skipped):
            part.setVisible(not first and part is self.preview)
        for button in (self.here_button, self.new_button):
            button.disable("Waits until the file is read.")
        self._task.start(ReadPairs, path=self._path, mapping=mapping)

    @Slot(object)
    def _advance(self, progress: Progress) -> None:
        part = progress.done / max(progress.total, 1)
        self.meter.show_value(part, f"{part:.0%}")

    @Slot(object)
    def _show(self, file: PairFile) -> None:
        self.file = file
        self.meter.hide()
        count = counted(len(file.pairs), "pair")
        left = f", {counted(len(file.skipped), 'row')} left out" if file.skipped else ""
        name = FORMATS.get(file.format, file.format)
        self.facts.setText(f"{name}, {file.encoding}: {count}{left}.")
        announce(self, self.facts.text())
        self.mapping.show_file(file)
        self._show_preview(file)
        self.skipped_button.setText(f"{counted(len(file.skipped), 'row')} left out, and why")
        self.skipped_button.setVisible(bool(file.skipped))
        self.skipped_button.setChecked(False)
        self.skipped.show_rows(
            ("Row", "Why", "What stands there"), [(str(one.row), one.reason, one.text) for one in file.skipped]
        )
        self.skipped.hide()
        for button in (self.here_button, self.new_button):
            button.enable()
        self.here_button.setFocus()

    def _show_preview(self, file: PairFile) -> None:
        first = file.pairs[:FIRST]
        titles, rows = ["Question", "Answer"], [[one.question, one.answer] for one in first]
        if any(one.system for one in first):
            titles.append("Instructions")
            rows = [[*row, one.system] for row, one in zip(rows, first, strict=True)]
        self.preview.show_rows(titles, rows)
        self.preview.show()

    @Slot(object)
    def _fail(self, failed: Failed) -> None:
        self.meter.hide()
        self.facts.set_color("bad")
        self.facts.setText(f"{failed.message}. {failed.hint or failed.report}".strip())
        announce(self, self.facts.text(), urgent=True)
        for button in (self.here_button, self.new_button):
            button.disable("Nothing was read from this file.")
        self.cancel_button.setText("Close")

    # ---- what was left out -----------------------------------------------------------
    @Slot(bool)
    def _show_skipped(self, shown: bool) -> None:
        self.skipped_button.set_icon("chevron-down" if shown else "chevron-right")
        self.skipped.setVisible(shown)
        self.save_skipped.setVisible(shown)

    @Slot()
    def _choose_where(self) -> None:
        dialog = QFileDialog(self, "Save the rows that were left out")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("Tables (*.csv)")
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(f"{self._path.stem}-left-out.csv")
        dialog.fileSelected.connect(lambda name: self.write_skipped(Path(name)))
        dialog.finished.connect(lambda _: dialog.deleteLater())
        dialog.open()

    def write_skipped(self, path: Path) -> None:
        if self.file is None:
            return
        try:
            write_skipped(self.file.skipped, path)
        except UserError as error:
            self.facts.set_color("bad")
            self.facts.setText(f"{error.message}. {error.hint}")
        else:
            self.facts.setText(f"{counted(len(self.file.skipped), 'row')} saved in {path.name}.")

    # ---- adding ----------------------------------------------------------------------
    @Slot()
    def _add_here(self) -> None:
        if self.file is not None:
            self.add_here.emit(self.file)
            self.accept()

    @Slot()
    def _add_new(self) -> None:
        if self.file is not None:
            self.add_new.emit(self.file, self._path.stem)
            self.accept()
