"""Pairs out of a file or the clipboard: opens it, finds its format and encoding, and calls the reader that knows it.

Knows which readers there are, not how they read.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

from engine.data.pairs.anki import read_anki
from engine.data.pairs.archive import read_archive
from engine.data.pairs.collecting import Collected, Steps
from engine.data.pairs.decoding import decode
from engine.data.pairs.json_rows import read_json, read_jsonl
from engine.data.pairs.marked_text import read_marked, read_trivia
from engine.data.pairs.pair_file import Mapping, PairFile, Skipped
from engine.data.pairs.qna_maker import read_qna
from engine.data.pairs.sniffing import find_format
from engine.data.pairs.tables import read_table
from engine.data.pairs.yaml_rows import read_yaml
from engine.errors import UserError

__all__ = ["FORMATS", "Mapping", "PairFile", "Skipped", "paste_pairs", "read_pairs"]

LARGEST_FILE = 256 << 20
CHUNK = 8 << 20

Reader = Callable[[str, Collected, Mapping | None], Steps]
_READERS: dict[str, Reader] = {
    "csv": read_table,
    "tsv": lambda text, found, given: read_table(text, found, given, "\t"),
    "json": read_json,
    "jsonl": read_jsonl,
    "yaml": read_yaml,
    "markdown": read_marked,
    "trivia": read_trivia,
    "qna": read_qna,
    "anki": read_anki,
}
_ZIPPED = ("xlsx", "zip")
_IN_JSON = ("alpaca", "sharegpt", "openai", "dolly", "squad", "intents", "self-instruct", "chatgpt", "claude")
FORMATS = ("auto", *_READERS, *_ZIPPED, *_IN_JSON)
"""What `format` may be. The last ones are layouts of JSON, told apart record by record."""


def read_pairs(
    path: Path, *, format: str = "auto", mapping: Mapping | None = None
) -> Generator[tuple[int, int], None, PairFile]:
    """Read a file of pairs, step by step: (done, total) each. Raises UserError where it gives none."""
    if format not in FORMATS:
        raise UserError(f"There is no format “{format}”", f"Use one of {', '.join(FORMATS)}.")
    data = bytearray()
    yield from _bytes(path, data)
    try:
        return (yield from _read(bytes(data), format, mapping))
    except UserError as error:
        raise UserError(f"{path.name} cannot be read: {_in_sentence(error.message)}", error.hint) from error


def paste_pairs(text: str) -> PairFile:
    """Pairs out of the clipboard: rows copied from a spreadsheet, or any of the formats that are text."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    lines = [line for line in rows.split("\n") if line.strip()]
    tabs = bool(lines) and "\t" in lines[0]  # how spreadsheets copy cells, whatever is in them
    found = Collected("tsv" if tabs else find_format(rows))
    for _ in _READERS[found.format](rows, found, None):
        continue
    return _checked(found, "utf-8")


def _bytes(path: Path, into: bytearray) -> Steps:
    try:
        if path.is_dir():
            raise UserError(f"{path.name} is a folder", "Choose a file in it.")
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise UserError(f"{path.name} is larger than {LARGEST_FILE >> 20} MiB", "Split it into smaller files.")
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                into += chunk
                yield len(into), 4 * max(size, len(into))
                if len(into) > LARGEST_FILE:
                    raise UserError(f"{path.name} does not end", "Choose a file on disk.")
    except OSError as error:
        raise UserError(
            f"{path.name} cannot be opened: {error.strerror}", "Look whether it is there and may be read."
        ) from error


def _read(data: bytes, format: str, given: Mapping | None) -> Generator[tuple[int, int], None, PairFile]:
    if not data:
        raise UserError("The file is empty", "Choose a file with questions and answers.")
    found = Collected(format)
    zipped = data.startswith((b"PK\x03\x04", b"PK\x05\x06"))
    if format in _ZIPPED and not zipped:
        raise UserError("This is neither a workbook nor an archive", "Leave the format to be found.")
    if zipped:
        yield from _last_three_quarters(read_archive(data, found, given))
        return _checked(found, "utf-8")
    text, encoding = decode(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if format == "auto":
        found.format = find_format(text)
    elif format in _IN_JSON:
        found.format = "json"
    yield from _last_three_quarters(_READERS[found.format](text, found, given))
    return _checked(found, encoding)


def _last_three_quarters(steps: Steps) -> Steps:
    """The first quarter of the bar is for getting the bytes."""
    for done, total in steps:
        yield 1000 + 3000 * min(done, total) // max(total, 1), 4000


def _checked(found: Collected, encoding: str) -> PairFile:
    if found.pairs:
        return found.finish(encoding)
    why = f" (row {(first := found.skipped[0]).row}: {_in_sentence(first.reason.rstrip('.'))})" if found.skipped else ""
    raise UserError(f"There are no pairs in it{why}", "Each pair needs a question and an answer.")


def _in_sentence(message: str) -> str:
    first, rest = message[:1], message[1:]
    return first.lower() + rest if rest[:1].islower() or rest[:1] == " " else message
