"""Files that a person chose, to texts: which are read, how, and why others are not. Cleans nothing."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from engine.data.corpus.book import chapters
from engine.data.corpus.markup import markdown_text, page_text
from engine.data.pairs.decoding import decode
from engine.errors import UserError

PLAIN, MARKDOWN = frozenset({".txt", ".text", ""}), frozenset({".md", ".markdown"})
HTML, BOOK = frozenset({".html", ".htm", ".xhtml"}), frozenset({".epub"})
ROWS, LIST = frozenset({".jsonl", ".ndjson"}), frozenset({".json"})
READ = PLAIN | MARKDOWN | HTML | BOOK | ROWS | LIST
LARGEST, LARGEST_LIST = 1 << 30, 64 << 20
"""Bytes of one file, and of a JSON list, which can only be read as one."""
FIELDS = ("text", "content", "story", "body", "document", "article", "completion", "output")
"""Where the text of a row stands, the first that is there."""
_LINE = re.compile(r"[^\n]+")
Say = Callable[[str, int], None]
"""Takes why something was left out, and its bytes."""


class Chosen(NamedTuple):
    """A file that was found. `problem` says why it is not read."""

    path: Path
    inside: str
    """Its name in the folder that was chosen."""
    size: int = 0
    changed: int = 0
    problem: str = ""


class Text(NamedTuple):
    """One text of a file, which comes in parts. A whole one is a document already."""

    parts: Iterator[str]
    whole: bool = False


def files_of(chosen: Path) -> Iterator[Chosen]:
    """A file itself, or what a folder holds in order of names; links are not followed, hidden files not read."""
    if not chosen.is_dir():
        yield _file(chosen, chosen.name)
        return
    closed: list[OSError] = []
    for folder, folders, names in os.walk(chosen, followlinks=False, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder) / name
            if not name.startswith(".") and not path.is_symlink():
                yield _file(path, path.relative_to(chosen).as_posix())
    for error in closed:
        path = Path(error.filename or chosen)
        yield Chosen(path, path.name, problem=f"This folder cannot be opened: {error.strerror}")


def _file(path: Path, inside: str) -> Chosen:
    try:
        found = path.stat()
    except OSError as error:
        return Chosen(path, inside, problem=f"It cannot be read: {error.strerror}")
    if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for without end
        return Chosen(path, inside, problem="It is not a file")
    return Chosen(path, inside, found.st_size, found.st_mtime_ns)


def texts_of(file: Chosen, say: Say) -> Iterator[Text]:
    """The texts of a file, one or many. UserError where it is none, or cannot be read; `say` hears of lesser losses."""
    ending = file.path.suffix.lower()
    if file.problem:
        raise UserError(file.problem, "Look at its permissions.")
    if ending not in READ:
        raise UserError(f"Files of the kind “{ending}” are not read here", "Save it as plain text.")
    largest = LARGEST_LIST if ending in LIST else LARGEST
    if file.size > largest:
        raise UserError(f"It is larger than {largest >> 20:,} MB", "Divide it, or save it as plain text.")
    if ending in BOOK:
        yield from (Text(parts, whole=True) for parts in chapters(_bytes(file)))
    elif ending in ROWS:
        yield from (Text(iter((row,)), whole=True) for row in _rows(_text(file, say), say))
    elif ending in LIST:
        yield from (Text(iter((row,)), whole=True) for row in _values(_text(file, say)))
    elif ending in HTML:
        yield Text(page_text(_text(file, say)))
    else:
        text = _text(file, say)
        yield Text(iter((markdown_text(text) if ending in MARKDOWN else text,)))


def _bytes(file: Chosen) -> bytes:
    try:
        with file.path.open("rb") as opened:
            return opened.read(file.size)  # and no more, should it grow meanwhile
    except OSError as error:
        raise UserError(f"It cannot be read: {error.strerror}", "Look at its permissions.") from error


def _text(file: Chosen, say: Say) -> str:
    data = _bytes(file)
    found = decode(data)
    if found.encoding.startswith("utf"):
        return found.text
    # One broken byte in a large text should not make another encoding of it, in which every accent is two signs.
    kept = data.decode("utf-8", "ignore")
    broken, accents = len(data) - len(kept.encode()), sum(1 for _ in re.finditer(r"[^\x00-\x7f]+", kept))
    if broken * 20 > accents:
        return found.text
    say("Bytes that are no UTF-8", broken)
    return kept


def _rows(text: str, say: Say) -> Iterator[str]:
    """A row a line; a broken row is left out. UserError where none has a text."""
    found, broken, first = 0, 0, 0
    for number, line in enumerate(_LINE.finditer(text), 1):
        if not (row := line[0].strip()):
            continue
        try:
            inside = _inside(json.loads(row))
        except (ValueError, RecursionError):
            broken, first = broken + 1, first or number
            say("Rows that are not JSON", len(row))
            continue
        if inside:
            found += 1
            yield inside
    if not found and broken:
        raise UserError(f"Row {first:,} is not JSON", "Mend that row, or take it out.")
    if not found:
        raise UserError("No row has a text", f"Name its field “{FIELDS[0]}”.")


def _values(text: str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError("It is not JSON", "Save it as plain text.") from error
    inside = [one for one in map(_inside, value if isinstance(value, list) else [value]) if one]
    if not inside:
        raise UserError("It holds no text", f"Name the field of a text “{FIELDS[0]}”.")
    yield from inside


def _inside(value: object) -> str:
    """The text of a row; empty where there is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return next((value[name] for name in FIELDS if isinstance(value.get(name), str)), "")
    return ""
