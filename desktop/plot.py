"""A plot in the look of the theme: no frame, few grid lines, lines that are named at their ends. Knows no run.

Brings pyqtgraph, which takes a third of a second: whoever draws imports this when something is to be drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import mean

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget

from desktop.theme import Look

# Pens of pyqtgraph keep their width whatever the scale of the axes; a plain QPen is as thick as its number of steps.
pg.setConfigOptions(antialias=True, exitCleanup=False)

MOST_LINES = 4
NEAREST_NAMES = 0.14
"""Of the height: two names nearer than this would lie on each other."""
Dashes = tuple[float, ...]


class Plot(pg.PlotWidget):
    """`hovered` gives the place under the mouse in the numbers of the axes."""

    hovered = Signal(float, float)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        self.area = pg.PlotItem()
        super().__init__(parent=parent, plotItem=self.area)
        self._look = look
        self._pens: list[tuple[pg.PlotDataItem | pg.InfiniteLine, str, float, Dashes]] = []
        self._names: list[tuple[pg.TextItem, str]] = []
        self.area.setMenuEnabled(False)
        self.area.hideButtons()
        self._view: pg.ViewBox = self.area.getViewBox()
        self._view.setMouseEnabled(False, False)
        for part in (self, self.viewport()):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._grid = [self.add_rule("line", angle=0) for _ in range(MOST_LINES)]
        for line in self._grid:
            line.setZValue(-10)
        self.scene().sigMouseMoved.connect(self._hover)  # pyright: ignore[reportAttributeAccessIssue]
        look.changed.connect(self.restyle)

    # ---- what is on it ---------------------------------------------------------------
    def add_line(self, token: str, width: float = 1.6, dashes: Dashes = ()) -> pg.PlotDataItem:
        """A line through points, in a colour of the theme; dashes in pixels on and off."""
        line = self.area.plot()
        self._pens.append((line, token, width, dashes))
        return line

    def add_rule(self, token: str, *, angle: int = 90, width: float = 1, dashes: Dashes = ()) -> pg.InfiniteLine:
        """A straight line from edge to edge."""
        rule = pg.InfiniteLine(angle=angle)
        self._pens.append((rule, token, width, dashes))
        self.area.addItem(rule, ignoreBounds=True)
        return rule

    def add_name(self, token: str, text: str = "", anchor: tuple[float, float] = (0, 0.5)) -> pg.TextItem:
        name = pg.TextItem(text, anchor=anchor)
        self._names.append((name, token))
        self.area.addItem(name, ignoreBounds=True)
        return name

    # ---- how far it reaches ----------------------------------------------------------
    def show_range(
        self, right: float, low: float, high: float, marks: Sequence[tuple[float, str]], room: float = 1.0
    ) -> None:
        """From 0 to `right` and some room for names, from `low` to `high`, with these marks on the axis below."""
        pad = 0.02 * (high - low)
        self._view.setRange(xRange=(-0.02 * right, right * room), yRange=(low - pad, high), padding=0)
        heights = [height for height in ticks(high, MOST_LINES, low) if height >= low - pad]
        for line, height in zip(self._grid, [*heights, *[None] * MOST_LINES], strict=False):
            line.setVisible(height is not None)
            line.setValue(height or 0)
        self.area.getAxis("left").setTicks([[(height, f"{height:g}") for height in heights]])
        self.area.getAxis("bottom").setTicks([list(marks)])

    @Slot(object)
    def _hover(self, place: QPointF) -> None:
        point = self._view.mapSceneToView(place)
        self.hovered.emit(point.x(), point.y())

    @Slot()
    def restyle(self) -> None:
        color, small = self._look.color, self._look.font("caption")
        self.setBackground(color("surface"))
        for item, token, width, dashes in self._pens:
            item.setPen(_dashed(pg.mkPen(color(token), width=self._look.px(10 * width) / 10), dashes))
        for name, token in self._names:
            name.setColor(color(token))
            name.setFont(small)
        for side in ("left", "bottom"):
            axis = self.area.getAxis(side)
            axis.setPen(QPen(Qt.PenStyle.NoPen))
            axis.setTickPen(QPen(Qt.PenStyle.NoPen))
            axis.setTextPen(color("ink3"))
            axis.setStyle(tickFont=small, tickLength=0, tickAlpha=0, tickTextOffset=self._look.px(4))


def part_names(names: Sequence[pg.TextItem], height: float, floor: float = 0.0, nearest: float = NEAREST_NAMES) -> None:
    """Move names apart that stand at nearly the same height; `height` is the plot's, `nearest` a share of it."""
    shown = sorted((name for name in names if name.isVisible()), key=lambda name: name.pos().y())
    places = parted([name.pos().y() for name in shown], nearest * height, floor)
    for name, place in zip(shown, places, strict=True):
        name.setPos(name.pos().x(), place)


def parted(heights: Sequence[float], nearest: float, floor: float) -> list[float]:
    """Rising heights, moved as little as needed to be `nearest` apart; what would collide is spread around its mean."""
    blocks: list[list[float]] = []
    for height in heights:
        blocks.append([height])
        while (
            len(blocks) > 1 and mean(blocks[-1]) - mean(blocks[-2]) < nearest * (len(blocks[-1]) + len(blocks[-2])) / 2
        ):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    places: list[float] = []
    for block in blocks:
        for number in range(len(block)):
            place = mean(block) + nearest * (number - (len(block) - 1) / 2)
            places.append(max(place, places[-1] + nearest if places else floor))
    return places


def ticks(top: float, most: int, bottom: float = 0.0) -> list[float]:
    """Round numbers from `bottom` up to `top`, at most so many."""
    if top <= bottom or not math.isfinite(top):
        return [0.0]
    rough = (top - bottom) / most
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    first = math.ceil(bottom / step - 1e-9)
    return [step * n for n in range(first, first + most) if step * n <= top]


def _dashed(pen: QPen, dashes: Dashes) -> QPen:
    if dashes:
        width = max(pen.widthF(), 1.0)
        pen.setDashPattern([length / width for length in dashes])
    return pen
