"""The transcript as one text document: writes messages, lets the last one grow, keeps where each token stands.

Knows the document, not the widget that shows it. One document, because one widget a message takes 3.1 s for 200.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtGui import QFontMetricsF, QTextCursor, QTextDocument

from desktop.chat.blocks import Blocks
from desktop.chat.certainty import has_strip
from desktop.chat.markdown import MarkdownWriter, shown, width16
from desktop.metrics import BUBBLE_WIDTH
from engine.data.chats import StoredMessage
from engine.data.receipts import Span
from engine.messages import Piece

BUBBLE_PADDING = 14


@dataclass(frozen=True, slots=True)
class Placed:
    """A token of a reply at positions `start` to `end` of the document."""

    start: int
    end: int
    position: int
    probability: float


@dataclass
class Entry:
    """A message in the document: its text from `start` to `end`, then the block that keeps room for its buttons,
    where it is `noted` for a line above them, and with a `strip` for how sure each token was."""

    message: StoredMessage
    start: int
    end: int
    actions: int = 0
    noted: bool = False
    strip: bool = False
    tokens: list[Placed] = field(default_factory=list)

    def token_at(self, position: int) -> Placed | None:
        """The token whose characters include the one at this position of the document."""
        number = bisect_right(self.tokens, position, key=lambda t: t.start) - 1
        return self.tokens[number] if number >= 0 and self.tokens[number].end > position else None


class Script:
    """Entries in the order of the document. `column` is the width of the text, in pixels."""

    def __init__(self, document: QTextDocument, blocks: Blocks, column: float) -> None:
        self._document = document
        self._blocks = blocks
        self._column = column
        self.entries: list[Entry] = []

    # ---- writing -------------------------------------------------------------------
    def truncate(self, count: int) -> None:
        """Keep the first `count` messages."""
        if count >= len(self.entries):
            return
        cursor = QTextCursor(self._document)
        cursor.setPosition(self.entries[count - 1].actions if count else 0)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        del self.entries[count:]

    def append(self, message: StoredMessage, spans: Sequence[Span], *, noted: bool = False) -> Entry:
        """Write a message at the end: a reply that is complete as Markdown, all others as they are."""
        cursor = QTextCursor(self._document)
        cursor.beginEditBlock()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if self.entries:
            cursor.insertBlock()
        entry = Entry(message, cursor.position(), cursor.position(), noted=noted, strip=has_strip(message, spans))
        if message.role == "user":
            self._write_question(cursor, message.text)
        elif message.state == "writing":
            self._write_plain(cursor, entry, message.text, spans)
        else:
            self._write_reply(cursor, entry, message.text, spans)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        entry.end = cursor.position()
        cursor.insertBlock(self._blocks.actions(noted=noted, strip=entry.strip), self._blocks.plain())
        entry.actions = cursor.position()
        cursor.endEditBlock()
        self.entries.append(entry)
        return entry

    def _write_question(self, cursor: QTextCursor, text: str) -> None:
        left = self._bubble_left(text)
        lines = text.split("\n")
        style = self._blocks.plain()
        style.setFont(self._blocks.look.font("bubble"))
        for number, line in enumerate(lines):
            if number:
                cursor.insertBlock()
            cursor.setBlockFormat(self._blocks.user(left, first=number == 0, last=number == len(lines) - 1))
            cursor.insertText(shown(line), style)

    def _write_plain(self, cursor: QTextCursor, entry: Entry, text: str, spans: Sequence[Span]) -> None:
        cursor.setBlockFormat(self._blocks.paragraph())
        cursor.insertText(shown(text), self._blocks.plain())
        places = [entry.start]
        for character in text:
            places.append(places[-1] + width16(character))
        entry.tokens = [
            Placed(places[s.start], places[s.end], s.position, s.probability) for s in spans if s.end > s.start
        ]

    def _write_reply(self, cursor: QTextCursor, entry: Entry, text: str, spans: Sequence[Span]) -> None:
        places = MarkdownWriter(cursor, self._blocks).write(text)
        for span in spans:
            found = places.range(span.start, span.end)
            if found is not None:
                entry.tokens.append(Placed(*found, span.position, span.probability))

    def grow(self, pieces: Sequence[Piece], first_position: int) -> None:
        """The last message goes on: all pieces of a delivery in one edit block."""
        entry = self.entries[-1]
        cursor = QTextCursor(self._document)
        cursor.setPosition(entry.end)
        cursor.beginEditBlock()
        text = "".join(piece.text for piece in pieces)
        cursor.insertText(shown(text), self._blocks.plain())
        cursor.endEditBlock()
        entry.message = replace(entry.message, text=entry.message.text + text)
        for position, piece in enumerate(pieces, first_position):
            end = entry.end + width16(piece.text)
            if piece.text:
                entry.tokens.append(Placed(entry.end, end, position, Span(position, 0, 0, piece.logprob).probability))
            entry.actions += end - entry.end
            entry.end = end

    # ---- widths --------------------------------------------------------------------
    def _bubble_left(self, text: str) -> float:
        metrics = QFontMetricsF(self._blocks.look.font("bubble"))
        px = self._blocks.look.px
        widest = max((metrics.horizontalAdvance(line) for line in text.split("\n")), default=0.0)
        width = min(widest + 1, px(BUBBLE_WIDTH) - 2 * px(BUBBLE_PADDING), self._column - 2 * px(BUBBLE_PADDING))
        return max(0.0, self._column - width - 2 * px(BUBBLE_PADDING) - 1)

    def set_column(self, column: float) -> None:
        """The width changed: put the questions at its right edge again."""
        self._column = column
        cursor = QTextCursor(self._document)
        cursor.beginEditBlock()
        for entry in self.entries:
            if entry.message.role == "user":
                self._move_question(cursor, entry)
        cursor.endEditBlock()

    def _move_question(self, cursor: QTextCursor, entry: Entry) -> None:
        left = self._bubble_left(entry.message.text) + self._blocks.look.px(BUBBLE_PADDING)
        block = self._document.findBlock(entry.start)
        while block.isValid() and block.position() <= entry.end:
            cursor.setPosition(block.position())
            style = block.blockFormat()
            style.setLeftMargin(left)
            cursor.setBlockFormat(style)
            block = block.next()

    # ---- finding -------------------------------------------------------------------
    def entry_at(self, position: int) -> Entry | None:
        number = bisect_right(self.entries, position, key=lambda e: e.start) - 1
        return self.entries[number] if number >= 0 and position <= self.entries[number].end else None

    def entry_of(self, message: int) -> Entry | None:
        return next((e for e in self.entries if e.message.id == message), None)
