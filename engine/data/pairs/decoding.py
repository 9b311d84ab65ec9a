"""From bytes to text: finds the encoding, and refuses what is no text by what its first bytes say.

Knows file signatures and encodings, not what the text means.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from charset_normalizer import from_bytes

from engine.errors import UserError

LOOKED_AT = 256 << 10
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT = (
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "Open it there, and save it as .xlsx or as CSV (UTF-8)."),
    (b"%PDF", "a PDF", "Copy the questions and answers into a table, and save that as CSV."),
    (b"GGUF\x03\0", "a model", "Open it on the Models page."),
    (b"SQLite format 3", "a database", "Export the table of questions and answers as CSV."),
    (b"\x1f\x8b", "a compressed file", "Unpack it first."),
    (b"BZh91AY", "a compressed file", "Unpack it first."),
    (b"\xfd7zXZ", "a compressed file", "Unpack it first."),
    (b"7z\xbc\xaf", "a compressed file", "Unpack it first."),
    (b"Rar!", "a compressed file", "Unpack it first."),
    (b"\x89PNG", "a picture", "Choose a file with questions and answers as text."),
    (b"\xff\xd8\xff", "a picture", "Choose a file with questions and answers as text."),
    (b"GIF8", "a picture", "Choose a file with questions and answers as text."),
    (b"\x80\x02", "a pickle, which can run code when it is opened", "Export the data as CSV or JSON."),
    (b"\x80\x04", "a pickle, which can run code when it is opened", "Export the data as CSV or JSON."),
    (b"PAR1", "a Parquet file", "Export it as CSV or JSON Lines."),
    (b"{\\rtf", "a rich text document", "Save it as plain text."),
    (b"version https://git-lfs", "a pointer to a file kept elsewhere (Git LFS)", "Download the file itself."),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_C1 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_WESTERN = re.compile("[A-Za-z ,.;\"'€‚„…†‰‹‘’“”•–—›¡-¿À-ÿŒœŠšŽžŸ]")


class Decoded(NamedTuple):
    text: str
    encoding: str


def refuse_no_text(data: bytes) -> None:
    """Raise UserError for the kinds of files that are known not to be text."""
    for start, what, remedy in _NO_TEXT:
        if data.startswith(start):
            raise UserError(f"This is {what}, not a table or text", remedy)
    if re.match(rb".{7}\x00\{", data[:9], re.DOTALL) or re.match(rb".{3}\x00{5}\s*\{", data[:64], re.DOTALL):
        raise UserError("This is a model (safetensors), not a table or text", "Open it on the Models page.")


def decode(data: bytes) -> Decoded:
    """The text, and the encoding it was in. Raises UserError where it is no text."""
    refuse_no_text(data)
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _with(data, encoding)
    if wide := _wide(data[:LOOKED_AT]):
        return _with(data, wide)
    controls = len(_CONTROL.findall(data[:LOOKED_AT]))
    if controls > 8 and controls * 50 > len(data[:LOOKED_AT]):
        raise UserError("This is not a text file", "Choose a table, JSON, YAML or text with questions and answers.")
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _legacy(data)


def _with(data: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        raise UserError(
            f"It is marked as {encoding.upper()}, but byte {error.start} is not", "Save it again as UTF-8 text."
        ) from error


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: every second byte of western text and markup is zero."""
    if len(data) < 4 or (len(data) % 2 and len(data) < LOOKED_AT):
        return ""
    odd, even = data[1::2].count(0), data[::2].count(0)
    half = len(data) // 2
    if odd * 5 > half * 2 and even * 20 < half:
        return "utf-16-le"
    return "utf-16-be" if even * 5 > half * 2 and odd * 20 < half else ""


def _legacy(data: bytes) -> Decoded:
    """One of the older encodings: western ones where that makes good text, else the likeliest."""
    sample = data[:LOOKED_AT]
    high = sum(byte > 127 for byte in sample)
    if high * 4 < len(sample) and not _C1.search(data):
        text = sample.decode("cp1252")
        odd = sum(1 for c in text if ord(c) > 127 and not _WESTERN.match(c))
        if odd * 10 <= high and _reads_western(text):
            return Decoded(data.decode("cp1252"), "cp1252")
    best = from_bytes(sample).best()
    for encoding in filter(None, (best.encoding if best else "", "cp1252", "latin-1")):
        try:
            return Decoded(data.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
    raise UserError("This is not a text file", "Choose a table, JSON, YAML or text with questions and answers.")


def _reads_western(text: str) -> bool:
    """Accented letters stand between small letters; letters of other alphabets read as western ones do not."""
    letters = re.findall(r"[À-ÖØ-öø-ÿ]", text)
    common = sum(text.count(c) for c in "äöüßéèêëàâáíóúñçôîïûùåæøãõìòÄÖÜÉ")
    return not letters or common / len(letters) > 0.8
