"""Writes Markdown into a text document and keeps, for every character of the source, where it is shown.

Knows text documents and the look of blocks; knows nothing of tokens. HTML is shown as text, images as their
description: nothing is ever loaded.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token
from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextListFormat, QTextTable

from desktop.chat.blocks import Blocks
from desktop.chat.code import code_formats

HIDDEN = -1
NEAR = 24  # characters of markup that may lie between two shown ones
LINE_BREAK = "\u2028"
_UNSAFE = {ord(c): "\ufffd" for c in "\0\ufdd0\ufdd1"} | {
    ord("\r"): " ",
    ord("\x0b"): " ",
    ord("\x0c"): " ",
    0x2029: "\u2028",
}


def width16(text: str) -> int:
    """Length in UTF-16 units, which is how a text document counts."""
    return len(text) + sum(1 for c in text if ord(c) > 0xFFFF)


def shown(text: str) -> str:
    """The text with characters replaced, one for one, that a text document would take as its own marks."""
    return text.translate(_UNSAFE)


@dataclass
class Places:
    """Where each source character is shown, in positions of the document; `HIDDEN` for markup."""

    source: str
    at: list[int] = field(default_factory=list)
    next: int = 0

    def __post_init__(self) -> None:
        self.at = [HIDDEN] * len(self.source)
        starts, offset = [], 0
        for line in self.source.split("\n"):
            starts.append(offset)
            offset += len(line) + 1
        self.line_starts = [*starts, len(self.source)]

    def seek(self, line: int) -> None:
        """Go on from the beginning of a line, unless that lies behind."""
        self.next = max(self.next, self.line_starts[min(line, len(self.line_starts) - 1)])

    def put(self, text: str, position: int) -> None:
        """`text` is shown at `position`: align its characters with the next ones of the source."""
        for character in text:
            wanted = "\n" if character == LINE_BREAK else character
            found = self.source.find(wanted, self.next, self.next + NEAR)
            if found >= 0:
                self.at[found] = position
                self.next = found + 1
            position += width16(character)

    def skip(self, text: str) -> None:
        """Markup that holds `text`, as the address of a link does."""
        found = self.source.find(text, self.next)
        if text and found >= 0:
            self.next = found + len(text)

    def range(self, start: int, end: int) -> tuple[int, int] | None:
        """First and last position (exclusive) in the document of the source characters `start` to `end`."""
        places = [n for n in range(start, end) if self.at[n] != HIDDEN]
        if not places:
            return None
        return self.at[places[0]], self.at[places[-1]] + width16(self.source[places[-1]])


_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


class MarkdownWriter:
    """Writes one text at a cursor. The first block is the one that the cursor stands in."""

    def __init__(self, cursor: QTextCursor, blocks: Blocks) -> None:
        self._cursor = cursor
        self._blocks = blocks
        self._first = True
        self._lists: list[QTextListFormat] = []
        self._new_item = False
        self._quotes = 0
        self._formats: list[QTextCharFormat] = []
        self._links: list[str] = []
        self._heading = 0
        self._places = Places("")

    def write(self, text: str) -> Places:
        self._places = Places(text)
        for token in _PARSER.parse(text):
            self._token(token)
        if self._first:  # nothing but markup: show it as it is rather than nothing
            self._block()
            self._put(text)
        return self._places

    # ---- blocks --------------------------------------------------------------------
    def _token(self, token: Token) -> None:
        if token.map:
            self._places.seek(token.map[0])
        handler = getattr(self, f"_on_{token.type}", None)
        if handler is not None:
            handler(token)

    def _block(self) -> None:
        """A new block in the place where lists and quotes have brought us."""
        style = self._blocks.paragraph(quotes=self._quotes, depth=len(self._lists), heading=self._heading)
        if not self._first:
            self._cursor.insertBlock(style)
        self._cursor.setBlockFormat(style)
        self._first = False
        if self._lists and self._new_item:
            self._cursor.createList(self._lists[-1])
        self._new_item = False

    def _on_paragraph_open(self, token: Token) -> None:
        self._block()

    def _on_heading_open(self, token: Token) -> None:
        self._heading = int(token.tag[1])
        self._block()
        self._formats.append(self._blocks.heading(self._heading))

    def _on_heading_close(self, token: Token) -> None:
        self._heading = 0
        self._formats.pop()

    def _on_bullet_list_open(self, token: Token) -> None:
        self._lists.append(self._blocks.bullets(len(self._lists) + 1))

    def _on_ordered_list_open(self, token: Token) -> None:
        self._lists.append(self._blocks.numbers(len(self._lists) + 1, int(token.attrs.get("start", 1))))

    def _on_bullet_list_close(self, token: Token) -> None:
        self._lists.pop()

    _on_ordered_list_close = _on_bullet_list_close

    def _on_list_item_open(self, token: Token) -> None:
        self._new_item = True
        if self._lists and self._lists[-1].style() == QTextListFormat.Style.ListDecimal:
            self._lists[-1].setStart(int(token.info or 1))

    def _on_blockquote_open(self, token: Token) -> None:
        self._quotes += 1

    def _on_blockquote_close(self, token: Token) -> None:
        self._quotes -= 1

    def _on_hr(self, token: Token) -> None:
        self._block()
        self._cursor.setBlockFormat(self._blocks.rule())

    def _on_fence(self, token: Token) -> None:
        self._code(token, token.info.split()[0] if token.info.strip() else "", 1)

    def _on_code_block(self, token: Token) -> None:
        self._code(token, "", 0)

    def _code(self, token: Token, language: str, skipped_lines: int) -> None:
        lines = token.content.removesuffix("\n").split("\n")
        formats = code_formats("\n".join(lines), language, self._blocks.look)
        first_line = (token.map or [0])[0] + skipped_lines
        for number in range(len(lines)):
            if not self._first:
                self._cursor.insertBlock()
            self._first = False
            self._cursor.setBlockFormat(self._blocks.code(language, number == 0, number == len(lines) - 1))
            self._places.seek(first_line + number)
            for text, style in formats[number]:
                self._put(text, style)

    # ---- tables --------------------------------------------------------------------
    def _on_table_open(self, token: Token) -> None:
        if not self._first:
            self._cursor.insertBlock(self._blocks.paragraph())
        self._first = False
        self._table: QTextTable | None = None
        self._row = self._column = -1

    def _on_tr_open(self, token: Token) -> None:
        self._row, self._column = self._row + 1, -1
        if self._table is not None:
            self._table.appendRows(1)

    def _on_th_open(self, token: Token) -> None:
        self._column += 1
        if self._table is None:
            self._table = self._cursor.insertTable(1, 1, self._blocks.table())
        elif self._row == 0:
            self._table.appendColumns(1)
        if self._column < self._table.columns():
            self._cursor = self._table.cellAt(self._row, self._column).firstCursorPosition()
        self._formats.append(self._blocks.strong())

    def _on_th_close(self, token: Token) -> None:
        self._formats.pop()

    def _on_td_open(self, token: Token) -> None:
        self._on_th_open(token)
        self._formats.pop()

    def _on_table_close(self, token: Token) -> None:
        assert self._table is not None
        self._cursor = self._table.lastCursorPosition()
        self._cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)

    # ---- inside a block --------------------------------------------------------------
    def _on_inline(self, token: Token) -> None:
        for child in token.children or []:
            handler = getattr(self, f"_in_{child.type}", None)
            if handler is not None:
                handler(child)
            elif child.content:
                self._put(child.content)

    def _put(self, text: str, style: QTextCharFormat | None = None) -> None:
        merged = self._blocks.plain()
        for layer in self._formats:
            merged.merge(layer)
        if style is not None:
            merged.merge(style)
        self._places.put(text, self._cursor.position())
        self._cursor.insertText(shown(text), merged)

    def _in_softbreak(self, token: Token) -> None:
        self._put(LINE_BREAK)

    _in_hardbreak = _in_softbreak

    def _in_code_inline(self, token: Token) -> None:
        self._put(token.content, self._blocks.inline_code())

    def _in_image(self, token: Token) -> None:
        self._put(token.content)
        self._places.skip(str(token.attrs.get("src", "")))

    def _in_strong_open(self, token: Token) -> None:
        self._formats.append(self._blocks.strong())

    def _in_em_open(self, token: Token) -> None:
        self._formats.append(self._blocks.emphasis())

    def _in_s_open(self, token: Token) -> None:
        self._formats.append(self._blocks.struck())

    def _in_link_open(self, token: Token) -> None:
        self._links.append(str(token.attrs.get("href", "")))
        self._formats.append(self._blocks.link(self._links[-1]))

    def _in_link_close(self, token: Token) -> None:
        self._formats.pop()
        self._places.skip(self._links.pop())

    def _in_strong_close(self, token: Token) -> None:
        self._formats.pop()

    _in_em_close = _in_s_close = _in_strong_close
