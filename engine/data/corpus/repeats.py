"""Text that was there already: whole documents, and long paragraphs of them. Knows no files.

Letters' case and the kind of blank between words make no difference.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

LONG = 120
"""Characters of a paragraph that is looked for: shorter ones, such as a refrain or an answer, may well come twice."""


class Kept(NamedTuple):
    text: str
    """What was not there yet; may be empty."""
    key: bytes
    """The same for the same text, whatever was read before."""


class Repeats:
    """Remembers what it was shown, 16 bytes for each."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def without(self, text: str, *, whole: bool = False) -> Kept:
        """What is new of a document: all, some paragraphs or nothing. With `whole` all or nothing."""
        key = _key(text)
        if key in self._seen:
            return Kept("", key)
        self._seen.add(key)
        paragraphs = text.split("\n\n")
        if whole or len(paragraphs) == 1:
            return Kept(text, key)
        new = [one for one in paragraphs if len(one) < LONG or self._is_new(one)]
        return Kept(text if len(new) == len(paragraphs) else "\n\n".join(new), key)

    def _is_new(self, paragraph: str) -> bool:
        key, before = _key(paragraph), len(self._seen)
        self._seen.add(key)
        return len(self._seen) > before


def _key(text: str) -> bytes:
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).digest()[:16]
