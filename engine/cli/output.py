"""What goes to stdout and stderr: JSON events for programs, or text for people and a bar for long work.

Knows no verb.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from typing import Any

BAR_AFTER_S = 0.5
"""Work that is done sooner shows no bar."""


class Output:
    """One run's output. With `json`, every line on stdout is an object with "event"."""

    def __init__(self, json: bool) -> None:
        self._json = json
        self._bar: Any = None
        self._percent: tuple[str, int] = ("", -1)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # Windows would write in the system's own encoding
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")

    def event(self, kind: str, **fields: object) -> None:
        """For programs only."""
        if self._json:
            print(json.dumps({"event": kind, **fields}, ensure_ascii=False), flush=True)

    def text(self, text: str, end: str = "\n") -> None:
        """For people only."""
        if not self._json:
            self._close_bar()
            print(text, end=end, flush=True)

    def note(self, text: str) -> None:
        """For people at a terminal: what is no part of the result."""
        if not self._json and sys.stderr is not None and sys.stderr.isatty():
            print(text, file=sys.stderr, flush=True)

    def progress(self, done: int, total: int, note: str) -> None:
        """A bar on a terminal, an event for each whole percent with JSON."""
        percent = (note, 100 * done // max(total, 1))
        if percent != self._percent:
            self.event("progress", done=done, total=total, note=note)
        self._percent = percent
        if self._json or sys.stderr is None or not sys.stderr.isatty():
            return
        if self._bar is None or self._bar.total != total:
            self._close_bar()
            from tqdm import tqdm  # a tenth of a second, for long work only

            self._bar = tqdm(total=total, delay=BAR_AFTER_S, leave=False, unit="", unit_scale=True, desc=note)
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._close_bar()

    def done(self, fields: Mapping[str, object]) -> None:
        self._close_bar()
        self.event("done", **fields)

    def error(self, message: str, hint: str = "") -> None:
        self._close_bar()
        if self._json:
            self.event("error", message=message, hint=hint)
        elif sys.stderr is not None:
            print("\n".join(line for line in (message, hint) if line), file=sys.stderr, flush=True)

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
