"""The field over a cell in which a question or an answer is written. Knows text and keys; of the pair its number."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from desktop.theme import Look
from desktop.widgets.label import Label

DRAFT_MS = 250
Way = Literal["enter", "next", "before", "leave"]
KEYS: dict[int, Way] = {
    Qt.Key.Key_Return: "enter",
    Qt.Key.Key_Enter: "enter",
    Qt.Key.Key_Tab: "next",
    Qt.Key.Key_Backtab: "before",
    Qt.Key.Key_Escape: "leave",
}


class PairEditor(QPlainTextEdit):
    """Grows over the rows below. Enter and Tab are done with it, Shift+Enter breaks the line, Esc leaves it."""

    left = Signal(str)  # a Way
    drafted = Signal(str)
    grew = Signal()

    def __init__(self, look: Look, pair: int, accessible_name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.pair, self.begun = pair, False
        self._look = look
        self.setProperty("kind", "cell")
        self.setAccessibleName(accessible_name)
        self.setAccessibleDescription("Enter saves, Shift and Enter begin a new line, Escape leaves it as it was.")
        self.setFont(look.font("body"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        edge, fill, ink = (look.color(name).name() for name in ("accent", "surface", "ink"))
        self.setStyleSheet(
            f"QPlainTextEdit {{ border: 2px solid {edge}; border-radius: {look.px(6)}px; background: {fill};"
            f" color: {ink}; padding: {look.px(3)}px {look.px(4)}px; }}"
        )
        self._hint = Label(look, "Enter", "caption", "ink3", parent=self)
        self._hint.setStyleSheet(
            f"border: 1px solid {look.color('line').name()}; border-radius: {look.px(4)}px;"
            f" background: {look.color('panel').name()}; padding: 0 {look.px(5)}px;"
        )
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._typing = QTimer(self, singleShot=True, interval=DRAFT_MS)
        self._typing.timeout.connect(lambda: self.drafted.emit(self.toPlainText()))
        self.textChanged.connect(self._on_text)

    def begin(self, text: str) -> None:
        """All of it is selected, so that typing replaces it, as in a spreadsheet."""
        self.begun = True
        self.setPlainText(text)
        self.selectAll()
        self._typing.stop()

    def to_end(self) -> None:
        cursor = self.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.setTextCursor(cursor)

    def fit(self, cell: QRect, view: QRect) -> None:
        """Over its cell, as high as its text, and inside the table."""
        self.setGeometry(cell)
        lines = max(int(self.document().size().height()), 1)
        height = max(lines * self.fontMetrics().lineSpacing() + self._look.px(16), cell.height())
        height = min(height, view.height())
        top = min(cell.top(), view.bottom() + 1 - height)
        self.setGeometry(QRect(cell.left(), top, cell.width(), height))
        bars = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(bars.ScrollBarAsNeeded if height == view.height() else bars.ScrollBarAlwaysOff)
        size = self._hint.sizeHint()
        self._hint.resize(size)
        self._hint.move(self.width() - size.width() - self._look.px(8), (self.height() - size.height()) // 2)

    @Slot()
    def _on_text(self) -> None:
        self._typing.start()
        self._hint.setVisible(self.document().size().height() == 1 and len(self.toPlainText()) < 60)
        self.grew.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = KEYS.get(event.key())
        if way is None or (way == "enter" and event.modifiers() & Qt.KeyboardModifier.ShiftModifier):
            if way == "enter":
                return self.textCursor().insertBlock()
            return super().keyPressEvent(event)
        self._typing.stop()
        back = way == "next" and event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        return self.left.emit("before" if back else way)
