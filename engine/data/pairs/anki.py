"""Notes that Anki exports as text: lines with # say how to read the rest. Knows only these lines."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence

from engine.data.pairs.collecting import Collected, Steps
from engine.data.pairs.html_text import plain_text
from engine.data.pairs.pair_file import Mapping
from engine.data.pairs.rows import Row, pairs_of_rows
from engine.data.pairs.tables import find_delimiter, records
from engine.errors import UserError

_LINE = re.compile(
    r"#(separator|html|columns|notetype|deck|tags|if matches|guid column|[a-z]+ column):(.*)", re.IGNORECASE
)
_SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "space": " ", "pipe": "|", "colon": ":"}


def looks_like_anki(text: str) -> bool:
    return bool(_LINE.match(text))


def read_anki(text: str, found: Collected, given: Mapping | None) -> Steps:
    lines = list(io.StringIO(text, newline=""))
    told: dict[str, str] = {}
    while len(told) < len(lines) and (match := _LINE.match(lines[len(told)].rstrip("\r\n"))):
        key = match[1].lower()
        told[key if key not in told else f"{key} {len(told)}"] = match[2]
    body = lines[len(told) :]
    if not body:
        raise UserError("There are no notes in it", "Export the deck from Anki again, as notes in plain text.")
    name = told.get("separator", "").strip()
    delimiter = _SEPARATORS.get(name.lower(), name[:1]) or find_delimiter(body) or "\t"
    aside = {int(told[key]) - 1 for key in told if key.endswith("column") and told[key].strip().isdigit()}
    named = told.get("columns", "").split(delimiter) if told.get("columns") else []
    rows = _rows(body, delimiter, aside, told.get("html", "").strip().lower() == "true", len(told))
    if named:
        rows = _named([name for i, name in enumerate(named) if i not in aside], rows)
    told_header = Mapping(header=bool(named)) if given is None else given
    yield from pairs_of_rows(rows, len(body), found, told_header)


def _rows(lines: Sequence[str], delimiter: str, aside: set[int], is_html: bool, before: int) -> Iterator[Row]:
    for row, cells, done in records(lines, delimiter):
        kept = [cell for i, cell in enumerate(cells) if i not in aside]
        yield row + before, [plain_text(cell) if is_html else cell for cell in kept], done


def _named(names: Sequence[str], rows: Iterator[Row]) -> Iterator[Row]:
    yield 0, names, 0
    yield from rows
