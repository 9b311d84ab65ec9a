"""The table of a model's parameters: a row a matrix, sortable, and what stands in its cells. Knows no engine."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView

from desktop.inspect.figures import Column, Figures, Value
from desktop.theme import Look
from engine.messages import ParameterRow

CHANGED, ROUNDED = 6, 7
NAME_WIDTH = 200
TITLES = ("Name", "Part", "Shape", "Numbers", "Typical size", "Type", "Changed by adapters", "Changed by rounding")


def cells(row: ParameterRow) -> tuple[Value, ...]:
    shape = " × ".join(map(str, row.shape))
    return row.name, row.part, shape, row.count, row.norm, row.dtype, row.changed, row.rounded


def percentage(value: Value) -> str:
    """ "1.2%" """
    return "" if value is None else f"{100 * float(value):.2g}%"


COLUMNS = (
    Column("Name", "The same for all families of models", words=True),
    Column("Part", words=True),
    Column("Shape"),
    Column("Numbers", "How many parameters it holds", lambda value: f"{value:,}"),
    Column("Typical size", "Frobenius norm divided by the root of the count", lambda value: f"{value:.3g}"),
    Column("Type", "How each number is kept in memory", words=True),
    Column("Changed", "By adapters: size of the change against that of the weight", percentage),
    Column("Rounded", "What rounding changed of it: size of the change against that of the weight", percentage),
)


class ParameterTable(Figures):
    """Names take what the other columns leave; what does not fit scrolls."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, "Parameters", COLUMNS)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setStyleSheet("QAbstractScrollArea::corner { background: transparent; border: 0; }")
        head = self.horizontalHeader()
        head.setResizeContentsPrecision(30)  # rows that are measured: all 272 took 250 ms
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        head.sectionResized.connect(lambda section, *_: self._share_width() if section else None)

    def show_parameters(self, rows: list[ParameterRow], *, changed: bool, rounded: bool) -> None:
        """`changed` and `rounded` say whether there is anything in these columns."""
        self.setColumnHidden(CHANGED, not changed)
        self.setColumnHidden(ROUNDED, not rounded)
        self.show_rows([cells(row) for row in rows])
        self._share_width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        head = self.horizontalHeader()
        others = sum(head.sectionSize(column) for column in range(1, head.count()))
        self.setColumnWidth(0, max(self.viewport().width() - others, self._look.px(NAME_WIDTH)))
