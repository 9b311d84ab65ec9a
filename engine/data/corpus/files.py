"""Files that a person chose, to texts: which are read, how, and why others are not. Cleans nothing."""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from defusedxml import DefusedXmlException, ElementTree

from engine.data.corpus.cleaning import without_licence, without_markdown
from engine.data.pairs.decoding import decode
from engine.data.pairs.html_text import plain_text
from engine.errors import UserError

PLAIN, MARKDOWN = frozenset({".txt", ".text", ""}), frozenset({".md", ".markdown"})
HTML, BOOK = frozenset({".html", ".htm", ".xhtml"}), frozenset({".epub"})
ROWS, LIST = frozenset({".jsonl", ".ndjson"}), frozenset({".json"})
READ = PLAIN | MARKDOWN | HTML | BOOK | ROWS | LIST
LARGEST = 1 << 30
"""Bytes of one file."""
UNPACKED, CHAPTERS = 200 << 20, 5000
"""Bytes and files that a book may unpack to."""
FIELDS = ("text", "content", "story", "body", "document", "article", "completion", "output")
"""Where the text of a row stands, the first that is there."""


def files_of(path: Path) -> Iterator[Path]:
    """A file itself, or what a folder holds in order of names; links are not followed, hidden files not read."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder) / name
            if not name.startswith(".") and not file.is_symlink():
                yield file


def texts_of(path: Path) -> Iterator[str]:
    """The texts of a file, one or many. UserError where it is none, or cannot be read."""
    ending = path.suffix.lower()
    if ending not in READ:
        raise UserError(f"Files of the kind “{ending}” are not read here", "Save it as plain text.")
    data = _bytes(path)
    if ending in BOOK:
        yield from _chapters(data)
        return
    text = decode(data).text
    if ending in ROWS:
        yield from _rows(text)
    elif ending in LIST:
        yield from _values(text)
    elif ending in HTML:
        yield plain_text(text)
    else:
        yield without_licence(without_markdown(text) if ending in MARKDOWN else text)


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise UserError(f"It is larger than {LARGEST >> 30} GB", "Divide it into several files.")
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"It cannot be read: {error.strerror}", "Look at its permissions.") from error


def _rows(text: str) -> Iterator[str]:
    """A row a line; a broken row is an error of the file, told with its number."""
    found = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise UserError(f"Row {number:,} is not JSON", "Mend that row, or take it out.") from error
        inside = _inside(value)
        found += bool(inside)
        if inside:
            yield inside
    if not found:
        raise UserError("No row has a text", f"Name its field “{FIELDS[0]}”.")


def _values(text: str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError("It is not JSON", "Save it as plain text.") from error
    values = value if isinstance(value, list) else [value]
    inside = [one for one in map(_inside, values) if one]
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


def _chapters(data: bytes) -> Iterator[str]:
    """The parts of an EPUB in the order that it is read in."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > CHAPTERS or sum(info.file_size for info in infos) > UNPACKED:
                raise UserError("This book unpacks to far more than a book", "Choose another file.")
            for name in _spine(archive):
                text = plain_text(decode(archive.read(name)).text)
                if text:
                    yield text
    except DefusedXmlException as error:
        raise UserError("This book wants to open other files", "Choose another file.") from error
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError, ElementTree.ParseError) as error:
        raise UserError("This book is damaged or locked", "Download it again.") from error


def _spine(archive: zipfile.ZipFile) -> list[str]:
    """Names of the chapters (EPUB 3.3, section 5.7); without a readable list all of its pages, by name."""
    container = ElementTree.fromstring(archive.read("META-INF/container.xml"))
    place = next((e.get("full-path", "") for e in container.iter() if e.tag.endswith("rootfile")), "")
    package = ElementTree.fromstring(archive.read(place))
    base = place.rpartition("/")[0]
    items = {e.get("id"): e.get("href", "") for e in package.iter() if e.tag.endswith("}item")}
    order = [items.get(e.get("idref"), "") for e in package.iter() if e.tag.endswith("}itemref")]
    names, there = [f"{base}/{href}" if base else href for href in order if href], set(archive.namelist())
    pages = [name for name in names if name in there]
    return pages or sorted(name for name in there if Path(name).suffix.lower() in HTML)
