"""Which format a text is in, by what stands in it and never by its name. Knows the first signs of each format."""

from __future__ import annotations

import io
import re

from engine.data.pairs.anki import looks_like_anki
from engine.data.pairs.html_text import has_html
from engine.data.pairs.json_rows import is_lines, looks_like_json
from engine.data.pairs.marked_text import looks_like_faq, looks_like_trivia, looks_marked
from engine.data.pairs.qna_maker import looks_like_qna
from engine.data.pairs.tables import LOOKED_AT, find_delimiter, names_its_columns
from engine.data.pairs.yaml_rows import looks_like_records, looks_like_yaml
from engine.errors import UserError

_PAGE = re.compile(
    r"\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body|div|script|table)\b", re.IGNORECASE | re.DOTALL
)
_XML = re.compile(r"\s*<(?:\?xml|!DOCTYPE|svg|rss|feed)\b", re.IGNORECASE)


def find_format(text: str) -> str:
    """The name of the format; raises UserError where there are no pairs to be seen."""
    if not text.strip("\ufeff \t\r\n\0"):
        raise UserError("The file is empty", "Choose a file with questions and answers.")
    if _PAGE.match(text):
        raise UserError(
            "This is a web page (HTML), not a table", "Download the table itself instead of the page around it."
        )
    if _XML.match(text):
        raise UserError("This is XML, which is not read here", "Save the questions and answers as CSV or JSON.")
    lines = list(io.StringIO(text[: 1 << 20], newline=""))[:LOOKED_AT]
    delimiter = find_delimiter(lines)
    if names_its_columns(lines):
        return "tsv" if delimiter == "\t" else "csv"
    for name, fits in (
        ("anki", looks_like_anki),
        ("json", looks_like_json),
        ("jsonl", lambda text: text.lstrip()[:1] in "{[" and is_lines(text)),
        ("qna", looks_like_qna),
        ("trivia", looks_like_trivia),
    ):
        if fits(text):
            return name
    return _text_format(text, delimiter)


def _text_format(text: str, delimiter: str) -> str:
    if looks_like_records(text):
        return "yaml"
    if looks_marked(text):
        return "markdown"
    if looks_like_yaml(text):
        return "yaml"
    if looks_like_faq(text) and delimiter != "|":
        return "markdown"
    if delimiter:
        return "tsv" if delimiter == "\t" else "csv"
    if text.lstrip()[:1] in "{[":
        return "yaml"
    what = "There are no pairs to be seen in it"
    if has_html(text[: 1 << 16]):
        what = "There is HTML in it, but no pairs are to be seen"
    raise UserError(what, "Use two columns (CSV, Excel), JSON with named values, or lines with “Q:” and “A:”.")
