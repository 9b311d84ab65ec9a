"""Where files live: data, config, cache and log folders, and what ships with the app.

Knows the operating system's customs, not what is in the files.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True)
class Paths:
    """The four roots. Nothing is created until something is written."""

    data: Path
    config: Path
    cache: Path
    log: Path

    @classmethod
    def of_user(cls) -> Paths:
        """The places this system keeps for a person's files."""
        dirs = platformdirs.PlatformDirs("nextword", appauthor=False)
        return cls(dirs.user_data_path, dirs.user_config_path, dirs.user_cache_path, dirs.user_log_path)

    @classmethod
    def under(cls, root: Path) -> Paths:
        """Everything below one folder: `--data-dir`, tests, a memory stick."""
        root = root.expanduser().absolute()
        return cls(root / "data", root / "config", root / "cache", root / "log")

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def database(self) -> Path:
        return self.data / "nextword.sqlite3"

    @property
    def settings(self) -> Path:
        return self.config / "settings.toml"


def resource(name: str) -> Path:
    """A file that ships with the app, in the checkout, the wheel or the frozen folder."""
    frozen = getattr(sys, "_MEIPASS", None)
    root = Path(frozen) if frozen else Path(__file__).resolve().parent.parent
    return root / "resources" / name
