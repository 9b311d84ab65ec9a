"""Excel workbooks (.xlsx): the first sheet that holds pairs, each cell as it is shown there.

A formula counts as the value that was last computed; where none is kept the row is left out and says so. Knows what
may hide in the archive (bombs), not what the columns mean.
"""

from __future__ import annotations

import datetime
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from engine.data.pairs.collecting import Collected, Steps
from engine.data.pairs.columns import known
from engine.data.pairs.pair_file import Mapping
from engine.data.pairs.rows import Row, pairs_of_rows
from engine.errors import UserError

LARGEST_UNPACKED = 400 << 20
LARGEST_RATIO = 300
MOST_ROWS = 1_048_576
BLANK_ROWS_IN_A_ROW = 10_000
"""Behind so many empty rows nothing more is looked for: a formatted sheet has a million of them."""


def refuse_bomb(archive: zipfile.ZipFile, size: int) -> None:
    unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > LARGEST_UNPACKED or (unpacked > 10 << 20 and unpacked > LARGEST_RATIO * max(size, 1)):
        raise UserError(
            f"Unpacked, the file would take {unpacked >> 20} MiB", "Save the table of questions and answers as CSV."
        )


def read_workbook(data: bytes, found: Collected, given: Mapping | None) -> Steps:
    values, formulas = _open(data, True), _open(data, False)
    claimed = {sheet.title: sheet.max_row or 0 for sheet in values.worksheets}
    try:
        for sheet in (*values.worksheets, *formulas.worksheets):
            sheet.reset_dimensions()  # what a sheet says of its own size is good for a bar, not for reading
        found.sheets = tuple(values.sheetnames)
        wanted = given.sheet if given and given.sheet else _sheet_with_pairs(values)
        if wanted not in found.sheets:
            raise UserError(f"There is no sheet “{wanted}”", f"The sheets are: {', '.join(found.sheets)}.")
        if not hasattr(values[wanted], "iter_rows"):
            raise UserError(f"The sheet “{wanted}” is a chart", "Choose a sheet with questions and answers.")
        for name in found.sheets:
            if name != wanted and _has_cells(values, name):
                found.skip(1, f"The sheet “{name}” is left out; only “{wanted}” was read.")
        yield from pairs_of_rows(
            _rows(values[wanted], formulas[wanted], found), max(1, claimed.get(wanted, 1)), found, given
        )
        found.mapping = replace(found.mapping, sheet=wanted)
    except (zipfile.BadZipFile, *_BROKEN) as error:
        raise _broken() from error
    finally:
        values.close()
        formulas.close()


_BROKEN = (KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, OverflowError, SyntaxError)
"""What openpyxl raises, besides its own, for workbooks that are not as they should be. XML errors are SyntaxErrors."""


def _broken() -> UserError:
    return UserError("The workbook is damaged", "Open it in a spreadsheet program, and save it again or as CSV.")


def _open(data: bytes, computed: bool) -> Any:
    import openpyxl  # it imports numpy: a tenth of a second that only whoever opens a workbook waits
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=computed, keep_links=False)
    except (zipfile.BadZipFile, OSError, *_BROKEN, InvalidFileException) as error:
        raise _broken() from error
    return book


def _sheet_with_pairs(book: Any) -> str:
    """The first one with a header that is known, else the first with two columns, else the first."""
    two = ""
    for sheet in book.worksheets:
        for cells in _few_rows(sheet):
            if sum(map(bool, cells)) > 1 and known(cells):
                return str(sheet.title)
            two = two or (str(sheet.title) if sum(map(bool, cells)) > 1 else "")
    names = book.sheetnames
    return two or (str(names[0]) if names else "")


def _few_rows(sheet: Any) -> Iterator[list[str]]:
    for cells in _quietly(sheet.iter_rows(max_row=20, values_only=True)):
        yield [as_shown(value) for value in cells]


def _quietly(rows: Iterator[Any]) -> Iterator[Any]:
    """Without what openpyxl has to say about styles and extensions that it does not know."""
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row = next(rows, None)
        if row is None:
            return
        yield row


def _has_cells(book: Any, name: str) -> bool:
    return hasattr(book[name], "iter_rows") and any(any(cells) for cells in _few_rows(book[name]))


def _rows(values: Any, formulas: Any, found: Collected) -> Iterator[Row]:
    """Rows down to the last that is filled. The two sheets are the same one: with values, and with formulas."""
    blank: list[Row] = []
    both = zip(values.iter_rows(values_only=True), formulas.iter_rows(values_only=True), strict=False)
    for row, (shown, written) in enumerate(_quietly(both), 1):
        if row > MOST_ROWS or len(blank) > BLANK_ROWS_IN_A_ROW:
            return
        cells = [as_shown(value) for value in shown]
        if missing := _uncomputed(shown, written):
            found.skip(row, "A formula in it has no computed value: open and save the workbook once.", missing)
            continue
        if not any(cells):
            blank.append((row, cells, row))
            continue
        yield from blank
        blank.clear()
        yield row, cells, row


def _uncomputed(shown: Sequence[object], written: Sequence[object]) -> str:
    for value, formula in zip(shown, written, strict=False):
        if value is None and formula is not None:
            return str(getattr(formula, "text", formula))
    return ""


def as_shown(value: object) -> str:
    """A cell as a person sees it: 3 and not 3.0, days without an hour."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        return str(value.date()) if value.time() == datetime.time() else value.isoformat(" ", "minutes")
    return str(value)
