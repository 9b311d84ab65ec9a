"""Colours for code, line by line. Knows the grammar of languages through pygments, nothing of documents around it."""

from __future__ import annotations

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.lexers.special import TextLexer
from pygments.token import Comment, Keyword, Name, Number, String, _TokenType
from pygments.util import ClassNotFound
from PySide6.QtGui import QTextCharFormat

from desktop.theme import Look

Run = tuple[str, QTextCharFormat]

# Kind of word -> colour token: the chart colours, which keep 4.5:1 on every surface.
_COLOURS = (
    (Comment, "ink3"),
    (String, "k3"),
    (Number, "k2"),
    (Keyword, "k1"),
    (Name.Builtin, "k4"),
    (Name.Function, "k4"),
)


def code_formats(code: str, language: str, look: Look) -> list[list[Run]]:
    """For every line its runs of text with their format. An unknown language stays plain."""
    lines: list[list[Run]] = [[]]
    for kind, text in _lexer(language).get_tokens(code):
        style = _format(kind, look)
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append([])
            if part:
                lines[-1].append((part, style))
    wanted = code.count("\n") + 1
    return (lines + [[] for _ in range(wanted)])[:wanted]


def _lexer(language: str) -> Lexer:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return TextLexer(stripnl=False, ensurenl=False)


def _format(kind: _TokenType, look: Look) -> QTextCharFormat:
    style = QTextCharFormat()
    style.setFont(look.font("token"))
    style.setForeground(look.color(next((colour for group, colour in _COLOURS if kind in group), "ink")))
    return style
