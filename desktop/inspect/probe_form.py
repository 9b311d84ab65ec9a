"""The sentence with its slot, edited in place, and the other ways to say it. Knows no engine."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from desktop.amounts import counted
from desktop.inspect.fitting_edit import FittingEdit
from desktop.inspect.probe_examples import EXAMPLES, Example
from desktop.inspect.probe_words import Draft, draft_of, from_text, split_slot, with_slot
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.folding_row import FoldingRow
from desktop.widgets.label import Label
from desktop.widgets.text_field import TextField
from engine.messages import SLOT

LINES = 6
SLOT_TIP = "These words take the place of each other: write them with commas between"
CHOICE_TIP = "The two words to choose between, right after the sentence: he or she"
NO_SLOT = f"Write {SLOT} in the text above, where the word is to be swapped."


class ProbeForm(QWidget):
    """The lines of `ways` are what counts; the row above shows the first of them in parts."""

    changed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._text = ""
        self.before = FittingEdit(look, "Sentence before the word that is swapped")
        self.fillers = FittingEdit(look, "Words to swap", tip=SLOT_TIP, kind="slot")
        self.after = FittingEdit(look, "Sentence after the word that is swapped")
        self.choices = FittingEdit(look, "Two words to choose between", tip=CHOICE_TIP, kind="choice")
        self.examples = QComboBox()
        self.examples.setAccessibleName("Examples")
        self.examples.view().setAccessibleName("Examples")
        self.examples.addItem("Examples")
        for one in EXAMPLES:
            self.examples.addItem(one.title)
        self.take_button = Button(look, "Use the text above", kind="ghost")
        self.ways_button = Button(look, "", "chevron-down", kind="ghost")
        self.ways = TextField("Ways to say it, one sentence a line")
        self._lay_out()
        self._wire()
        self.show_example(EXAMPLES[0])
        self.show_text("")

    def _lay_out(self) -> None:
        row = FoldingRow(self._look, (0, 0, 0, 0), 8)
        for widget in (self.before, self.fillers):
            row.first.addWidget(widget)
        for widget in (self.after, self.choices):
            row.second.addWidget(widget)
        row.second.addStretch(1)
        tools = QHBoxLayout()
        for widget in (self.ways_button, self.examples, self.take_button):
            tools.addWidget(widget)
        tools.addStretch(1)
        self.ways_head = Label(self._look, f"One sentence a line, each with {SLOT}", "small", "ink2")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(row, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addLayout(tools)
        self._column.addWidget(self.ways_head)
        self._column.addWidget(self.ways)
        self._fold(hidden=True)
        self._look.changed.connect(self._restyle)
        self._restyle()

    def _wire(self) -> None:
        for edit in (self.before, self.after):
            edit.textEdited.connect(self._first_edited)
        for edit in (self.fillers, self.choices):
            edit.textChanged.connect(self.changed)
        self.ways.textChanged.connect(self._ways_edited)
        self.ways_button.clicked.connect(lambda: self._fold(hidden=self.ways.isVisibleTo(self)))
        self.examples.activated.connect(self._pick)
        self.take_button.clicked.connect(self._take)
        self.changed.connect(self._count)

    # ---- what it holds ---------------------------------------------------------------
    def draft(self) -> Draft:
        return draft_of(self.ways.toPlainText(), self.fillers.text(), self.choices.text())

    def show_example(self, example: Example) -> None:
        self.fillers.show_text(", ".join(example.fillers))
        self.choices.show_text(" or ".join(example.choices))
        self.ways.setPlainText("\n".join(example.templates))

    def show_text(self, text: str) -> None:
        """The text of the box, which may become the sentence."""
        self._text = text
        if from_text(text, self.draft().fillers):
            self.take_button.enable()
        else:
            self.take_button.disable(NO_SLOT)

    @Slot(int)
    def _pick(self, index: int) -> None:
        self.examples.setCurrentIndex(0)
        if index:
            self.show_example(EXAMPLES[index - 1])

    @Slot()
    def _take(self) -> None:
        self.ways.setPlainText(from_text(self._text, self.draft().fillers))

    @Slot()
    def _first_edited(self) -> None:
        """The row was edited: put it into the first line."""
        first = with_slot(self.before.text(), self.after.text())
        _, *rest = self.ways.toPlainText().split("\n")
        with QSignalBlocker(self.ways):
            self.ways.setPlainText("\n".join([first, *rest]))
        self.changed.emit()

    @Slot()
    def _ways_edited(self) -> None:
        before, after = split_slot(next(iter(self.draft().templates), ""))
        self.before.show_text(before)
        self.after.show_text(after)
        self.changed.emit()

    @Slot()
    def _count(self) -> None:
        self.ways_button.setText(counted(len(self.draft().templates), "way to say it", "ways to say it"))
        self.show_text(self._text)

    def _fold(self, *, hidden: bool) -> None:
        self.ways.setVisible(not hidden)
        self.ways_head.setVisible(not hidden)
        self.ways_button.set_icon("chevron-down" if hidden else "chevron-up")

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setSpacing(px(8))
        self.ways.setFixedHeight(self._look.line("body") * LINES + px(14))
        radius = px(6)
        self.fillers.setStyleSheet(
            f"QLineEdit {{ background: {self._look.color('soft').name()}; color: {self._look.color('accent').name()};"
            f" border: 1px solid transparent; border-radius: {radius}px; }}"
            f"QLineEdit:focus {{ border: 2px solid {self._look.color('accent').name()}; }}"
        )
        self.choices.setStyleSheet(
            f"QLineEdit {{ border: 1px dashed {self._look.color('ink3').name()}; border-radius: {radius}px; }}"
            f"QLineEdit:focus {{ border: 2px solid {self._look.color('accent').name()}; }}"
        )
