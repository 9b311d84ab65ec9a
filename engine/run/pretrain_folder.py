"""A run of pre-training on disk: what it was told, its text as tokens, its vocabulary, its last save, its record.

Knows no model. The record (rows and what was watched) is written before the state: what lies beyond the state when a
run goes on is cut off.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import UserError
from engine.formats.intake import not_written
from engine.formats.tensor_writer import write_file
from engine.messages import PretrainHistory, PretrainRun, PretrainSettings, TrainRow, WatchedPrompt

NOTES, STATE, VOCABULARY = "run.json", "state.safetensors", "tokenizer.model"
LEARN, HELD, ROWS, WATCHED = "learn.tokens", "held.tokens", "rows.jsonl", "watched.jsonl"
MOST_ROWS = 4000
"""Of a record that is read again: a picture has no more points across."""
PLACE = "The folder of this run"

R = TypeVar("R")


@dataclass(slots=True)
class PretrainFolder:
    """One folder under `pretraining/`, named as the model will be."""

    path: Path
    _rows: list[TrainRow] = field(default_factory=list)
    _watched: list[WatchedPrompt] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.path / STATE

    @property
    def begun(self) -> bool:
        return (self.path / NOTES).is_file()

    def note(self, notes: dict[str, Any]) -> None:
        """Keep these notes, whole or not at all."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            aside = self.path / f"{NOTES}.new"
            write_file(aside, json.dumps(notes, ensure_ascii=False, indent=1).encode())
            aside.replace(self.path / NOTES)
        except OSError as error:
            raise not_written(error, PLACE) from error

    def notes(self) -> dict[str, Any]:
        try:
            found = json.loads((self.path / NOTES).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self._unreadable() from error
        if not isinstance(found, dict):
            raise self._unreadable()
        return found

    def record(self, rows: Iterable[TrainRow] = (), watched: Iterable[WatchedPrompt] = ()) -> None:
        """Remember for the next `keep`."""
        self._rows += rows
        self._watched += watched

    def keep(self, save: Callable[[Path], None], **notes: Any) -> None:
        """The record, then the state by `save`, then these notes. UserError where the disk fails."""
        self.keep_record()
        try:
            save(self.state)
        except OSError as error:
            self.state.with_suffix(".new").unlink(missing_ok=True)
            raise not_written(error, PLACE) from error
        self.note({**self.notes(), **notes})

    def keep_record(self) -> None:
        """What was remembered since. UserError where the disk fails."""
        try:
            _append(self.path / ROWS, self._rows)
            _append(self.path / WATCHED, self._watched)
        except OSError as error:
            raise not_written(error, PLACE) from error
        self._rows, self._watched = [], []

    def cut(self, step: int) -> None:
        """Forget what was recorded after this step."""
        for name, kind in ((ROWS, TrainRow), (WATCHED, WatchedPrompt)):
            kept = [one for one in self._read(name, kind) if one.step <= step]
            aside = self.path / f"{name}.new"
            write_file(aside, _lines(kept))
            aside.replace(self.path / name)

    def finish(self, **notes: Any) -> None:
        """The model is kept elsewhere: let go of everything but the record."""
        self.note({**self.notes(), **notes, "state": "done"})
        for name in (STATE, LEARN, HELD):
            (self.path / name).unlink(missing_ok=True)

    def forget(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def info(self, running: str = "") -> PretrainRun:
        """UserError where its notes cannot be read."""
        notes = self.notes()
        try:
            changed = max(path.stat().st_mtime for path in self.path.iterdir())
            return PretrainRun(
                self.path.name, str(notes["title"]), notes["settings"]["preset"], int(notes["parameters"]),
                int(notes["vocabulary"]), int(notes["step"]), int(notes["steps"]), int(notes["tokens"]),
                float(notes["seconds"]), notes["bits"], notes["state"], running == self.path.name,
                str(notes["model"]), changed,
            )  # fmt: skip
        except (KeyError, ValueError, TypeError, OSError) as error:
            raise self._unreadable() from error

    def history(self, running: str = "") -> PretrainHistory:
        rows = [*self._read(ROWS, TrainRow), *self._rows]
        every = -(-len(rows) // MOST_ROWS)
        kept = [row for n, row in enumerate(rows) if row.bits is not None or n % max(1, every) == 0]
        watched = [*self._read(WATCHED, WatchedPrompt), *self._watched]
        return PretrainHistory(self.info(running), self.settings(), tuple(kept), tuple(watched))

    def settings(self) -> PretrainSettings:
        try:
            told = dict(self.notes()["settings"])
            validation = told.pop("validation", None)
            told["prompts"] = tuple(told.get("prompts", ()))
            return PretrainSettings(**told, validation=Path(validation) if validation else None)
        except (KeyError, TypeError) as error:
            raise self._unreadable() from error

    def _read(self, name: str, kind: type[R]) -> list[R]:
        """A last line that a crash cut off is left out."""
        path = self.path / name
        if not path.is_file():
            return []
        found: list[R] = []
        for line in path.read_bytes().split(b"\n"):
            try:
                values = json.loads(line)
                if "words" in values:
                    values["words"] = tuple((str(text), float(chance)) for text, chance in values["words"])
                found.append(kind(**values))
            except (ValueError, TypeError):
                continue
        return found

    def _unreadable(self) -> UserError:
        return UserError(f"The run “{self.path.name}” cannot be read", "Delete it, and begin a new one.")


def as_notes(settings: PretrainSettings) -> dict[str, Any]:
    """What JSON can hold."""
    told = dataclasses.asdict(settings)
    return {**told, "validation": None if settings.validation is None else str(settings.validation)}


def all_runs(root: Path, running: str) -> list[PretrainRun]:
    """Newest first; one that cannot be read says so."""
    found: list[PretrainRun] = []
    for path in sorted(root.iterdir()) if root.is_dir() else []:
        folder = PretrainFolder(path)
        if not folder.begun:
            continue
        try:
            found.append(folder.info(running))
        except UserError as error:
            found.append(_damaged(path, error))
    return sorted(found, key=lambda run: -run.changed_at)


def _damaged(path: Path, error: UserError) -> PretrainRun:
    changed = path.stat().st_mtime
    return PretrainRun(
        path.name, path.name, "nano", 0, 0, 0, 0, 0, 0.0, None, "unfinished", False, "", changed, error.message
    )


def _append(path: Path, values: Sequence[Any]) -> None:
    if not values:
        return
    with path.open("ab") as file:
        file.write(_lines(values))
        file.flush()
        os.fsync(file.fileno())


def _lines(values: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(dataclasses.asdict(one), ensure_ascii=False).encode() + b"\n" for one in values)
