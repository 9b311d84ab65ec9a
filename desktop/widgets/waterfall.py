"""What each step of the sampler leaves, a row a step. Knows rows, not how they were worked out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.theme import Look
from desktop.widgets.hatching import hatch
from desktop.widgets.stage_rows import StageRow, StageRows
from desktop.widgets.word_row import percent

SEGMENTS, FADES = 5, (1.0, 0.95, 0.75, 0.58, 0.44)


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in pixels at a text size of 100 %, and the heights of a row and its bar. `unit` stands behind a number."""

    name: int = 94
    setting: int = 40
    kept: int = 56
    left: int = 84
    row: int = 30
    bar: int = 10
    unit: str = " left"

    @property
    def words(self) -> int:
        return self.name + self.setting + self.kept + self.left


NARROW = Columns(name=88, setting=32, kept=0, left=50, row=25, bar=10, unit="")
"""Without the share that is kept."""


class StageDelegate(QStyledItemDelegate):
    """The five likeliest as segments, the first in the accent; what is left of 100 % hatched."""

    def __init__(self, look: Look, columns: Columns, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._columns = look, columns

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        px, columns = self._look.px, self._columns
        return QSize(px(columns.words + 60), px(columns.row))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = cast(StageRows, index.model()).rows[index.row()]
        state, rect = option.state, QRectF(option.rect)
        look, px = self._look, self._look.px
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(look.color("sel"))
            painter.drawRoundedRect(rect, px(4), px(4))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.color("accent"), 2))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), px(4), px(4))
        self._paint_words(painter, rect.adjusted(px(6), 0, -px(6), 0), row)
        painter.restore()

    def _paint_words(self, painter: QPainter, rect: QRectF, row: StageRow) -> None:
        px, columns, centre = self._look.px, self._columns, Qt.AlignmentFlag.AlignVCenter
        right = centre | Qt.AlignmentFlag.AlignRight
        stage = row.stage
        left = rect.left()
        self._text(
            painter, QRectF(left, rect.top(), px(columns.name), rect.height()), row.label, "body_medium", "ink", centre
        )
        left += px(columns.name)
        place = QRectF(left, rect.top(), px(columns.setting), rect.height())
        self._text(painter, place, row.setting, "small", "ink2", centre)
        left += px(columns.setting)
        end = rect.right() - px(columns.kept + columns.left)
        height = px(columns.bar)
        bar = QRectF(left, rect.center().y() - height / 2, max(end - left - px(8), 4), height)
        self._paint_bar(painter, bar, row)
        place = QRectF(end, rect.top(), px(columns.kept), rect.height())
        if columns.kept:
            self._text(painter, place, percent(stage.mass_kept), "small", "ink2", right)
        place = QRectF(place.right(), rect.top(), px(columns.left), rect.height())
        self._text(painter, place, f"{stage.candidates:,}{columns.unit}", "small", "ink", right)

    def _text(
        self, painter: QPainter, place: QRectF, text: str, role: str, color: str, flags: Qt.AlignmentFlag
    ) -> None:
        painter.setFont(self._look.font(role))
        painter.setPen(self._look.color(color))
        painter.drawText(place, flags, text)

    def _paint_bar(self, painter: QPainter, bar: QRectF, row: StageRow) -> None:
        look, left = self._look, bar.left()
        for place, chance in enumerate(row.stage.items[:SEGMENTS]):
            width = chance.probability * bar.width()
            color = look.color("accent" if place == 0 else "bar")
            color.setAlphaF(FADES[place])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            if width >= 1:
                painter.drawRoundedRect(QRectF(left, bar.top(), max(width - 1, 1), bar.height()), 1.5, 1.5)
            left += width
        if bar.right() - left > 2:
            rest = QRectF(left, bar.top(), bar.right() - left, bar.height())
            hatch(painter, rest, look.color("line2"), look.color("line2"), 1.5)


class Waterfall(QListView):
    """`moved` comes with the chosen step."""

    moved = Signal(int)

    def __init__(self, look: Look, columns: Columns | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._columns = look, columns or Columns()
        self._rows = StageRows()
        self.setModel(self._rows)
        self.setItemDelegate(StageDelegate(look, self._columns, self))
        self.setAccessibleName("What each step of the sampler keeps")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.selectionModel().currentChanged.connect(lambda now, _: now.isValid() and self.moved.emit(now.row()))
        look.changed.connect(self._restyle)
        self._restyle()

    def show_stages(self, rows: list[StageRow]) -> None:
        self._rows.replace(rows)
        self._restyle()

    def rows(self) -> list[StageRow]:
        return self._rows.rows

    def select(self, row: int) -> None:
        self.setCurrentIndex(self._rows.index(row))

    def sizeHint(self) -> QSize:
        px, columns = self._look.px, self._columns
        return QSize(px(columns.words + 140), px(columns.row) * len(self._rows.rows))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(self._columns.words + 60), self.sizeHint().height())

    @Slot()
    def _restyle(self) -> None:
        self.setFixedHeight(max(self.sizeHint().height(), self._look.px(self._columns.row)))
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
