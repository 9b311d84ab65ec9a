"""An EPUB as the texts of its chapters, in the order that it is read in. The file is a stranger's: sizes come first."""

from __future__ import annotations

import io
import lzma
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote

from defusedxml import DefusedXmlException, ElementTree

from engine.data.corpus.markup import page_text
from engine.data.pairs.decoding import decode
from engine.errors import UserError

UNPACKED, FILES = 200 << 20, 5000
"""Bytes and files that a book may unpack to; pictures count."""
LISTS = 4 << 20
"""Bytes of a list of chapters."""
PAGES = frozenset({".html", ".htm", ".xhtml"})


def chapters(data: bytes) -> Iterator[Iterator[str]]:
    """Each chapter in parts. UserError where the book is damaged, locked or hostile."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > FILES or sum(info.file_size for info in infos) > UNPACKED:
                raise UserError("This book unpacks to far more than a book", "Choose another file.")
            for name in _spine(archive):
                yield page_text(decode(archive.read(name)).text)
    except DefusedXmlException as error:
        raise UserError("This book wants to open other files", "Choose another file.") from error
    except (
        zipfile.BadZipFile, zlib.error, lzma.LZMAError, KeyError, ValueError, EOFError, RuntimeError, OSError,
        ElementTree.ParseError,
    ) as error:  # fmt: skip
        raise UserError("This book is damaged or locked", "Download it again.") from error


def _spine(archive: zipfile.ZipFile) -> list[str]:
    """Names of the chapters (EPUB 3.3, section 5.7); without a readable list all of its pages, by name."""
    there = set(archive.namelist())
    container = ElementTree.fromstring(_list(archive, "META-INF/container.xml"))
    place = next((e.get("full-path", "") for e in container.iter() if e.tag.endswith("rootfile")), "")
    package = ElementTree.fromstring(_list(archive, place))
    items = {e.get("id"): e.get("href", "") for e in package.iter() if e.tag.endswith("}item")}
    order = [items.get(e.get("idref"), "") for e in package.iter() if e.tag.endswith("}itemref")]
    names = [posixpath.normpath(posixpath.join(posixpath.dirname(place), unquote(href))) for href in order if href]
    pages = [name for name in dict.fromkeys(names) if name in there]
    return pages or sorted(name for name in there if PurePosixPath(name).suffix.lower() in PAGES)


def _list(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > LISTS:
        raise UserError("The list of chapters of this book is too large", "Choose another file.")
    return archive.read(name)
