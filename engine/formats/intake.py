"""Take a model into the library: written aside, complete, and only then in its place.

Knows disks and leftovers, not names.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from engine.errors import UserError
from engine.formats.card import Card
from engine.formats.hf_write import write_folder, written_bytes
from engine.formats.opened import Checkpoint
from engine.messages import Lesson

if TYPE_CHECKING:
    import torch

PARTIAL, REPLACED = ".partial-", ".replaced-"
Steps = Generator[tuple[int, int], None, None]
LIBRARY = "The folder of the models"
ROOM_LEFT = 64 << 20
"""Bytes that stay free on the disk."""


def take_in(
    checkpoint: Checkpoint,
    models: Path,
    card: Card,
    dtype: torch.dtype | None = None,
    lessons: Sequence[Lesson] = (),
) -> Steps:
    """Write the model to `models / card.name`, yielding (done, total) bytes."""

    def write(folder: Path) -> Steps:
        return write_folder(checkpoint, folder, card, dtype, lessons)

    yield from write_aside(models / card.name, written_bytes(checkpoint, dtype), write)


def write_aside(
    target: Path, wanted: int, write: Callable[[Path], Steps], *, replacing: bool = False, place: str = LIBRARY
) -> Steps:
    """Let `write` fill a folder, `wanted` bytes of it, that becomes `target` once it is complete.

    Closed, failed or killed half-way it leaves nothing: at most a folder that `sweep` takes away. With `replacing`
    it takes the place of an older one, which is there until then. `place` is what a sentence calls the parent.
    """
    parent = target.parent
    partial = parent / f"{PARTIAL}{os.getpid()}-{target.name}"
    try:
        check_room(parent, wanted)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield from write(partial)
        _sync(partial)
        if replacing and target.is_dir():
            _exchange(partial, target)
        else:
            if target.is_dir():  # an empty one, which not every system renames over
                target.rmdir()
            partial.rename(target)
        _sync(parent)
    except OSError as error:
        raise not_written(error, place) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _exchange(new: Path, target: Path) -> None:
    """No system renames a folder over a full one, so the older one steps aside; `sweep` puts it back after a crash."""
    aside = target.parent / f"{REPLACED}{os.getpid()}-{target.name}"
    shutil.rmtree(aside, ignore_errors=True)
    target.rename(aside)
    try:
        new.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def check_room(folder: Path, wanted: int) -> None:
    """UserError where the disk has no room for so many bytes."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if free < wanted + ROOM_LEFT:
        raise UserError(
            f"This model needs {wanted / 1e9:.1f} GB on the disk, and {free / 1e9:.1f} GB are free",
            "Make room on the disk, or choose a smaller model.",
        )


def not_written(error: OSError, place: str = LIBRARY) -> UserError:
    """The sentence for a file that could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UserError("The disk is full", "Make room on it, then try again. Nothing was left half-written.")
    if isinstance(error, PermissionError):
        return UserError(
            f"{place} may not be written to: {Path(str(error.filename or '')).name}",
            "Change its permissions, or choose another folder" + (" with --data-dir." if place == LIBRARY else "."),
        )
    if isinstance(error, FileNotFoundError):
        return UserError(
            f"A file vanished while it was read: {Path(str(error.filename or '')).name}", "Look where it went."
        )
    return UserError(f"The model could not be written: {error.strerror or error}", "Check the disk, then try again.")


def sweep(models: Path) -> None:
    """Take away what an interrupted import left, unless the process that writes it is still there."""
    for folder in _left_behind(models, PARTIAL):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in _left_behind(models, REPLACED):
        target = models / folder.name.removeprefix(REPLACED).partition("-")[2]
        if target.exists():
            shutil.rmtree(folder, ignore_errors=True)
        else:
            folder.rename(target)


def _left_behind(models: Path, prefix: str) -> Iterator[Path]:
    for folder in list(models.glob(f"{prefix}*")) if models.is_dir() else ():
        writer = folder.name.removeprefix(prefix).split("-")[0]
        if not writer.isdecimal() or int(writer) == os.getpid() or not psutil.pid_exists(int(writer)):
            yield folder


def _sync(folder: Path) -> None:
    """Make a rename survive a power cut, where the system lets a folder be synced."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
