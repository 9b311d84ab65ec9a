"""Which documents are held out, and both parts written as they come. Knows no files but these two.

A document is held out by its own hash: documents that come later, or are taken away, change nothing for the others.
"""

from __future__ import annotations

import os
from typing import BinaryIO

from engine.data.corpus.corpus import END

SHARE = 0.02
"""Of the documents, by chance."""
END_SHARE = 0.1
"""Of a document that is nearly all there is, the part at its end that is held out."""
_Document = tuple[bytes, bytes]
"""Key and text."""


class Holding:
    """Puts documents into two open files. Something is in both after `finish`, if anything was put at all."""

    def __init__(self, learn: BinaryIO, held: BinaryIO) -> None:
        self._learn, self._held = learn, held
        self.learned = self.held = 0
        """Bytes in either, without what ends a document."""
        self._waiting: _Document | None = None
        """The one to hold out if chance holds out none: that with the smallest key."""

    @property
    def whole(self) -> int:
        """Bytes of all documents so far."""
        return self.learned + self.held + (len(self._waiting[1]) if self._waiting else 0)

    def put(self, key: bytes, data: bytes) -> None:
        document = (key, data)
        if _lot(key) < SHARE and self.learned:
            if self._waiting is not None:
                waiting, self._waiting = self._waiting, None
                self._hold(waiting[1]) if _lot(waiting[0]) < SHARE else self._to_learn(waiting[1])
            self._hold(data)
        elif self.held:
            self._to_learn(data)
        elif self._waiting is None:
            self._waiting = document
        else:
            self._waiting, larger = sorted((self._waiting, document))
            self._to_learn(larger[1])

    def finish(self) -> tuple[int, int]:
        """Hold something out, and have both files on the disk. Their sizes in bytes."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and len(waiting[1]) > 2 * self.learned:
            self._divide(waiting[1].decode())
        elif waiting is not None:
            self._hold(waiting[1])
        for file in (self._learn, self._held):
            file.flush()
            os.fsync(file.fileno())
        return self._learn.tell(), self._held.tell()

    def _divide(self, text: str) -> None:
        """A document that is most of all there is: its end is held out, from the beginning of a sentence."""
        first, last = round(len(text) * (1 - 2 * END_SHARE)), round(len(text) * (1 - END_SHARE))
        places = (text.rfind(mark, first, last) + len(mark) for mark in ("\n\n", "\n", ". ", " "))
        cut = next((place for place in places if place > first), last)
        self._to_learn(text[:cut].strip().encode())
        self._hold(text[cut:].strip().encode())

    def _to_learn(self, data: bytes) -> None:
        self._learn.write(data + b"\n" + END.encode())
        self.learned += len(data)

    def _hold(self, data: bytes) -> None:
        self._held.write(data + b"\n" + END.encode())
        self.held += len(data)


def _lot(key: bytes) -> float:
    """From 0 to 1, the same for the same text."""
    return int.from_bytes(key[:8], "big") / 2**64
