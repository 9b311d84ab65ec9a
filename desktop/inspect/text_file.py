"""A text from a file: a short one whole, of a long one the beginning. Knows encodings, no widget."""

from __future__ import annotations

from pathlib import Path

from engine.data.pairs.decoding import decode
from engine.errors import UserError

LARGEST = 100_000
"""Characters that are taken; more would keep the model busy for minutes."""
_BYTES = 4 * LARGEST


def read_text(path: Path) -> tuple[str, bool]:
    """The text, and whether the file holds more of it. UserError for what is no text."""
    try:
        with path.open("rb") as file:
            data = file.read(_BYTES + 1)
    except OSError as error:
        raise UserError(f"{path.name} cannot be opened: {error.strerror or error}", "Choose another file") from error
    more = len(data) > _BYTES
    if more:
        data = _whole_characters(data[:_BYTES])
    text = decode(data).text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise UserError(f"{path.name} is not a text", "Choose a file that a text editor opens")
    return text[:LARGEST], more or len(text) > LARGEST


def _whole_characters(data: bytes) -> bytes:
    """Without the half of a UTF-8 character at the end."""
    end = len(data)
    while end and data[end - 1] & 0xC0 == 0x80:
        end -= 1
    return data[: end - 1] if end and data[end - 1] >= 0xC0 else data
