"""The one primary button of the page, the name of what will be made, and why it cannot be pressed. Knows no engine."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.amounts import about, amount
from desktop.theme import Look
from desktop.train.preparation import Preparation
from desktop.train.run import TrainRun
from desktop.train.runs import Runs
from desktop.train.sources import Sources
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.messages import SizePlan

NO_TEXT = "Waits for text that can be read: what is wrong stands above, under the list."
NO_VOCABULARY = "Waits for a vocabulary: what is wrong stands above, under the slider."
WAITS = "Waits until the current run ends."
LONGEST_NAME = 80


class TrainBox(QWidget):
    """`train` comes with the title when a run may begin."""

    train = Signal(str)

    def __init__(
        self,
        look: Look,
        sources: Sources,
        preparation: Preparation,
        run: TrainRun,
        runs: Runs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look, self._sources, self._preparation, self._run, self._runs = look, sources, preparation, run, runs
        self._named = False
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the model")
        self.name.setToolTip("What the model will be called")
        self.name.setMaxLength(LONGEST_NAME)
        self.button = Button(look, "Train", "sprout", primary=True, size="large")
        self.button.setToolTip("Make a new model from this text (pre-training)")
        self.text = Label(look, "", "small", "ink2", wrap=True)
        self._row, self._column = QHBoxLayout(), QVBoxLayout(self)
        self._row.addWidget(self.name, 1)
        self._row.addWidget(self.button)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self._row)
        self._column.addWidget(self.text)
        self.name.textEdited.connect(self._rename)
        self.name.returnPressed.connect(self.button.click)
        self.button.clicked.connect(lambda: self.train.emit(self.title))
        for signal in (preparation.changed, run.changed, runs.listed, sources.changed):
            signal.connect(self._show)
        look.changed.connect(self._restyle)
        self._restyle()
        self._show()

    @property
    def title(self) -> str:
        return " ".join(self.name.text().split())

    def forget_name(self) -> None:
        """The run that has it has begun: the next one is called otherwise."""
        self._named = False

    @Slot()
    def _rename(self) -> None:
        self._named = bool(self.title)
        self._show()

    @Slot()
    def _show(self) -> None:
        if not self._named and not self.name.hasFocus():
            self.name.setText(self._suggestion())
        reason = self._reason()
        if reason:
            self.button.disable(reason)
        else:
            self.button.enable()
        self.text.setText(reason or self._estimate())

    def _suggestion(self) -> str:
        """After the first text and the size; with a number where that is taken."""
        chosen = self._sources.chosen()
        first = chosen[0].title.rpartition("/")[2].partition(".")[0] if chosen else "My"
        name = f"{first[: LONGEST_NAME - 16]} {self._preparation.settings.preset}".strip()
        name = name[0].upper() + name[1:]
        taken = {run.title.casefold() for run in self._runs.runs} | {self._run.title.casefold()}
        numbers = (name if number == 1 else f"{name} {number}" for number in range(1, len(taken) + 2))
        return next(one for one in numbers if one.casefold() not in taken)

    def _reason(self) -> str:
        """Why nothing can be trained now; empty when it can."""
        preparation = self._preparation
        if self._run.active:
            return WAITS
        if not self._sources.chosen():
            return "No text is chosen, so there is nothing to learn from."
        for inquiry, reason in ((preparation.reading, NO_TEXT), (preparation.trying, NO_VOCABULARY)):
            if inquiry.failed is not None:
                return reason
        if preparation.reading.waiting or preparation.report is None:
            return "Waits until the text is read."
        size = preparation.size
        if size is not None and size.verdict == "too big":
            return f"This size needs {amount(size.memory)} of memory, and so much is not free. Choose a smaller one."
        return "" if self.title else "It needs a name."

    def _estimate(self) -> str:
        size = self._preparation.size
        if size is None:
            return "How long it takes is being measured." if self._preparation.planning.waiting else ""
        return in_short(size)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._row.setSpacing(px(10))
        self._column.setSpacing(px(8))
        self.name.setMinimumWidth(px(120))


def in_short(size: SizePlan) -> str:
    time = about(size.seconds)
    return f"{time[0].upper()}{time[1:]} and {amount(size.memory)} of memory, measured on this computer."
