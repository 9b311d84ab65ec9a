"""What was written at each step, a row each; the chosen one may take three lines. Knows no model."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QResizeEvent, QTextOption
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.theme import Look
from engine.messages import WatchedPrompt

ROW, STEP, EDGE = 30, 62, 10
MOST_LINES = 3
Index = QModelIndex | QPersistentModelIndex


class Samples(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[WatchedPrompt] = []

    def replace(self, rows: Sequence[WatchedPrompt]) -> None:
        """Rows that are only added keep the place of the list."""
        new = list(rows)
        if new[: len(self.rows)] == self.rows and len(new) > len(self.rows):
            self.beginInsertRows(QModelIndex(), len(self.rows), len(new) - 1)
            self.rows = new
            self.endInsertRows()
        elif new != self.rows:
            self.beginResetModel()
            self.rows = new
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        one = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(one.text)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{one.prompt}{one.text}"
        return f"Step {one.step:,}: {one_line(one.text)}" if role == Qt.ItemDataRole.AccessibleTextRole else None


class SamplePainter(QStyledItemDelegate):
    def __init__(self, look: Look, view: QListView) -> None:
        super().__init__(view)
        self._look, self._view = look, view

    def _text_width(self) -> int:
        px = self._look.px
        return max(self._view.viewport().width() - px(STEP) - 2 * px(EDGE), px(60))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        look = self._look
        height = look.px(ROW)
        if index == self._view.currentIndex():
            box = QRect(0, 0, self._text_width(), 10_000)
            metrics = QFontMetrics(look.font("body_medium"))
            needed = metrics.boundingRect(box, Qt.TextFlag.TextWordWrap, str(index.data())).height()
            height = max(height, min(needed, MOST_LINES * look.line("body")) + look.px(10))
        return QSize(look.px(STEP), height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, px = self._look, self._look.px
        model = index.model()
        assert isinstance(model, Samples)
        chosen = index == self._view.currentIndex()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("sel"))
            painter.drawRoundedRect(option.rect, px(6), px(6))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.color("accent"), 2))
            painter.drawRoundedRect(option.rect.adjusted(1, 1, -1, -1), px(6), px(6))
        line = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(look.font("heading" if chosen else "small"))
        painter.setPen(look.color("accent" if chosen else "ink3"))
        number = QRect(option.rect.left(), option.rect.top(), px(STEP) - px(12), px(ROW))
        painter.drawText(number, line, f"{model.rows[index.row()].step:,}")
        self._write(painter, option.rect, model.rows[index.row()], chosen)
        painter.restore()

    def _write(self, painter: QPainter, rect: QRect, one: WatchedPrompt, chosen: bool) -> None:
        look, px = self._look, self._look.px
        painter.setFont(look.font("body_medium" if chosen else "body"))
        painter.setPen(look.color("ink" if chosen else "ink2"))
        box = QRect(rect.left() + px(STEP), rect.top() + px(5), self._text_width(), rect.height() - px(10))
        text = one_line(one.text)
        if chosen:
            wrapped = QTextOption(Qt.AlignmentFlag.AlignVCenter)
            wrapped.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
            painter.drawText(QRectF(box), text, wrapped)
        else:
            text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)


class SampleList(QListView):
    """`chosen` comes with the step when a person goes to another row."""

    chosen = Signal(int)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.samples = Samples()
        self.setModel(self.samples)
        self.setItemDelegate(SamplePainter(look, self))
        self.setAccessibleName("What it wrote, step by step")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.selectionModel().currentChanged.connect(self._moved)
        look.changed.connect(self.scheduleDelayedItemsLayout)

    def show_rows(self, rows: Sequence[WatchedPrompt]) -> None:
        self.samples.replace(rows)

    def show_step(self, step: int | None) -> None:
        place = next((row for row, one in enumerate(self.samples.rows) if one.step == step), None)
        if place is None or place == self.currentIndex().row():
            return
        self.selectionModel().blockSignals(True)
        self.setCurrentIndex(self.samples.index(place))
        self.selectionModel().blockSignals(False)
        self._laid_out(place)

    @Slot(QModelIndex)
    def _moved(self, current: QModelIndex) -> None:
        if current.isValid():
            self._laid_out(current.row())
            self.chosen.emit(self.samples.rows[current.row()].step)

    def _laid_out(self, place: int) -> None:
        self.doItemsLayout()  # the chosen row is as high as its text
        self.scrollTo(self.samples.index(place), QListView.ScrollHint.PositionAtCenter)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()


def one_line(text: str) -> str:
    """Line breaks seen, so that a row stays a row."""
    return " ⏎ ".join(part.strip() for part in text.strip().splitlines() if part.strip())
