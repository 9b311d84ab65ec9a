"""What heads do to the next words: switched off, and the words before and after side by side. Knows no map."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.inspect.asking import STOPPED
from desktop.inspect.pieces import bars, quoted
from desktop.inspect.place import Place
from desktop.notices import announce
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.folding_row import FoldingRow
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.word_bars import WordBars
from desktop.widgets.word_row import percent
from engine.messages import Chance, Failed, Head, NextChances, NextWords

TOP = 5
OFF, ON = "Switch off this head", "Switch this head on again"


class HeadTest(QWidget):
    """`switched` comes with all heads that are off."""

    switched = Signal(set)

    def __init__(self, look: Look, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._text, self._head = "", (0, 0)
        self.off: set[Head] = set()
        self.usual: NextChances | None = None
        self.without: NextChances | None = None
        self.button = Button(look, OFF, "minus")
        self.all_on = Button(look, "Switch all on", kind="ghost")
        self.note = ElidedLabel(look, "then compare the next words", "small", "ink2")
        self.finding = Label(look, "", "body", wrap=True)
        self.before = WordBars(look, "Next words with all heads")
        self.after = WordBars(look, "Next words without these heads")
        self.after_title = Label(look, "", "heading")
        self.place = Place(look, self._make_words())
        self._task = Task(bridge, self)
        self._task.progress.connect(self.place.show_progress)
        self._task.done.connect(self._done)
        self._task.failed.connect(self._failed)
        self._task.stopped.connect(lambda: self.place.say(STOPPED, again=True))
        self.place.again.connect(self._ask)
        self.place.stop.connect(self._task.cancel)
        self.button.clicked.connect(self._switch)
        self.all_on.clicked.connect(self.reset)
        self._lay_out()
        look.changed.connect(self._restyle)
        self._restyle()
        self._show_state()

    def _make_words(self) -> QWidget:
        words = QWidget()
        row = self._columns = QHBoxLayout(words)
        row.setContentsMargins(0, 0, 0, 0)
        for title, rows in (
            (Label(self._look, "All heads on", "heading"), self.before),
            (self.after_title, self.after),
        ):
            column = QVBoxLayout()
            column.setSpacing(self._look.px(4))  # else it has that of the row
            column.addWidget(title)
            column.addWidget(rows)
            column.addStretch(1)
            row.addLayout(column, 1)
        return words

    def _lay_out(self) -> None:
        buttons = FoldingRow(self._look, (0, 0, 0, 0), 8)
        buttons.first.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        buttons.first.addWidget(self.note, 1)
        buttons.second.addWidget(self.all_on)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(buttons)
        self._column.addWidget(self.finding)
        self._column.addWidget(self.place)

    # ---- what is asked -----------------------------------------------------------------
    def show_text(self, text: str) -> None:
        """Another text or another model: all heads are on again."""
        self._text, self.usual = text, None
        self.reset()

    def show_head(self, head: Head) -> None:
        """The head that the button is about."""
        self._head = head
        self._show_state()

    def drop(self) -> None:
        """The words are asked anew when they are needed."""
        if self._task.running:
            self._task.drop()
            self.place.rest()

    @Slot()
    def reset(self) -> None:
        self._task.drop()
        self.off.clear()
        self.without = None
        self._show_state()
        self.switched.emit(set())

    @Slot()
    def _switch(self) -> None:
        self.off ^= {self._head}
        if not self.off:
            return self.reset()
        self._show_state()
        self.switched.emit(set(self.off))
        return self._ask()

    @Slot()
    def _ask(self) -> None:
        self.place.wait()
        self._next()

    def _next(self) -> None:
        heads = tuple(sorted(self.off)) if self.usual is not None else ()
        self._task.start(NextWords, text=self._text, top=TOP, heads_off=heads)

    @Slot(object)
    def _done(self, chances: NextChances) -> None:
        if self.usual is None:
            self.usual = chances
            return self._next()
        self.without = chances
        self.before.show_rows(bars(self.usual.items, rest=self.usual.unexplored))
        self.after.show_rows(bars(chances.items, rest=chances.unexplored))
        self.place.show_picture()
        self.finding.setText(difference(self.usual, chances))
        self.finding.show()
        return announce(self, self.finding.text())

    @Slot(object)
    def _failed(self, failed: Failed) -> None:
        self.finding.hide()
        self.place.fail(failed)

    # ---- what is seen ------------------------------------------------------------------
    def _show_state(self) -> None:
        off = self._head in self.off
        self.button.setText(ON if off else OFF)
        self.button.set_icon("plus" if off else "minus")
        if self.off:
            self.all_on.enable()
        else:
            self.all_on.disable("No head is switched off.")
        self.after_title.setText(without(self.off))
        self.note.setVisible(not self.off)
        self.place.setVisible(bool(self.off))
        self.finding.setVisible(bool(self.off) and self.without is not None)

    @Slot()
    def _restyle(self) -> None:
        self._column.setSpacing(self._look.px(8))
        self._columns.setSpacing(self._look.px(24))


def without(off: set[Head]) -> str:
    """ "Without layer 5, head 3" """
    if len(off) == 1:
        layer, head = next(iter(off))
        return f"Without layer {layer + 1}, head {head + 1}"
    return f"Without {len(off)} heads"


def difference(usual: NextChances, changed: NextChances) -> str:
    """The word whose chance changed most, in one sentence; what is not listed on a side is not compared."""
    chances = {one.text: one.probability for one in changed.items}
    both = [one for one in usual.items if one.text in chances]
    first, now = usual.items[:1], changed.items[:1]
    if first and now and first[0].text != now[0].text:
        return (
            f"The likeliest word, by the model before any sampler, changes from {named(first[0])} to {named(now[0])}."
        )
    most = max(both, key=lambda one: abs(chances[one.text] - one.probability), default=None)
    if most is None:
        return "None of the words listed before is among those listed now."
    if abs(chances[most.text] - most.probability) < 0.001:
        return "The next words, by the model before any sampler, stay as they were."
    way = "rises" if chances[most.text] > most.probability else "falls"
    share = percent(chances[most.text])
    return f"{quoted(most.text)} {way} from {percent(most.probability)} to {share}, by the model before any sampler."


def named(chance: Chance) -> str:
    return f"{quoted(chance.text)} ({percent(chance.probability)})"
