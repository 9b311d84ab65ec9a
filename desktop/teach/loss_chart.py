"""The loss of a run as two lines, drawn with pyqtgraph in the colours of the theme. Knows steps, not what is taught."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QSize, Qt, Slot
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.teach.cells import Cells
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.messages import StepRow

# Pens of pyqtgraph keep their width whatever the scale of the axes; a plain QPen is as thick as its number of steps.
pg.setConfigOptions(antialias=True, exitCleanup=False)

WIDTH, HEIGHT = 340, 172
ROOM_FOR_NAMES = 1.36
"""How much wider than the steps the chart is, so that the lines are named at their ends."""
MOST_LINES = 4
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
        self._area = pg.PlotItem()
        self._plot = pg.PlotWidget(parent=self, plotItem=self._area)
        self._area.setMenuEnabled(False)
        self._view: pg.ViewBox = self._area.getViewBox()
        self._view.setMouseEnabled(False, False)
        self._area.hideButtons()
        for part in (self._plot, self._plot.viewport()):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._training = self._area.plot()
        self._held_out = self._area.plot()
        self._names = {name: pg.TextItem(anchor=(0, 0.5)) for name in ("training", "held out")}
        self._best_line = pg.InfiniteLine(angle=90)
        self._best_name = pg.TextItem("best so far", anchor=(1, 0))
        self._grid = [pg.InfiniteLine(angle=0) for _ in range(MOST_LINES)]
        for item in (*self._grid, *self._names.values(), self._best_line, self._best_name):
            self._area.addItem(item, ignoreBounds=True)
        self._plot.scene().sigMouseMoved.connect(self._hover)  # pyright: ignore[reportAttributeAccessIssue]

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
        self._part_names(highest)
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
        top = highest * 1.12 or 1.0
        self._view.setRange(xRange=(-0.02 * steps, steps * ROOM_FOR_NAMES), yRange=(-0.02 * top, top), padding=0)
        heights = ticks(top, MOST_LINES)
        for line, height in zip(self._grid, [*heights, *[None] * MOST_LINES], strict=False):
            line.setVisible(height is not None)
            line.setValue(height or 0)
        self._area.getAxis("left").setTicks([[(height, f"{height:g}") for height in heights]])
        marks = ticks(steps * 0.8, 3)
        names = [(mark, f"{mark:g}") for mark in marks]
        self._area.getAxis("bottom").setTicks([[*names, (steps, f"step {steps:,}")]])

    def _name(self, name: str, step: int, loss: float | None) -> None:
        item = self._names[name]
        item.setVisible(loss is not None)
        if loss is not None:
            item.setText(f"{name} {loss:.2f}")
            item.setPos(step, loss)

    def _part_names(self, highest: float) -> None:
        """Two names at nearly the same height would lie on each other."""
        low, high = sorted(self._names.values(), key=lambda item: item.pos().y())
        nearest = highest * 0.14
        if low.isVisible() and high.isVisible() and high.pos().y() - low.pos().y() < nearest:
            middle = (low.pos().y() + high.pos().y()) / 2
            low.setPos(low.pos().x(), max(middle - nearest / 2, 0))
            high.setPos(high.pos().x(), max(middle - nearest / 2, 0) + nearest)

    @Slot(object)
    def _hover(self, place: QPointF) -> None:
        step = round(self._view.mapSceneToView(place).x())
        near = min(self.rows, key=lambda row: abs(row.step - step), default=None)
        if near is None or not 0 <= step <= near.steps:
            return self.read_out.setText("lower is better")
        outside = f", held out {near.held_out:.2f}" if near.held_out is not None else ""
        return self.read_out.setText(f"step {near.step}: training {near.loss:.2f}{outside}")

    @Slot()
    def _restyle(self) -> None:
        color, small = self._look.color, self._look.font("caption")
        self._plot.setBackground(color("surface"))
        self._training.setPen(pg.mkPen(color("k1"), width=self._look.px(16) / 10))
        self._held_out.setPen(_dashed(pg.mkPen(color("k2"), width=self._look.px(18) / 10), 5, 3))
        for name, token in (("training", "k1"), ("held out", "k2")):
            self._names[name].setColor(color(token))
            self._names[name].setFont(small)
        self._best_line.setPen(_dashed(pg.mkPen(color("ink3"), width=1), 1, 3))
        self._best_name.setColor(color("ink2"))
        self._best_name.setFont(small)
        for line in self._grid:
            line.setPen(pg.mkPen(color("line"), width=1))
            line.setZValue(-10)
        for side in ("left", "bottom"):
            axis = self._area.getAxis(side)
            axis.setPen(QPen(Qt.PenStyle.NoPen))
            axis.setTickPen(QPen(Qt.PenStyle.NoPen))
            axis.setTextPen(color("ink3"))
            axis.setStyle(tickFont=small, tickLength=0, tickTextOffset=self._look.px(4))
        self._draw()


def ticks(top: float, most: int) -> list[float]:
    """Round numbers from 0 up to `top`, at most so many."""
    if top <= 0 or not math.isfinite(top):
        return [0.0]
    rough = top / most
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    return [step * n for n in range(most) if step * n <= top]


def _dashed(pen: QPen, on: float, off: float) -> QPen:
    width = max(pen.widthF(), 1.0)
    pen.setDashPattern([on / width, off / width])
    return pen
