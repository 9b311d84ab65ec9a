"""Part 1, text to learn from: the list, what was found in it, and what was left out. Knows what was read, no engine."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.amounts import amount, share
from desktop.theme import Look
from desktop.train.left_out import LeftOutDialog
from desktop.train.preparation import Preparation
from desktop.train.source_list import SourceList
from desktop.train.sources import Sources
from desktop.train.step_head import StepHead
from desktop.train.trouble import Trouble
from desktop.widgets.button import Button
from desktop.widgets.facts import Facts
from desktop.widgets.label import Label
from engine.messages import CorpusReport, Progress

FILES = "Texts (*.txt *.md *.markdown *.html *.htm *.xhtml *.epub *.jsonl);;All files (*)"
FACTS = (
    ("words", "Words", "In all texts that are chosen, after cleaning"),
    ("different", "Different words", "How many of them are spelled differently (word types)"),
    ("repeated", "Repeated", "Share of the text that was there twice; it is read once (deduplication)"),
    ("held_out", "Kept for testing", "Whole documents that it never learns from, to measure on (held-out text)"),
)


class TextPart(QWidget):
    def __init__(self, look: Look, sources: Sources, preparation: Preparation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._sources, self._preparation = look, sources, preparation
        self.dialog: LeftOutDialog | None = None
        self.head = StepHead(look, 1, "Text to learn from")
        self.list = SourceList(look, sources)
        self.facts = Facts(look, FACTS)
        self.note = Label(look, "", "small", "ink3", wrap=True)
        self.trouble = Trouble(look)
        self.left_out = Button(look, "", kind="link", size="small")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.head, self.list, self.trouble, self.note, self.facts):
            self._column.addWidget(widget)
        self._links = QHBoxLayout()
        self._links.addWidget(self.left_out)
        self._links.addStretch(1)
        self._column.addLayout(self._links)
        self.list.add_files.connect(self._choose_files)
        self.list.add_folder.connect(self._choose_folder)
        self.left_out.clicked.connect(self._show_left_out)
        for signal in (sources.changed, sources.described, preparation.changed):
            signal.connect(self._show)
        look.changed.connect(self._restyle)
        self._restyle()
        self._show()

    @Slot()
    def _show(self) -> None:
        preparation, entries = self._preparation, self._sources.entries
        self.head.say(f"{len(self._sources.chosen())} of {len(entries)} chosen")
        reading, report = preparation.reading, preparation.report
        self.trouble.show_failed(reading.failed)
        self.note.setText("" if reading.failed else self._note())
        self.note.setVisible(bool(self.note.text()))
        self._show_report(report)

    def _note(self) -> str:
        if not self._sources.chosen():
            return "Choose some text above, or add your own."
        return (
            working("Reading the text", self._preparation.reading.progress) if self._preparation.reading.waiting else ""
        )

    def _show_report(self, report: CorpusReport | None) -> None:
        self.facts.setVisible(report is not None)
        self.left_out.setVisible(report is not None and bool(report.left_out))
        if report is None:
            return
        self.facts.show_values(
            words=rounded(report.words),
            different=rounded(report.different_words),
            repeated=f"{100 * report.repeated:.1f}%",
            held_out=share(report.held_out),
        )
        self.left_out.setText(f"{amount(report.left_out_bytes)} left out: see why")

    @Slot()
    def _choose_files(self) -> None:
        dialog = QFileDialog(self, "Add files", str(Path.home()), FILES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        self._open(dialog)

    @Slot()
    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, "Add a folder", str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._open(dialog)

    def _open(self, dialog: QFileDialog) -> None:
        dialog.filesSelected.connect(lambda names: self._sources.add([Path(name) for name in names]))
        dialog.finished.connect(lambda _: dialog.deleteLater())
        dialog.open()

    @Slot()
    def _show_left_out(self) -> None:
        report = self._preparation.report
        if report is not None:
            self.dialog = LeftOutDialog(self._look, report, self)
            self.dialog.open()

    @Slot()
    def _restyle(self) -> None:
        self._column.setSpacing(self._look.px(8))


def working(what: str, progress: Progress | None) -> str:
    """What is being done, and how far that is."""
    if progress is None or progress.total <= 0:
        return f"{what}…"
    return f"{progress.note or what}, {100 * progress.done // progress.total}%"


def rounded(number: int) -> str:
    """Three figures are enough to compare texts by: "10.4 million", "61,300"."""
    if number >= 1_000_000:
        return f"{number / 1e6:.1f} million".replace(".0 ", " ")
    return f"{int(float(f'{number:.3g}')):,}" if number >= 1_000 else f"{number:,}"
