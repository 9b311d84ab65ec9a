"""What the model answered to one pair before the run, and what it answers now. Knows samples, not where from."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.teach.open_set import OpenSet
from desktop.teach.run import TeachRun
from desktop.theme import Look
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import Label
from engine.messages import Sample

NOTHING = "The first answers are written soon."
LONGEST = 400
"""Characters of an answer that are shown here; the result shows it whole."""


class BeforeAfter(QWidget):
    """Follows the run; the arrows go through the pairs that are asked meanwhile."""

    def __init__(self, look: Look, pairs: OpenSet, run: TeachRun, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._pairs, self._run = look, pairs, run
        self.lesson: int | None = None
        self._chosen = False
        self.back = IconButton(look, "chevron-left", "The pair before")
        self.forward = IconButton(look, "chevron-right", "The next pair")
        self.which = Label(look, "", "caption", "ink3")
        self.question = Label(look, "", "small_medium", wrap=True)
        self.before = Label(look, "", "small", "ink2", wrap=True)
        self.now_title = Label(look, "Now", "caption", "ink3")
        self.now = Label(look, NOTHING, "small", wrap=True)
        self.before_title = Label(look, "Before", "caption", "ink3")
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(Label(look, "Before and after", "heading"), 1)
        for widget in (self.back, self.which, self.forward):
            head.addWidget(widget)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(head)
        for widget in (self.question, self.before_title, self.before, self.now_title, self.now):
            self._column.addWidget(widget)
        self._column.addStretch(1)
        self.back.clicked.connect(lambda: self._step(-1))
        self.forward.clicked.connect(lambda: self._step(1))
        run.sampled.connect(self._sampled)
        look.changed.connect(self._restyle)
        self._restyle()

    @Slot(object)
    def _sampled(self, sample: Sample) -> None:
        """As long as nobody chose a pair, one with an answer of now is shown."""
        shown = self._run.samples.get(self.lesson, []) if self.lesson is not None else []
        if not self._chosen and sample.step and not any(one.step for one in shown):
            self.lesson = sample.lesson
        if self.lesson in (None, sample.lesson) or len(self._run.samples) < 3:
            self.show_samples()

    def begin(self) -> None:
        """Another run."""
        self.lesson, self._chosen = None, False
        self.show_samples()

    @Slot()
    def show_samples(self) -> None:
        asked = sorted(self._run.samples)
        if self.lesson not in asked:
            self.lesson = asked[0] if asked else None
        known = self.lesson is not None
        for widget in (self.which, self.back, self.forward, self.question, self.before_title, self.before,
                       self.now_title):  # fmt: skip
            widget.setVisible(known)
        if self.lesson is None:
            return self.now.setText(NOTHING)
        samples = self._run.samples[self.lesson]
        first = next((one for one in samples if one.step == 0), None)
        newest = samples[-1] if samples[-1].step else None
        held = self._pairs.holds(self.lesson)
        self.which.setText(f"pair {self._pairs.place(self.lesson) + 1}" if held else "a pair")
        self.question.setText(self._run.lessons[self.lesson].question if self.lesson in self._run.lessons else "")
        self.before.setText(_short(first.answer) if first else "Not measured.")
        self.now_title.setText(f"Now, step {newest.step}" if newest else "Now")
        self.now.setText(_short(newest.answer) if newest else NOTHING)
        for button, end in ((self.back, asked[0]), (self.forward, asked[-1])):
            if self.lesson == end:
                button.disable("There is no other pair in this direction.")
            else:
                button.enable()
        return None

    def _step(self, way: int) -> None:
        asked = sorted(self._run.samples)
        if self.lesson in asked:
            self._chosen = True
            self.lesson = asked[max(0, min(len(asked) - 1, asked.index(self.lesson) + way))]
            self.show_samples()

    @Slot()
    def _restyle(self) -> None:
        self._column.setSpacing(self._look.px(3))


def _short(answer: str) -> str:
    text = answer.strip() or "(nothing)"
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip() + "…"
