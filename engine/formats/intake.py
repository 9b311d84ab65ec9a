"""Take a model into the library: written aside, complete, and only then in its place.

Knows disks and leftovers, not names.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from engine.errors import UserError
from engine.formats.hf_write import Card, write_folder, written_bytes
from engine.formats.opened import Checkpoint

if TYPE_CHECKING:
    import torch

PARTIAL = ".partial-"
ROOM_LEFT = 64 << 20
"""Bytes that stay free on the disk."""


def take_in(
    checkpoint: Checkpoint, models: Path, card: Card, dtype: torch.dtype | None = None
) -> Generator[tuple[int, int], None, None]:
    """Write the model to `models / card.name`, yielding (done, total) bytes.

    Closed, failed or killed half-way it leaves no model: at most a folder that `sweep` takes away.
    """
    partial = models / f"{PARTIAL}{os.getpid()}-{card.name}"
    try:
        check_room(models, written_bytes(checkpoint, dtype))
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield from write_folder(checkpoint, partial, card, dtype)
        _sync(partial)
        partial.rename(models / card.name)
        _sync(models)
    except OSError as error:
        raise not_written(error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_room(folder: Path, wanted: int) -> None:
    """UserError where the disk has no room for so many bytes."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if free < wanted + ROOM_LEFT:
        raise UserError(
            f"This model needs {wanted / 1e9:.1f} GB on the disk, and {free / 1e9:.1f} GB are free",
            "Make room on the disk, or choose a smaller model.",
        )


def not_written(error: OSError) -> UserError:
    """The sentence for a file that could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UserError("The disk is full", "Make room on it, then try again. Nothing was left half-written.")
    if isinstance(error, PermissionError):
        return UserError(
            f"The folder of the models may not be written to: {Path(str(error.filename or '')).name}",
            "Change its permissions, or choose another folder with --data-dir.",
        )
    if isinstance(error, FileNotFoundError):
        return UserError(
            f"A file vanished while it was read: {Path(str(error.filename or '')).name}", "Look where it went."
        )
    return UserError(f"The model could not be written: {error.strerror or error}", "Check the disk, then try again.")


def sweep(models: Path) -> None:
    """Take away what an interrupted import left, unless the process that writes it is still there."""
    for folder in models.glob(f"{PARTIAL}*") if models.is_dir() else ():
        writer = folder.name.removeprefix(PARTIAL).split("-")[0]
        if not writer.isdecimal() or int(writer) == os.getpid() or not psutil.pid_exists(int(writer)):
            shutil.rmtree(folder, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Make a rename survive a power cut, where the system lets a folder be synced."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
