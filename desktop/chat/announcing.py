"""Reads a reply out to screen readers as it is written: one finished sentence at a time. Knows text, not widgets."""

from __future__ import annotations

import re
from collections.abc import Callable

_END = re.compile(r"[.!?…:]\s|\n")


class SentenceReader:
    """`say` gets each sentence once it is complete, and what is left when the reply ends."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._held = ""

    def read(self, text: str) -> None:
        """More of the reply."""
        self._held += text
        ends = [match.end() for match in _END.finditer(self._held)]
        if ends:
            self._speak(self._held[: ends[-1]])
            self._held = self._held[ends[-1] :]

    def finish(self) -> None:
        """The reply is over."""
        self._speak(self._held)
        self._held = ""

    def _speak(self, text: str) -> None:
        if text.strip():
            self._say(" ".join(text.split()))
