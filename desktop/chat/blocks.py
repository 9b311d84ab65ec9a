"""The look of a transcript's text: formats of paragraphs, lists, code, tables. Knows the theme, not the text."""

from __future__ import annotations

from PySide6.QtGui import (
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextListFormat,
    QTextTableFormat,
)

from desktop.theme import Look

KIND = QTextFormat.Property.UserProperty + 1  # what the painter draws behind a block
LANGUAGE = QTextFormat.Property.UserProperty + 2
CODE, CODE_FIRST, CODE_LAST, QUOTE = 1, 2, 4, 8
ROW, NOTE, STRIP = 32, 26, 26
FIXED = QTextBlockFormat.LineHeightTypes.FixedHeight.value
LINE_PROPORTION = QTextBlockFormat.LineHeightTypes.MinimumHeight.value


class Blocks:
    """Formats for one look; made anew when the theme or the text size changes."""

    def __init__(self, look: Look) -> None:
        self.look = look

    def plain(self) -> QTextCharFormat:
        style = QTextCharFormat()
        style.setFont(self.look.font("reading"))
        style.setForeground(self.look.color("ink"))
        return style

    def paragraph(self, *, quotes: int = 0, depth: int = 0, heading: int = 0) -> QTextBlockFormat:
        px = self.look.px
        block = QTextBlockFormat()
        block.setLineHeight(px(26 if not heading else 30), LINE_PROPORTION)
        block.setTopMargin(px(12 if heading else 0))
        block.setBottomMargin(px(4 if depth else 8))
        block.setLeftMargin(px(16) * quotes)
        block.setProperty(KIND, QUOTE if quotes else 0)
        if heading:
            block.setHeadingLevel(heading)
        return block

    def user(self, left: float, *, first: bool, last: bool) -> QTextBlockFormat:
        """A line of a person's message, `left` pixels from the column's edge."""
        block = QTextBlockFormat()
        block.setLineHeight(self.look.px(24), LINE_PROPORTION)
        block.setLeftMargin(left + self.look.px(14))
        block.setRightMargin(self.look.px(14))
        block.setTopMargin(self.look.px(24 if first else 0))
        block.setBottomMargin(self.look.px(8 if last else 0))
        return block

    def actions(self, *, noted: bool = False, strip: bool = False) -> QTextBlockFormat:
        """An empty block that keeps the room for the buttons under a message, and for what stands above them."""
        block = QTextBlockFormat()
        block.setLineHeight(row_height(self.look, noted=noted, strip=strip), FIXED)
        block.setTopMargin(self.look.px(2))
        block.setBottomMargin(self.look.px(8))
        return block

    def code(self, language: str, first: bool, last: bool) -> QTextBlockFormat:
        px = self.look.px
        block = QTextBlockFormat()
        block.setLineHeight(px(20), LINE_PROPORTION)
        block.setLeftMargin(px(14))
        block.setRightMargin(px(14))
        block.setTopMargin(px(44) if first else 0)
        block.setBottomMargin(px(22) if last else 0)
        block.setProperty(KIND, CODE | (CODE_FIRST if first else 0) | (CODE_LAST if last else 0))
        block.setProperty(LANGUAGE, language)
        return block

    def rule(self) -> QTextBlockFormat:
        block = self.paragraph()
        block.setProperty(
            QTextFormat.Property.BlockTrailingHorizontalRulerWidth, QTextLength(QTextLength.Type.PercentageLength, 100)
        )
        return block

    def table(self) -> QTextTableFormat:
        table = QTextTableFormat()
        table.setBorder(1)
        table.setBorderCollapse(True)
        table.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        table.setBorderBrush(self.look.color("line2"))
        table.setCellPadding(self.look.px(6))
        table.setTopMargin(self.look.px(4))
        table.setBottomMargin(self.look.px(12))
        return table

    def bullets(self, indent: int) -> QTextListFormat:
        return self._list(QTextListFormat.Style.ListDisc if indent == 1 else QTextListFormat.Style.ListCircle, indent)

    def numbers(self, indent: int, start: int) -> QTextListFormat:
        style = self._list(QTextListFormat.Style.ListDecimal, indent)
        style.setStart(start)
        return style

    def _list(self, style: QTextListFormat.Style, indent: int) -> QTextListFormat:
        found = QTextListFormat()
        found.setStyle(style)
        found.setIndent(indent)
        return found

    def heading(self, level: int) -> QTextCharFormat:
        style = QTextCharFormat()
        style.setFont(self.look.font("page_title" if level == 1 else "section"))
        return style

    def inline_code(self) -> QTextCharFormat:
        style = QTextCharFormat()
        style.setFont(self.look.font("token"))
        return style

    def strong(self) -> QTextCharFormat:
        style = QTextCharFormat()
        style.setFontWeight(QFont.Weight.DemiBold)
        return style

    def emphasis(self) -> QTextCharFormat:
        style = QTextCharFormat()
        style.setFontItalic(True)
        return style

    def struck(self) -> QTextCharFormat:
        style = QTextCharFormat()
        style.setFontStrikeOut(True)
        return style

    def link(self, address: str) -> QTextCharFormat:
        style = QTextCharFormat()
        style.setAnchor(True)
        style.setAnchorHref(address)
        style.setToolTip(address)
        style.setForeground(self.look.color("accent"))
        style.setFontUnderline(True)
        return style


def row_height(look: Look, *, noted: bool, strip: bool) -> int:
    """Of the buttons under a message with the line of pairs and the strip of certainty, where there are such."""
    return look.px(ROW) + (look.px(NOTE) if noted else 0) + (look.px(STRIP) if strip else 0)
