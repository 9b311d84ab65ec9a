"""The texts to learn from, and which of them are chosen. Knows no widget and no engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal, Slot

from desktop.train.written import Written
from engine.data.chats import Chats
from engine.messages import CorpusReport, ReadSource, TextSource

WORLD_CHARACTERS = 4_000_000
"""Of the small world: about what a tiny model reads in an hour on two cores."""
WORLD, CHATS = "Small world", "My chats"

Kind = Literal["world", "file", "folder", "chats"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the list. `read` is what the engine found there, as long as that is known."""

    kind: Kind
    source: TextSource
    chosen: bool
    read: ReadSource | None = None


class Sources(QObject):
    """The built-in text first, then what was added, the person's chats last."""

    changed = Signal()  # what is chosen, or what there is
    described = Signal()  # what is known of them

    def __init__(self, chats: Chats, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._written = Written(chats, self)
        self._written.gathered.connect(self._take_written)
        self.entries: list[Entry] = [
            Entry("world", TextSource(WORLD, world=WORLD_CHARACTERS), True),
            Entry("chats", TextSource(CHATS), False),
        ]

    def chosen(self) -> tuple[TextSource, ...]:
        return tuple(entry.source for entry in self.entries if entry.chosen)

    def choose(self, place: int, chosen: bool) -> None:
        if self.entries[place].chosen != chosen:
            self.entries[place] = replace(self.entries[place], chosen=chosen, read=None)
            self.changed.emit()

    def add(self, paths: Sequence[Path]) -> int:
        """Files and folders, chosen at once; those that are there already are chosen again. How many are new."""
        new = 0
        for path in paths:
            place = self._place_of(path)
            if place is not None:
                self.choose(place, True)
                continue
            entry = Entry("folder" if path.is_dir() else "file", TextSource(self._title(path), path), True)
            self.entries.insert(len(self.entries) - 1, entry)
            new += 1
        if new:
            self.changed.emit()
        return new

    def remove(self, place: int) -> None:
        """One that was added; the others are always there."""
        assert self.entries[place].kind in ("file", "folder")
        was = self.entries.pop(place)
        if was.chosen:
            self.changed.emit()
        else:
            self.described.emit()

    def remembered(self) -> str:
        """What was added and what is chosen, for `recall` at the next start; chats are chosen anew each time."""
        kept = [entry for entry in self.entries if entry.kind != "chats"]
        return "\n".join(f"{'+' if entry.chosen else '-'}{entry.source.path or ''}" for entry in kept)

    def recall(self, text: str) -> None:
        """What `remembered` gave; lines that it did not write are left out."""
        for line in text.splitlines():
            mark, path = line[:1], line[1:]
            if mark in ("+", "-") and path:
                self.add([Path(path)])
            place = self._place_of(Path(path)) if path else 0
            if mark in ("+", "-") and place is not None:
                self.choose(place, mark == "+")

    def gather_chats(self) -> None:
        """Read again what the person wrote."""
        self._written.start()

    def describe(self, report: CorpusReport | None) -> None:
        """What was found in those that are chosen; a report names them in the order they were sent in."""
        found = iter(report.sources if report is not None else ())
        known = [replace(entry, read=next(found, None) if entry.chosen else None) for entry in self.entries]
        if known != self.entries:
            self.entries = known
            self.described.emit()

    def _place_of(self, path: Path) -> int | None:
        return next((place for place, entry in enumerate(self.entries) if entry.source.path == path), None)

    def _title(self, path: Path) -> str:
        """The name of the file or folder, with the folder around it where two are called alike."""
        taken = {entry.source.title for entry in self.entries}
        name = path.name or str(path)
        return name if name not in taken else str(Path(path.parent.name) / name)

    @Slot(tuple)
    def _take_written(self, texts: tuple[str, ...]) -> None:
        entry = self.entries[-1]
        if texts == entry.source.own:
            return
        self.entries[-1] = replace(entry, source=replace(entry.source, own=texts), chosen=entry.chosen and bool(texts))
        (self.changed if entry.chosen else self.described).emit()
