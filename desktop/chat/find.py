"""Find in this chat: a line above the transcript, hits marked, Enter goes to the next. Knows text, not messages."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QTextBrowser, QTextEdit, QWidget

from desktop.theme import Look
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import Label

MOST_HITS = 1000


class FindBar(QWidget):
    """Hidden until opened; Esc hides it and takes the marks away."""

    def __init__(self, look: Look, text: QTextBrowser, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._text = look, text
        self._hits: list[QTextCursor] = []
        self._here = -1
        self.setProperty("area", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._field = QLineEdit()
        self._field.setPlaceholderText("Find in this chat")
        self._field.setAccessibleName("Find in this chat")
        self._count = Label(look, "", "small", "ink2")
        back = IconButton(look, "arrow-up", "Hit before this one")
        forth = IconButton(look, "arrow-down", "Next hit")
        close = IconButton(look, "x", "Close the search")
        row = QHBoxLayout(self)
        row.setContentsMargins(look.px(16), look.px(6), look.px(12), look.px(6))
        row.addWidget(self._field, 1)
        for widget in (self._count, back, forth, close):
            row.addWidget(widget)
        self._field.textChanged.connect(self._search)
        back.clicked.connect(lambda: self._go(-1))
        forth.clicked.connect(lambda: self._go(1))
        close.clicked.connect(self.shut)
        text.document().contentsChanged.connect(self._stale)
        self.hide()

    def open(self) -> None:
        self.show()
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.selectAll()
        self._search()

    def shut(self) -> None:
        self.hide()
        self._text.setExtraSelections([])
        self._text.setFocus()

    def _stale(self) -> None:
        self._hits, self._here = [], -1

    def _search(self) -> None:
        self._stale()
        words = self._field.text()
        cursor = QTextCursor(self._text.document())
        while words and len(self._hits) < MOST_HITS:
            cursor = self._text.document().find(words, cursor, QTextDocument.FindFlag(0))
            if cursor.isNull():
                break
            self._hits.append(QTextCursor(cursor))
        self._go(1)

    def _go(self, step: int) -> None:
        if self._hits:
            self._here = (self._here + step) % len(self._hits)
            self._text.setTextCursor(QTextCursor(self._hits[self._here]))
            self._text.ensureCursorVisible()
        self._mark()

    def _mark(self) -> None:
        marks = []
        for number, hit in enumerate(self._hits):
            mark = QTextEdit.ExtraSelection()
            mark.cursor = hit  # type: ignore[attr-defined]
            mark.format.setBackground(self._look.color("c2" if number != self._here else "c3"))  # type: ignore[attr-defined]
            marks.append(mark)
        self._text.setExtraSelections(marks)
        found = f"{self._here + 1} of {len(self._hits)}" if self._hits else "Nothing found"
        self._count.setText(found if self._field.text() else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.shut()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._hits:
                self._go(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            else:
                self._search()
        else:
            super().keyPressEvent(event)
