"""All runs of before in a table: open one, compare several, go on, delete. Knows runs, no engine."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.amounts import counted
from desktop.theme import Look
from desktop.train.runs import Runs
from desktop.train.size_card import millions
from desktop.train.trouble import Trouble
from desktop.widgets.button import Button
from desktop.widgets.cells import Cells
from desktop.widgets.confirm import Confirm
from desktop.widgets.label import Label
from desktop.widgets.scrim import Scrim
from engine.messages import PretrainRun

SIZE = (800, 460)
TITLES = ("Name", "Size", "Steps", "Bits a byte", "Changed", "State")
NONE_YET = "No run yet. What you train is listed here, finished or not."
CHOOSE, CHOOSE_TWO = "Choose a run first.", "Choose two runs or more: hold Ctrl and click, or Shift and an arrow key."


class EarlierDialog(QDialog):
    """Signals carry what is to be done; it stays open for comparing and deleting."""

    opening = Signal(object)  # PretrainRun
    going_on = Signal(object)  # PretrainRun
    comparing = Signal(list)  # of names

    def __init__(self, look: Look, runs: Runs, active: str, parent: QWidget) -> None:
        """`active` is the title of the run that goes on now; empty where none does."""
        super().__init__(parent)
        self._look, self._runs, self._active = look, runs, active
        self.confirm: Confirm | None = None
        self.setWindowTitle("Earlier runs")
        px = look.px
        self.resize(px(SIZE[0]), px(SIZE[1]))
        self.table = Cells(look, "Earlier runs", (1, 0, 0, 0, 0, 0))
        self.note = Label(look, "", "small", "ink2", wrap=True)
        self.trouble = Trouble(look)
        self.delete = Button(look, "Delete", "trash-2", kind="danger")
        self.compare = Button(look, "Compare", "git-compare")
        self.go_on = Button(look, "Go on", "play")
        self.open_button = Button(look, "Open", "eye")
        self.close_button = Button(look, "Close", kind="ghost")
        self._lay_out()
        self._wire()
        self._list()
        scrim = Scrim(look, parent.window())
        self.finished.connect(lambda _: scrim.deleteLater())
        self.table.setFocus()

    def _lay_out(self) -> None:
        px = self._look.px
        foot = QHBoxLayout()
        for widget in (self.delete, self.close_button):
            foot.addWidget(widget)
        foot.addStretch(1)
        for widget in (self.compare, self.go_on, self.open_button):
            foot.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        column.addWidget(Label(self._look, "Earlier runs", "section"))
        column.addWidget(self.table, 1)
        column.addWidget(self.note)
        column.addWidget(self.trouble)
        column.addLayout(foot)

    def _wire(self) -> None:
        self._runs.listed.connect(self._list)
        self._runs.failed.connect(self.trouble.show_failed)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._allow())
        self.table.doubleClicked.connect(lambda _: self._open())
        self.table.activated.connect(lambda _: self._open())
        self.open_button.clicked.connect(self._open)
        self.go_on.clicked.connect(self._resume)
        self.compare.clicked.connect(lambda: self.comparing.emit([run.name for run in self.chosen()]))
        self.delete.clicked.connect(self._ask)
        self.close_button.clicked.connect(self.reject)

    def chosen(self) -> list[PretrainRun]:
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self._runs.runs[row] for row in rows if row < len(self._runs.runs)]

    @Slot()
    def _list(self) -> None:
        self.table.show_rows(TITLES, [row_of(run) for run in self._runs.runs])
        if self._runs.runs:
            self.table.selectRow(0)
        self._allow()

    def _allow(self) -> None:
        chosen = self.chosen()
        one = chosen[0] if len(chosen) == 1 else None
        _allow(self.open_button, "" if one else CHOOSE)
        _allow(self.compare, "" if len(chosen) > 1 else CHOOSE_TWO)
        _allow(self.go_on, self._no_way_on(one))
        running = any(run.running for run in chosen)
        _allow(self.delete, CHOOSE if not chosen else "This run goes on now. Stop it first." if running else "")
        said = f"{counted(len(self._runs.runs), 'run')}." if self._runs.runs else NONE_YET
        problem = one.problem if one is not None else ""
        self.note.setText(problem or said)

    def _no_way_on(self, run: PretrainRun | None) -> str:
        if run is None:
            return CHOOSE
        if run.state == "done":
            return "This run came to its end."
        if run.running or self._active:
            return "Waits until the current run ends."
        return run.problem

    @Slot()
    def _open(self) -> None:
        if len(self.chosen()) == 1:
            self.opening.emit(self.chosen()[0])
            self.accept()

    @Slot()
    def _resume(self) -> None:
        self.going_on.emit(self.chosen()[0])
        self.accept()

    @Slot()
    def _ask(self) -> None:
        """A deleted run cannot come back, so it is asked first."""
        chosen = self.chosen()
        what = chosen[0].title if len(chosen) == 1 else counted(len(chosen), "run")
        unfinished = sum(run.state == "unfinished" for run in chosen)
        kept = "Models that were made stay in the library."
        lost = "What was not finished cannot go on afterwards. " if unfinished else ""
        self.confirm = Confirm(
            self._look, self, f"Delete {what}?", f"The record of it is deleted. {lost}{kept}",
            f"Delete {counted(len(chosen), 'run')}", "Keep", lambda: [self._runs.forget(run) for run in chosen],
        )  # fmt: skip
        self.confirm.finished.connect(self._asked)
        self.confirm.open()

    @Slot()
    def _asked(self) -> None:
        self.confirm = None


def _allow(button: Button, reason: str) -> None:
    if reason:
        button.disable(reason)
    else:
        button.enable()


def row_of(run: PretrainRun) -> tuple[str, ...]:
    steps = f"{run.step:,}" if run.state == "done" else f"{run.step:,} of {run.steps:,}"
    bits = "" if run.bits is None else f"{run.bits:.3f}"
    date = f"{datetime.fromtimestamp(run.changed_at):%d %b %Y, %H:%M}"
    return run.title, f"{run.preset.capitalize()}, {millions(run.parameters)}", steps, bits, date, state_of(run)


def state_of(run: PretrainRun) -> str:
    if run.running:
        return "Goes on now"
    if run.problem:
        return "Has a problem"
    return "Done" if run.state == "done" else "Unfinished"
