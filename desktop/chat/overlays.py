"""The buttons that lie over the transcript: a row under each message in view, Copy on each box of code.

Knows where the document has room for them; what they do is up to whoever makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QTextBlock, QTextDocument
from PySide6.QtWidgets import QWidget

from desktop.chat.blocks import CODE, CODE_FIRST, KIND, row_height
from desktop.chat.painting import code_rect, code_text
from desktop.chat.script import Entry
from desktop.theme import Look
from desktop.widgets.icon_button import IconButton
from engine.data.chats import StoredMessage

NEAR = 200  # pixels beyond the view in which rows are kept ready

_FUZZY = Qt.HitTestAccuracy.FuzzyHit

MakeRow = Callable[[StoredMessage], QWidget]


class Overlays:
    """Widgets are made for what is in view and kept until the message changes."""

    def __init__(self, look: Look, viewport: QWidget, make_row: MakeRow, copy: Callable[[str], object]) -> None:
        self._look, self._viewport = look, viewport
        self._make_row, self._copy = make_row, copy
        self._rows: dict[int, QWidget] = {}
        self._buttons: list[IconButton] = []

    def row_of(self, message: int) -> QWidget | None:
        return self._rows.get(message)

    def keep_rows(self, messages: set[int]) -> None:
        """Throw away the rows of all other messages."""
        for message in [m for m in self._rows if m not in messages]:
            row = self._rows.pop(message)
            row.hide()
            row.deleteLater()

    def place(self, document: QTextDocument, entries: Sequence[Entry], visible: QRectF) -> None:
        """Put everything where it belongs. `visible` is the part of the document in view."""
        bounds = document.documentLayout().blockBoundingRect
        for entry in entries:
            rect = bounds(document.findBlock(entry.actions))
            if visible.top() - NEAR <= rect.bottom() and rect.top() <= visible.bottom() + NEAR:
                self._place_row(entry, int(rect.top() - visible.top()))
        first = document.documentLayout().hitTest(visible.topLeft(), _FUZZY)
        self._place_copy_buttons(document, document.findBlock(max(0, first)), visible)

    def _place_row(self, entry: Entry, top: int) -> None:
        px, message = self._look.px, entry.message
        if message.id not in self._rows:
            self._rows[message.id] = self._make_row(message)
            self._rows[message.id].setParent(self._viewport)
        row = self._rows[message.id]
        height = row_height(self._look, noted=entry.noted, strip=entry.strip)
        row.setGeometry(QRect(0, top + px(2), self._viewport.width(), height))
        row.show()

    def _place_copy_buttons(self, document: QTextDocument, block: QTextBlock, visible: QRectF) -> None:
        used = 0
        while block.previous().isValid() and _in_code(block) and not _begins_code(block):
            block = block.previous()
        while block.isValid() and document.documentLayout().blockBoundingRect(block).top() <= visible.bottom() + NEAR:
            if _begins_code(block):
                self._place_copy_button(used, code_rect(document, block, self._look), code_text(block), visible)
                used += 1
            block = block.next()
        for button in self._buttons[used:]:
            button.hide()

    def _place_copy_button(self, number: int, box: QRectF, code: str, visible: QRectF) -> None:
        if number == len(self._buttons):
            button = IconButton(self._look, "copy", "Copy this code", parent=self._viewport)
            button.clicked.connect(lambda: self._copy(str(button.property("code"))))
            self._buttons.append(button)
        button = self._buttons[number]
        button.setProperty("code", code)
        px, place = self._look.px, box.translated(-visible.topLeft())
        button.move(int(place.right()) - button.width() - px(4), int(place.top()) + px(3))
        button.show()


def _in_code(block: QTextBlock) -> bool:
    return bool(block.blockFormat().intProperty(KIND) & CODE)


def _begins_code(block: QTextBlock) -> bool:
    return bool(block.blockFormat().intProperty(KIND) & CODE_FIRST)
