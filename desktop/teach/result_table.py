"""The answers before and after, side by side. Knows rows, not where they come from."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from desktop.metrics import TYPE
from desktop.teach.pair_painting import Index, option_of
from desktop.teach.result_rows import AFTER, BEFORE, QUESTION, RESULT, ROW_ROLE, VERDICTS, ResultRow, ResultRows
from desktop.theme import Look

ROW, HEAD = 44, 30
FEWEST = 3
RESULT_WIDTH, QUESTION_SHARE = 128, 0.24
LONGEST = 400
LEADING = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class ResultDelegate(QStyledItemDelegate):
    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: ResultRow = index.data(ROW_ROLE)
        state, rect = option_of(option)
        look, px = self._look, self._look.px
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.fillRect(rect, look.color("sel" if selected else "surface"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), look.color("line"))
        inside = rect.adjusted(px(16 if index.column() == QUESTION else 8), 0, -px(8), -1)
        if index.column() == RESULT:
            self._chip(painter, inside, row)
        else:
            role, color = {QUESTION: ("body_medium", "ink"), BEFORE: ("small", "ink2"), AFTER: ("small", "ink")}[
                index.column()
            ]
            self._text(painter, inside, str(index.data()), role, color)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.color("accent"), 2))
            painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -2), px(4), px(4))
        painter.restore()

    def _chip(self, painter: QPainter, area: QRect, row: ResultRow) -> None:
        look, px = self._look, self._look.px
        words = VERDICTS[row.verdict]
        painter.setFont(look.font("small"))
        width = painter.fontMetrics().horizontalAdvance(words.word) + px(34)
        chip = QRectF(area.left(), area.center().y() - px(22) / 2 + 1, width, px(22))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color(words.ground))
        painter.drawRoundedRect(chip, px(11), px(11))
        top = area.top() + (area.height() - px(13)) // 2
        painter.drawPixmap(area.left() + px(8), top, look.pixmap(words.icon, words.color, 13))
        painter.setPen(look.color(words.color))
        painter.drawText(chip.adjusted(px(26), 0, 0, 0), LEADING, words.word)

    def _text(self, painter: QPainter, area: QRect, text: str, role: str, color: str) -> None:
        painter.setFont(self._look.font(role))
        painter.setPen(self._look.color(color))
        line = " ".join(text[:LONGEST].split())
        shown = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, max(area.width(), 0))
        painter.drawText(area, LEADING, shown)


class ResultTable(QTableView):
    """As high as its rows, as far as there is room. `opened` names the pair of the row on Enter or a double click."""

    opened = Signal(int)

    def __init__(self, look: Look, rows: ResultRows, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self.rows = look, rows
        self._tallest = 8
        self.setModel(rows)
        self.setItemDelegate(ResultDelegate(look, self))
        self.setAccessibleName("Answers before and after")
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(LEADING)
        self.doubleClicked.connect(lambda index: self._open(index))
        rows.modelReset.connect(self._restyle)
        look.changed.connect(self._restyle)
        self._restyle()

    def set_room(self, height: int) -> None:
        rows = (height - self._look.px(HEAD)) // self._look.px(ROW)
        if max(rows, FEWEST) != self._tallest:
            self._tallest = max(rows, FEWEST)
            self._restyle()

    def _open(self, index: Index) -> None:
        row: ResultRow | None = index.data(ROW_ROLE) if index.isValid() else None
        if row is not None and row.pair:
            self.opened.emit(row.pair)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self._open(self.currentIndex())
        return super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        rows = min(max(self.rows.rowCount(), 1), self._tallest)
        return QSize(self._look.px(600), self._look.px(HEAD) + rows * self._look.px(ROW))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        rest = self.viewport().width() - self._look.px(RESULT_WIDTH)
        question = round(rest * QUESTION_SHARE)
        half = (rest - question) // 2
        widths = ((QUESTION, question), (BEFORE, half), (AFTER, half), (RESULT, self._look.px(RESULT_WIDTH)))
        for column, width in widths:
            self.setColumnWidth(column, width)

    @Slot()
    def _restyle(self) -> None:
        px, size = self._look.px, TYPE["caption_strong"].size
        self.verticalHeader().setDefaultSectionSize(px(ROW))
        self.horizontalHeader().setFixedHeight(px(HEAD))
        self.horizontalHeader().setStyleSheet(
            f"QHeaderView::section {{ font: 600 {px(size)}px; padding: 0 {px(8)}px; }}"
            f"QHeaderView::section:first {{ padding-left: {px(16)}px; }}"
        )
        self.setFixedHeight(self.sizeHint().height())
        self._fit_columns()
        self.viewport().update()
