"""What the last run came to: in a sentence, answer by answer, and what may be done with it. Knows no engine."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from desktop.amounts import counted, duration, share
from desktop.teach.result_rows import ResultRows, rows_of
from desktop.teach.result_table import ResultTable
from desktop.teach.wording import version_of
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.button import Button
from desktop.widgets.folding_row import FoldingRow
from desktop.widgets.label import Label
from engine.data.taught_runs import TaughtRun
from engine.messages import ExportFormat, TeachOutcome

FEW = 3
STOPPED = {
    "learned": "It stopped by itself, because everything was learned.",
    "forgetting": "It stopped by itself, because it began to forget more than 3%.",
    "person": "It was stopped, and its best step was kept.",
}
FORMATS: tuple[tuple[ExportFormat, str], ...] = (
    ("hf", "As a folder for Transformers"),
    ("gguf", "As a GGUF file"),
    ("peft", "The adapter alone (PEFT)"),
)
LITTLE = 0.005
"""A change of bits per byte under half a percent is called none."""


class ResultView(QFrame):
    undo = Signal()
    merge = Signal()
    export = Signal(str)
    chat = Signal()
    compare = Signal()
    show_pair = Signal(int)
    resized = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.run: TaughtRun | None = None
        self.setProperty("area", "card")
        self.setAccessibleName("Last run")
        self.title = Label(look, "", "heading")
        self.summary = Label(look, "", "small", "ink2", wrap=True)
        self.facts = Label(look, "", "small", "ink2", wrap=True)
        self.rows = ResultRows(self)
        self.table = ResultTable(look, self.rows)
        self.undo_button = Button(look, "Undo this run", "undo-2")
        self.merge_button = Button(look, "Merge", kind="ghost")
        self.merge_button.setToolTip(
            "Make a model of its own out of what was taught and the model below it; it weighs in every reply then"
        )
        self.export_button = Button(look, "Export…", "upload", kind="ghost")
        self.chat_button = Button(look, "Chat", "message-square")
        self.all_button = Button(look, "Show all answers", kind="link", size="small")
        self.difference_button = Button(look, "Show per-word difference", kind="link", size="small")
        self._lay_out()
        self._wire()
        look.changed.connect(self._restyle)
        self._restyle()

    def _lay_out(self) -> None:
        self._head = FoldingRow(self._look, (16, 7, 10, 7), 8)
        words = QVBoxLayout()
        words.setSpacing(0)
        for label in (self.title, self.summary):
            words.addWidget(label)
        self._head.first.addLayout(words, 1)
        for button in (self.export_button, self.merge_button, self.undo_button, self.chat_button):
            self._head.second.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._foot = QHBoxLayout()
        self._foot.addWidget(self.all_button)
        self._foot.addWidget(self.difference_button)
        self._foot.addWidget(self.facts, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(hairline())
        column.addWidget(self.table)
        column.addLayout(self._foot)

    def _wire(self) -> None:
        self.undo_button.clicked.connect(self.undo)
        self.merge_button.clicked.connect(self.merge)
        self.export_button.clicked.connect(self._open_formats)
        self.chat_button.clicked.connect(self.chat)
        self.all_button.clicked.connect(self._toggle_all)
        self.difference_button.clicked.connect(self.compare)
        self.table.opened.connect(self.show_pair)

    # ---- showing ---------------------------------------------------------------------
    def show_result(self, run: TaughtRun) -> None:
        outcome = run.outcome
        assert outcome is not None
        self.run = run
        version = version_of(run.title)
        self.title.setText(f"Last run, {run.title}")
        self.summary.setText(in_short(outcome))
        self.facts.setText(f"{recalls(outcome)} {general(outcome)}")
        self.facts.setToolTip(
            f"General text: {outcome.bits_before:.3f} bits per byte before, {outcome.bits_after:.3f} after"
        )
        self.chat_button.setText(f"Chat with {version}")
        self.rows.show_rows(rows_of(outcome), ("Question", "Before", f"After, {version}", "Result"))
        self._show_some(FEW)

    def set_busy(self, note: str) -> None:
        """What is being done with the model, or nothing."""
        for button in (self.undo_button, self.merge_button, self.export_button):
            if note:
                button.disable(note)
            else:
                button.enable()
        if self.run is not None and self.run.outcome is not None:
            self.summary.setText(note or in_short(self.run.outcome))

    @Slot()
    def _toggle_all(self) -> None:
        self._show_some(FEW if self.rows.most is None else None)

    def _show_some(self, most: int | None) -> None:
        self.rows.show_most(most)
        count = len(self.rows.rows)
        self.all_button.setText(f"Show all {count:,} answers" if most is not None else "Show fewer answers")
        self.all_button.setVisible(count > FEW)
        self.resized.emit()

    @Slot()
    def _open_formats(self) -> None:
        self.formats().popup(self.export_button.mapToGlobal(self.export_button.rect().bottomLeft()))

    def formats(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for format, title in FORMATS:
            menu.addAction(title, lambda chosen=format: self.export.emit(chosen))
        return menu

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._foot.setContentsMargins(px(12), px(5), px(16), px(5))
        self._foot.setSpacing(px(12))


def in_short(outcome: TeachOutcome) -> str:
    """Never without the count of unrelated answers that changed."""
    learned = sum(one.state == "learned" for one in outcome.answers)
    changed = sum(one.changed for one in outcome.unrelated)
    parts = [
        f"Finished in {duration(outcome.seconds)}.",
        f"{learned} of {counted(len(outcome.answers), 'pair')} learned,",
        f"{changed} of {counted(len(outcome.unrelated), 'unrelated answer')} changed.",
        STOPPED.get(outcome.stopped_by, ""),
    ]
    return " ".join(part for part in parts if part)


def recalls(outcome: TeachOutcome) -> str:
    """By what a pair is answered, as taught and in other words."""
    one, other = outcome.recall, outcome.rephrased
    return (
        f"Answered by weights alone {share(one.weights)}, cards alone {share(one.cards)}, both {share(one.both)}; "
        f"in other words {share(other.weights)}, {share(other.cards)} and {share(other.both)}."
    )


def general(outcome: TeachOutcome) -> str:
    """Bits per byte of general text, in words."""
    risen = outcome.bits_after / outcome.bits_before - 1 if outcome.bits_before > 0 else 0.0
    if abs(risen) < LITTLE:
        return "General text is predicted as well as before."
    return f"General text is predicted {abs(risen):.1%} {'less' if risen > 0 else 'more'} well than before."
