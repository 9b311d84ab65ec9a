"""`check-pairs`: reads a file of questions and answers, and says what to look at before it is taught."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engine.cli.output import Output
from engine.errors import UserError

if TYPE_CHECKING:
    from engine.data.pairs.pair_file import Skipped

NAME = "check-pairs"
HELP = "read a file of questions and answers, and check it"
EXAMPLE = "python -m engine check-pairs faq.csv"

T = TypeVar("T")
_SHOWN = 20
"""Lines of each list for people; programs get all."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="F", help="CSV, XLSX, JSON, JSONL, YAML, Markdown or an export; found by content"
    )
    parser.add_argument("--format", default="auto", metavar="F", help="read it as this, whatever it looks like")


def run(args: argparse.Namespace, out: Output) -> dict[str, object]:
    from engine.data.pairs.checks import check  # workbooks and YAML: not for --help
    from engine.data.pairs.reading import FORMATS, read_pairs

    if args.format not in FORMATS:
        raise UserError(f"There is no format “{args.format[:30]}”", f"Choose one of: {', '.join(FORMATS)}.")
    file = _finished(read_pairs(Path(args.file), format=args.format), out, "Reading")
    problems = _finished(check(file.pairs), out, "Checking")
    columns = f", “{file.mapping.question}” and “{file.mapping.answer}”" if file.columns else ""
    out.text(f"{_counted(len(file.pairs), 'pair')} in {args.file} ({file.format}, {file.encoding}{columns})")
    _list(out, [(problem.message, problem.remedy) for problem in problems], "problem")
    _list(out, [(f"Row {s.row} was left out.", s.reason) for s in file.skipped], "row left out", "rows left out")
    return {
        "format": file.format,
        "encoding": file.encoding,
        "pairs": len(file.pairs),
        "problems": [{"row": p.row, "kind": p.kind, "message": p.message, "remedy": p.remedy} for p in problems],
        "skipped": [_fields(skipped) for skipped in file.skipped],
    }


def _fields(skipped: Skipped) -> dict[str, object]:
    return {"row": skipped.row, "reason": skipped.reason}


def _finished(work: Generator[tuple[int, int], None, T], out: Output, note: str) -> T:
    while True:
        try:
            out.progress(*next(work), note)
        except StopIteration as finished:
            return finished.value


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _list(out: Output, lines: list[tuple[str, str]], one: str, many: str = "") -> None:
    if not lines:
        return
    out.text(f"\n{_counted(len(lines), one, many)}:")
    for what, more in lines[:_SHOWN]:
        out.text(f"  {what} {more}")
    if len(lines) > _SHOWN:
        out.text(f"  … and {len(lines) - _SHOWN:,} more; --json lists all")
