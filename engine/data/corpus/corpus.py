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
_SIZES = "sizes"
"""Of both files in bytes, in the report on disk: a file that was cut off says so."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder that holds the whole text."""

    report: CorpusReport

    @property
    def folder(self) -> Path:
        return self.report.folder

    @classmethod
    def open(cls, folder: Path, report: Path | None = None) -> Corpus:
        """With the report in the folder, or another on the same text. UserError where it is gone or damaged."""
        try:
            found = json.loads((report or folder / REPORT).read_text(encoding="utf-8"))
            sizes = [(folder / name).stat().st_size for name in (LEARN, HELD)]
            if found.pop(_SIZES) != sizes:
                raise _gone()
            return cls(_report(found, folder))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _gone() from error

    def learning(self) -> Iterator[str]:
        """Documents to learn from."""
        return _documents(self.folder / LEARN)

    def held_out(self) -> Iterator[str]:
        """Documents that are never learned from."""
        return _documents(self.folder / HELD)


def report_json(report: CorpusReport, sizes: tuple[int, int]) -> bytes:
    """The report as it lies on disk; where that is, it does not say. `sizes` are those of both files, in bytes."""
    return json.dumps({**asdict(report), "folder": "", _SIZES: sizes}, ensure_ascii=False).encode()


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
