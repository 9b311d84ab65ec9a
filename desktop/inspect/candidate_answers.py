"""Which of several answers a text calls for: a classifier without training. Knows the engine's comparison."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.inspect.chances import chance
from desktop.inspect.job_line import JobLine
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from desktop.widgets.text_field import TextField
from desktop.widgets.word_bars import WordBars
from desktop.widgets.word_row import WordRow
from engine.messages import Candidate, CompareAnswers

EXPLAINED = "How the model would go on after the text above, if only these answers could follow."
ONLY_THESE = "Shares among these answers only."
SEEN = 90
"""Characters at the end of the text that are shown above the answers."""
FIRST = "positive\nnegative"


class CandidateAnswers(QWidget):
    measured = Signal()

    def __init__(self, look: Look, bridge: Bridge) -> None:
        super().__init__()
        self._look = look
        self._text, self._missing = "", ""
        self.task = Task(bridge, self)
        self.found: tuple[Candidate, ...] = ()
        self.after = Label(look, "", "body_medium", wrap=True)
        self.field = TextField("Candidate answers, one a line", FIRST)
        self.button = Button(look, "Compare answers")
        self.line = JobLine(look, self.task, "Comparing answers")
        self.bars = WordBars(look, "How likely each answer is")
        self.note = Label(look, "", "small", "ink2", wrap=True)
        self._lay_out()
        self.button.clicked.connect(self.run)
        self.line.again.connect(self.run)
        self.field.textChanged.connect(self._allow)
        self.task.done.connect(self._take)
        look.changed.connect(self._restyle)
        self._clear()

    def _lay_out(self) -> None:
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(Label(self._look, "Candidate answers", "heading"))
        self._column.addWidget(Label(self._look, EXPLAINED, "small", "ink2", wrap=True))
        for widget in (self.after, self.field):
            self._column.addWidget(widget)
        self._column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        for widget in (self.line, self.bars, self.note):
            self._column.addWidget(widget)
        self._restyle()

    def show_text(self, text: str, missing: str) -> None:
        """`missing` says why nothing can be asked; empty when it can."""
        changed = text != self._text
        self._text, self._missing = text, missing
        end = " ".join(text.split())
        self.after.setText(f"… {end[-SEEN:].lstrip()}" if len(end) > SEEN else end)
        if changed:
            self.task.drop()
            self._clear()
        self._allow()

    def answers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line.strip() for line in self.field.toPlainText().splitlines() if line.strip()))

    @Slot()
    def run(self) -> None:
        self.line.begin("Reading the answers")
        self.task.start(CompareAnswers, text=self._text, answers=self.answers())

    @Slot(object)
    def _take(self, found: tuple[Candidate, ...]) -> None:
        self.found = tuple(sorted(found, key=lambda one: -one.logprob))
        self.bars.show_rows([WordRow(one.text, one.share) for one in self.found])
        best = self.found[0]
        self.note.setText(f"{ONLY_THESE} “{best.text}” itself has a chance of {chance(best.logprob)} to follow.")
        self.bars.show()
        self.note.show()
        self.measured.emit()

    def _clear(self) -> None:
        self.found = ()
        self.line.say("")
        self.bars.hide()
        self.note.hide()

    @Slot()
    def _allow(self) -> None:
        reason = self._missing
        if not reason and not self._text.strip():
            reason = "Write a text in the box above first, such as: The review is"
        if not reason and len(self.answers()) < 2:
            reason = "Write at least two answers, one a line."
        if reason:
            self.button.disable(reason)
        else:
            self.button.enable()

    @Slot()
    def _restyle(self) -> None:
        self._column.setSpacing(self._look.px(6))
        self.field.setFixedHeight(self._look.line("body") * 3 + self._look.px(14))
