"""A run of teaching on disk: what it was told, how it stood before, and its last save. Knows no model."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import UserError
from engine.formats.intake import not_written
from engine.formats.lessons import read_lessons, write_lessons
from engine.formats.tensor_writer import write_file
from engine.messages import Lesson, RunInfo, TeachSettings

NOTES = "run.json"
STATE = "state.safetensors"


@dataclass(slots=True)
class RunFolder:
    """One folder under `runs/`, named as the adapter will be."""

    path: Path

    @property
    def state(self) -> Path:
        return self.path / STATE

    @property
    def begun(self) -> bool:
        return (self.path / NOTES).is_file()

    def begin(self, lessons: Sequence[Lesson], notes: dict[str, Any]) -> None:
        """Takes the place of an older run of this name."""
        try:
            shutil.rmtree(self.path, ignore_errors=True)
            self.path.mkdir(parents=True)
            write_lessons(self.path, lessons)
            self.note(notes)
        except OSError as error:
            raise not_written(error) from error

    def note(self, notes: dict[str, Any]) -> None:
        """Keep these notes, whole or not at all."""
        aside = self.path / f"{NOTES}.new"
        write_file(aside, json.dumps(notes, ensure_ascii=False).encode())
        aside.replace(self.path / NOTES)

    def notes(self) -> dict[str, Any]:
        try:
            found = json.loads((self.path / NOTES).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"The run “{self.path.name}” cannot be read", "Forget it and teach again.") from error
        if not isinstance(found, dict):
            raise UserError(f"The run “{self.path.name}” cannot be read", "Forget it and teach again.")
        return found

    def lessons(self) -> tuple[Lesson, ...]:
        return read_lessons(self.path)

    def forget(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def settings_of(notes: dict[str, Any]) -> TeachSettings:
    """UserError where a stranger wrote them."""
    try:
        return TeachSettings(**notes["settings"])
    except (KeyError, TypeError) as error:
        raise UserError("The settings of this run cannot be read", "Forget the run and teach again.") from error


def as_notes(settings: TeachSettings) -> dict[str, Any]:
    return dataclasses.asdict(settings)


def unfinished(runs: Path) -> list[RunInfo]:
    """Newest first; a folder that cannot be read is left alone."""
    found = []
    for path in sorted(runs.iterdir()) if runs.is_dir() else []:
        info = _info(RunFolder(path))
        if info is not None:
            found.append(info)
    return sorted(found, key=lambda info: -info.changed_at)


def _info(run: RunFolder) -> RunInfo | None:
    if not run.begun:
        return None
    try:
        notes = run.notes()
        changed = (run.state if run.state.is_file() else run.path / NOTES).stat().st_mtime
        return RunInfo(
            run.path.name, str(notes["base"]), int(notes["pairs"]), int(notes["step"]), int(notes["steps"]), changed
        )
    except (UserError, KeyError, ValueError, TypeError, OSError):
        return None
