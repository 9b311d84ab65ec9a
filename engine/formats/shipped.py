"""Models that ship with the app, opened in place: the Starter, as it was first trained and as it was taught.

Knows where they lie, not how they came to be.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.formats.checkpoint import open_checkpoint
from engine.formats.opened import Checkpoint
from engine.paths import resource

FOLDERS = {"starter": "taught", "starter-base": "base"}
"""Name -> folder below `resources/starter`."""


def shipped() -> dict[str, Path]:
    """The models that are there, by name."""
    root = resource("starter")
    return {name: root / folder for name, folder in FOLDERS.items() if (root / folder / "config.json").is_file()}


def open_shipped(name: str) -> Checkpoint | None:
    """None where no model of this name ships. UserError where it is damaged."""
    folder = shipped().get(name)
    return None if folder is None else replace(open_checkpoint(folder), name=name)
