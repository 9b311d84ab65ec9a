"""Zip archives: a workbook, or the export of a chat service. Knows which files in them matter, not how to read them."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from engine.data.pairs.collecting import Collected, Steps
from engine.data.pairs.decoding import decode
from engine.data.pairs.json_rows import read_json
from engine.data.pairs.pair_file import Mapping
from engine.data.pairs.workbook import read_workbook, refuse_bomb
from engine.errors import UserError

_CONVERSATIONS = re.compile(r"(?:.*/)?conversations(?:-\d+)?\.json")
_OTHERS = {
    "content.xml": ("an OpenDocument file", "Save it as .xlsx or as CSV (UTF-8)."),
    "word/document.xml": ("a Word document", "Copy the questions and answers into a table, and save that as CSV."),
    "ppt/presentation.xml": ("a presentation", "Copy the questions and answers into a table, and save that as CSV."),
    "xl/workbook.bin": ("a binary workbook (.xlsb)", "Save it as .xlsx or as CSV (UTF-8)."),
    "META-INF/MANIFEST.MF": ("a Java archive", "Choose a file with questions and answers."),
}


def read_archive(data: bytes, found: Collected, given: Mapping | None) -> Steps:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            refuse_bomb(archive, len(data))
            names = archive.namelist()
            exports = sorted(name for name in names if _CONVERSATIONS.fullmatch(name))
            if "xl/workbook.xml" in names:
                found.format = "xlsx"
                yield from read_workbook(data, found, given)
            elif exports:
                yield from _read_exports(archive, exports, found, given)
            else:
                raise _refusal(names)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
        raise UserError("The archive is damaged or locked", "Download it again, or unpack it first.") from error


def _read_exports(archive: zipfile.ZipFile, names: list[str], found: Collected, given: Mapping | None) -> Steps:
    for done, name in enumerate(names):
        found.format = "json"
        yield from _scaled(read_json(decode(archive.read(name)).text, found, given), done, len(names))


def _scaled(steps: Steps, done: int, count: int) -> Iterator[tuple[int, int]]:
    for part, total in steps:
        yield 1000 * done + 1000 * part // max(total, 1), 1000 * count


def _refusal(names: list[str]) -> UserError:
    for name, (what, remedy) in _OTHERS.items():
        if name in names:
            return UserError(f"This is {what}, which is not read here", remedy)
    return UserError("There is no conversations.json and no workbook in the archive", "Unpack it, and choose one file.")
