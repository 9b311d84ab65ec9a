"""Text that was read and cleaned, on disk: what is learned from, what is held out, and its numbers. Knows no model.

Documents end with U+001E (record separator) and a newline; cleaning leaves no such character in them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import UserError
from engine.messages import CorpusReport, LeftOut, ReadSource

LEARN, HELD, REPORT = "learn.txt", "held.txt", "report.json"
END = "\x1e\n"


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder that holds the whole text."""

    report: CorpusReport

    @property
    def folder(self) -> Path:
        return self.report.folder

    @classmethod
    def open(cls, folder: Path) -> Corpus:
        """UserError where it is gone or damaged."""
        try:
            found = json.loads((folder / REPORT).read_text(encoding="utf-8"))
            if not (folder / LEARN).is_file() or not (folder / HELD).is_file():
                raise _gone()
            return cls(_report(found, folder))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _gone() from error

    def learning(self) -> Iterator[str]:
        """Documents to learn from."""
        return _documents(self.folder / LEARN)

    def held_out(self) -> Iterator[str]:
        """Documents that are never learned from."""
        return _documents(self.folder / HELD)


def report_json(report: CorpusReport) -> bytes:
    return json.dumps({**asdict(report), "folder": ""}, ensure_ascii=False).encode()


def _report(found: dict[str, Any], folder: Path) -> CorpusReport:
    sources = tuple(ReadSource(**one) for one in found.pop("sources"))
    left_out = tuple(LeftOut(**one) for one in found.pop("left_out"))
    frequent = tuple((str(word), int(count)) for word, count in found.pop("frequent"))
    found.pop("folder")
    return CorpusReport(folder=folder, sources=sources, left_out=left_out, frequent=frequent, **found)


def _documents(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            lines: list[str] = []
            for line in file:
                if line == END:
                    yield "".join(lines).removesuffix("\n")
                    lines = []
                else:
                    lines.append(line)
    except (OSError, UnicodeDecodeError) as error:
        raise _gone() from error


def _gone() -> UserError:
    return UserError("The text that was read is no longer there", "Read it once more.")
