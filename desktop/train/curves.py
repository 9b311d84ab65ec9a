"""The loss of a run as two lines, and where in it the samples below were written. Knows a record."""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.amounts import choices_between
from desktop.plot import Plot, part_names, ticks
from desktop.theme import Look
from desktop.train.record import Record
from desktop.widgets.button import Button
from desktop.widgets.cells import Cells
from desktop.widgets.label import ElidedLabel, Label
from engine.messages import TrainRow

WIDTH, HEIGHT = 420, 190
ROOM_FOR_NAMES = 1.16
"""How much wider than the steps the chart is, so that the lines are named at their ends."""
HEADROOM = 1.1
AS_TABLE, AS_CHART = "Show as table", "Show as chart"
MEANING = "How far it is from the right next token, in nats; lower is better (cross-entropy loss)"


class Curves(QWidget):
    """`mark` is the step whose samples are shown; the description says the whole in one sentence."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._record: Record | None = None
        self.mark: int | None = None
        self._make_plot()
        self.finding = ElidedLabel(look, "", "small", "ink2")
        self.finding.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.table = Cells(look, "Loss by step", (1, 1, 1, 1))
        self.table.hide()
        self.table_button = Button(look, AS_TABLE, kind="link", size="small")
        self.table_button.clicked.connect(self._turn)
        title = Label(look, "Loss", "heading")
        title.setToolTip(MEANING)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addWidget(self.finding, 1)
        head.addWidget(self.table_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._plot, 1)
        column.addWidget(self.table, 1)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Loss")
        look.changed.connect(self._restyle)
        self._restyle()

    def _make_plot(self) -> None:
        self._plot = plot = Plot(self._look, self)
        self._training = plot.add_line("k1")
        self._held_out = plot.add_line("k2", 1.8, (5, 3))
        self._names = {"training": plot.add_name("k1"), "held out": plot.add_name("k2")}
        self._mark_line = plot.add_rule("accent", width=1.6)
        self._mark_name = plot.add_name("accent")
        plot.hovered.connect(self._hover)

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(WIDTH), self._look.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(240), self._look.px(HEIGHT))

    def show_record(self, record: Record) -> None:
        self._record = record
        self.draw()

    def show_mark(self, step: int | None) -> None:
        self.mark = step
        self._draw_mark()

    @Slot()
    def _turn(self) -> None:
        shown = self.table.isHidden()
        self.table.setVisible(shown)
        self._plot.setVisible(not shown)
        self.table_button.setText(AS_CHART if shown else AS_TABLE)
        self.draw()

    def summary(self) -> str:
        """One sentence for those who do not see the lines."""
        record = self._record
        if record is None or not record.rows:
            return "No step yet."
        first, last = record.rows[0], record.rows[-1]
        measured = record.measured[-1].held_out if record.measured else None
        outside = "" if measured is None else f", and to {measured:.2f} on text kept for testing"
        said = f"From {first.loss:.2f} to {last.loss:.2f} in training{outside}"
        return f"{said}, at step {last.step:,} of {last.steps:,}. Lower is better."

    # ---- drawing ---------------------------------------------------------------------
    @Slot()
    def draw(self) -> None:
        record = self._record
        if record is None:
            return
        thin, measured = record.training, [(row.step, row.held_out) for row in record.measured if row.held_out]
        self._training.setData(thin.xs, thin.ys)
        self._held_out.setData([step for step, _ in measured], [loss for _, loss in measured])
        steps = record.step.steps if record.step else 100
        losses = [*thin.ys, *(loss for _, loss in measured)]
        low, high = (min(losses), max(losses) * HEADROOM) if losses else (0.0, 10.0)
        low = max(low - 0.15 * (high - low), 0.0)
        marks = [(mark, f"{mark:,.0f}") for mark in ticks(steps * 0.86, 5)] if steps >= 5 else []
        self._plot.show_range(steps, low, high, [*marks, (steps, f"{steps:,}")], room=ROOM_FOR_NAMES)
        end = thin.xs[-1] if thin.xs else 0
        self._name("training", end, thin.ys[-1] if thin.ys else None)
        self._name("held out", end, measured[-1][1] if measured else None)
        part_names(list(self._names.values()), high - low, low)
        self._top = high
        self._draw_mark()
        self.finding.setText(self._finding(record))
        self.setAccessibleDescription(self.summary())
        if not self.table.isHidden():
            self._fill_table(record)

    _top = 10.0

    def _draw_mark(self) -> None:
        shown = self.mark is not None and self._record is not None and bool(self._record.rows)
        for item in (self._mark_line, self._mark_name):
            item.setVisible(shown)
        if shown and self.mark is not None and self._record is not None and self._record.step is not None:
            self._mark_line.setValue(self.mark)
            self._mark_name.setText(f"shown below, step {self.mark:,}")
            self._mark_name.setAnchor((0, 0) if self.mark < self._record.step.steps * 0.6 else (1, 0))
            self._mark_name.setPos(self.mark, self._top)

    def _name(self, name: str, step: float, loss: float | None) -> None:
        item = self._names[name]
        item.setVisible(loss is not None)
        if loss is not None:
            item.setText(f"{name} {loss:.2f}")
            item.setPos(step, loss)

    def _finding(self, record: Record) -> str:
        """Two numbers that mean something without knowing what a loss is."""
        measured = record.measured[-1].held_out if record.measured else None
        loss = measured if measured is not None else record.training.ys[-1] if record.training.ys else None
        if loss is None:
            return ""
        now = choices_between(loss).removesuffix(" tokens").removesuffix(" token")
        if not record.vocabulary:
            return f"It chooses between {now} tokens now."
        return f"At random it would choose between {record.vocabulary:,} tokens. Now {now}."

    def _fill_table(self, record: Record) -> None:
        rows = record.measured or record.rows[-1:]
        shown = [(f"{row.step:,}", f"{row.loss:.3f}", _figure(row.held_out), _figure(row.bits)) for row in rows]
        self.table.show_rows(("Step", "Training", "Held out", "Bits a byte"), shown)

    @Slot(float, float)
    def _hover(self, x: float, _: float) -> None:
        record = self._record
        if record is None or not record.rows or not 0 <= x <= record.rows[-1].steps:
            return self.finding.setText(self._finding(record) if record is not None else "")
        row = near(record.rows, x)
        outside = f", held out {row.held_out:.2f}" if row.held_out is not None else ""
        return self.finding.setText(f"Step {row.step:,}: training {row.loss:.2f}{outside}")

    @Slot()
    def _restyle(self) -> None:
        self._plot.restyle()
        self.draw()


def near(rows: list[TrainRow], step: float) -> TrainRow:
    """The row at this step or next after it."""
    return rows[min(bisect_left(rows, step, key=lambda row: row.step), len(rows) - 1)]


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
