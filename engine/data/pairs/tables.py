"""Tables as text: which character parts the cells, and the rows. Knows nothing of what the columns mean."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from engine.data.pairs.collecting import Collected, Steps
from engine.data.pairs.columns import known, plain_name
from engine.data.pairs.pair_file import Mapping
from engine.data.pairs.rows import Row, pairs_of_rows
from engine.errors import UserError

DELIMITERS = ("\t", ";", ",", "|")
LARGEST_CELL = 64 << 20
LOOKED_AT = 200
"""Lines by which the delimiter is found."""
MOST_REPAIRS = 20
_GUARDED = re.compile(r"'+\s*[=+\-@]")
_QNA_MAKER = {"metadata", "source", "qnaid"}
_ESCAPED_BREAK = re.compile(r"(?<!\\)\\n(?![a-z])")


def read_table(text: str, found: Collected, given: Mapping | None, delimiter: str = "") -> Steps:
    """Comma, semicolon, tab or pipe separated text, the Markdown tables among them."""
    lines = list(io.StringIO(text, newline=""))
    delimiter = delimiter or find_delimiter(lines[:LOOKED_AT]) or ","
    if found.format in ("csv", "tsv"):
        found.format = "tsv" if delimiter == "\t" else "csv"
    rows = _rows(lines, delimiter)
    if delimiter == "\t" and "\\n" in text and (pattern := _escapes(lines)):
        rows = ((row, [pattern.sub("\n", cell) for cell in cells], done) for row, cells, done in rows)
    yield from pairs_of_rows(rows, len(lines), found, given, join=delimiter)


def _escapes(lines: Sequence[str]) -> re.Pattern[str] | None:
    """How a tab separated file without quotes writes a line break; QnA Maker's ones always write it as \\n.

    Elsewhere a small letter behind it may as well be a path or a formula.
    """
    if any(plain_name(cell) in _QNA_MAKER for cell in lines[0].split("\t")):
        return re.compile(r"\\n")
    quoted = any(line.startswith('"') or '\t"' in line for line in lines[:LOOKED_AT])
    return None if quoted else _ESCAPED_BREAK


def _rows(lines: Sequence[str], delimiter: str) -> Iterator[Row]:
    for row, cells, done in records(lines, delimiter):
        if delimiter == "|" and len(cells) > 2 and not cells[0].strip() and not cells[-1].strip():
            cells = cells[1:-1]  # a Markdown table has a pipe at both ends of the line
        if delimiter == "|" and cells and all(re.fullmatch(r"\s*:?-{2,}:?\s*", cell) for cell in cells):
            continue
        yield row, [unguarded(cell) for cell in cells], done


def unguarded(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running a cell as a formula."""
    return cell[1:] if cell.startswith("'") and _GUARDED.match(cell) else cell


def records(lines: Sequence[str], delimiter: str) -> Iterator[Row]:
    """Rows with the lines they end at. A quote that is never closed takes no more than its own line with it."""
    csv.field_size_limit(LARGEST_CELL)
    spaced = any(f'{delimiter} "' in line for line in lines[:LOOKED_AT])  # "a", "b"
    start, row, repairs = 0, 0, 0
    while start < len(lines):
        reader = csv.reader(lines[start:], delimiter=delimiter, skipinitialspace=spaced)
        before = 0
        try:
            for cells in reader:
                first, before = start + before, reader.line_num
                row += 1
                if start + before == len(lines) and repairs < MOST_REPAIRS and _is_open(lines[first:]):
                    yield row, lines[first].rstrip("\r\n").replace('"', "", 1).split(delimiter), first + 1
                    start, repairs = first + 1, repairs + 1
                    break
                yield row, cells, start + before
            else:
                return
        except csv.Error as error:
            raise UserError(
                f"Row {row + 1} cannot be read: {error}", "Look whether a quotation mark is missing there."
            ) from error


def _is_open(lines: Sequence[str]) -> bool:
    return len(lines) > 1 and sum(line.count('"') for line in lines) % 2 == 1


def names_its_columns(lines: Sequence[str]) -> bool:
    """Whether it is a table whose header is known: surer than anything that its cells may look like."""
    return any(_score(lines, delimiter) >= 2.0 for delimiter in DELIMITERS)


def find_delimiter(lines: Sequence[str]) -> str:
    """What parts the cells of these lines; "" when they are no table."""
    scored = [(score, -DELIMITERS.index(d), d) for d in DELIMITERS if (score := _score(lines, d)) > 0]
    return max(scored)[2] if scored else ""


def _score(lines: Sequence[str], delimiter: str) -> float:
    """Above 0 when most rows have as many cells as the others, and at least two."""
    try:
        rows = [cells for _, cells, _ in records(lines, delimiter) if any(cell.strip() for cell in cells)]
    except UserError:
        return 0.0
    if not rows or not any(len(cells) > 1 for cells in rows):
        return 0.0
    if len(rows[0]) > 1 and known(rows[0]):
        return 2.0
    width, count = Counter(map(len, rows)).most_common(1)[0]
    share = count / len(rows)
    if width < 2 or share < 0.7 or (delimiter == "," and _is_prose(lines, rows)):
        return 0.0
    return share


def _is_prose(lines: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Sentences have commas too, but with a space behind them and a point at the end."""
    text = "".join(lines)
    commas, spaced = text.count(","), text.count(", ")
    ending = sum(cells[-1].rstrip().endswith((".", "!", "…", "。")) for cells in rows)
    return '"' not in text and commas > 0 and spaced / commas > 0.8 and ending / len(rows) > 0.3
