"""The loss of a run as two lines, drawn with pyqtgraph in the colours of the theme. Knows steps, not what is taught."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.plot import Plot, part_names, ticks
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.cells import Cells
from desktop.widgets.label import Label
from engine.messages import StepRow

WIDTH, HEIGHT = 340, 172
ROOM_FOR_NAMES = 1.36
"""How much wider than the steps the chart is, so that the lines are named at their ends."""
AS_TABLE, AS_CHART = "Show as table", "Show as chart"


class LossChart(QWidget):
    """`read_out` says what lies under the mouse; the description says the whole in one sentence."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.rows: list[StepRow] = []
        self.best: int | None = None
        self.read_out = Label(look, "", "caption", "ink3")
        self._make_plot()
        self.table = Cells(look, "Loss by step", (1, 1, 1))
        self.table.hide()
        self.table_button = Button(look, AS_TABLE, kind="link", size="small")
        self.table_button.clicked.connect(self._turn)
        head = QHBoxLayout()
        head.addWidget(Label(look, "Loss", "heading"))
        head.addStretch(1)
        head.addWidget(self.read_out)
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
        self._best_line = plot.add_rule("ink3", dashes=(1, 3))
        self._best_name = plot.add_name("ink2", "best so far", (1, 0))
        plot.hovered.connect(self._hover)

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(WIDTH), self._look.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(220), self._look.px(HEIGHT))

    def show_rows(self, rows: Sequence[StepRow], best: int | None) -> None:
        self.rows, self.best = list(rows), best
        self._draw()

    @Slot()
    def _turn(self) -> None:
        shown = self.table.isHidden()
        self.table.setVisible(shown)
        self._plot.setVisible(not shown)
        self.table_button.setText(AS_CHART if shown else AS_TABLE)
        self._draw()

    def _fill_table(self) -> None:
        measured = [row for row in self.rows if row.held_out is not None or row is self.rows[-1]]
        shown = [
            (f"{row.step:,}", f"{row.loss:.3f}", "" if row.held_out is None else f"{row.held_out:.3f}")
            for row in measured or self.rows
        ]
        self.table.show_rows(("Step", "Training", "Held out"), shown)

    def summary(self) -> str:
        """One sentence for those who do not see the lines."""
        if not self.rows:
            return "No step yet."
        first, last = self.rows[0], self.rows[-1]
        held = [row for row in self.rows if row.held_out is not None]
        outside = f", and to {held[-1].held_out:.2f} on pairs held out" if held else ""
        best = f" The best so far is step {self.best}." if self.best else ""
        said = f"From {first.loss:.2f} to {last.loss:.2f} in training{outside}"
        return f"{said}, at step {last.step} of {last.steps}. Lower is better.{best}"

    # ---- drawing ---------------------------------------------------------------------
    def _draw(self) -> None:
        held = [(row.step, row.held_out) for row in self.rows if row.held_out is not None]
        self._training.setData([row.step for row in self.rows], [row.loss for row in self.rows])
        self._held_out.setData([step for step, _ in held], [loss for _, loss in held])
        steps = self.rows[-1].steps if self.rows else 100
        highest = max((row.loss for row in self.rows), default=3.0)
        highest = max([highest, *(loss for _, loss in held)])
        self._scale(steps, highest)
        self._name("training", self.rows[-1].step if self.rows else 0, self.rows[-1].loss if self.rows else None)
        self._name("held out", *(held[-1] if held else (0, None)))
        part_names(list(self._names.values()), highest)
        shown = bool(self.best) and bool(self.rows)  # step 0 is the model as it was
        for item in (self._best_line, self._best_name):
            item.setVisible(shown)
        if shown:
            self._best_line.setValue(self.best)
            self._best_name.setPos(QPointF(self.best or 0, highest * 1.12))
            self._best_name.setAnchor((1, 0) if (self.best or 0) > steps / 3 else (0, 0))
        self.setAccessibleDescription(self.summary())
        if not self.table.isHidden():
            self._fill_table()
        if not self._plot.underMouse():
            self.read_out.setText("lower is better")

    def _scale(self, steps: int, highest: float) -> None:
        marks = [(mark, f"{mark:g}") for mark in ticks(steps * 0.8, 3)]
        self._plot.show_range(
            steps, 0.0, highest * 1.12 or 1.0, [*marks, (steps, f"step {steps:,}")], room=ROOM_FOR_NAMES
        )

    def _name(self, name: str, step: int, loss: float | None) -> None:
        item = self._names[name]
        item.setVisible(loss is not None)
        if loss is not None:
            item.setText(f"{name} {loss:.2f}")
            item.setPos(step, loss)

    @Slot(float, float)
    def _hover(self, x: float, _: float) -> None:
        step = round(x)
        near = min(self.rows, key=lambda row: abs(row.step - step), default=None)
        if near is None or not 0 <= step <= near.steps:
            return self.read_out.setText("lower is better")
        outside = f", held out {near.held_out:.2f}" if near.held_out is not None else ""
        return self.read_out.setText(f"step {near.step}: training {near.loss:.2f}{outside}")

    @Slot()
    def _restyle(self) -> None:
        self._plot.restyle()
        self._draw()
