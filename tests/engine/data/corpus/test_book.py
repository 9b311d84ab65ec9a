from __future__ import annotations

import io
import zipfile

import pytest

from engine.data.corpus import book
from engine.data.corpus.book import chapters
from engine.errors import UserError

CONTAINER = '<container><rootfiles><rootfile full-path="in/book.opf"/></rootfiles></container>'


def packed(texts: list[str], container: str = CONTAINER) -> bytes:
    """A book whose chapters lie in a folder of their own, by a name that is written with signs of an address."""
    items = "".join(f'<item id="c{n}" href="../text%20of/c{n}.xhtml"/>' for n in range(len(texts)))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in reversed(range(len(texts))))
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest><spine>{spine}</spine></package>'
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("in/book.opf", package)
        for number, text in enumerate(texts):
            archive.writestr(
                f"text of/c{number}.xhtml", f"<html><head><title>x</title></head><body>{text}</body></html>"
            )
    return file.getvalue()


def read(data: bytes) -> list[str]:
    return ["".join(parts).strip() for parts in chapters(data)]


def test_chapters_come_in_the_order_that_they_are_read_in() -> None:
    assert read(packed(["<p>Last</p>", "<h1>First</h1><p>It began.</p>"])) == ["First\n\nIt began.", "Last"]


def test_without_a_list_all_pages_are_read_by_name() -> None:
    assert read(_without_spine(packed(["One", "Two"]))) == ["One", "Two"]


def _without_spine(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"itemref", b"nothing"))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK\x03\x04" + b"x" * 4000, "damaged"),
        (packed(["x" * 5000])[:-200], "damaged"),
        (packed(["One"], container="<container/>"), "damaged"),
        (packed(["One"], container="<container>"), "damaged"),
        (packed(["One"], '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><container>&x;</container>'), "other"),
        (packed(["One"], '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><container>&z;</container>'), "other"),
    ],
)
def test_a_damaged_or_hostile_book_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        read(data)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed(["x" * 3_000_000])
    assert len(bomb) < 20_000
    monkeypatch.setattr(book, "UNPACKED", 2_000_000)
    with pytest.raises(UserError, match="unpacks to far more"):
        read(bomb)
