"""What every test may ask for: a place for files, the shared data, and Qt without a screen."""

from __future__ import annotations

import getpass
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.formats import shipped
from engine.paths import Paths
from engine.run import kernels

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault(kernels.ROOT, str(Path(tempfile.gettempdir(), f"nextword-kernels-{getpass.getuser()}")))
os.environ.setdefault(kernels.COMPILE, "never")  # by a process of every app that a test starts; `test_quick` does
kernels.prepare(kernels.folder_in(Path(os.environ[kernels.ROOT])))  # what tests themselves compile

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def nothing_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library begins empty, as tests of it expect; what ships has tests of its own (`test_shipped.py`)."""
    monkeypatch.setattr(shipped, "FOLDERS", {})


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.under(tmp_path / "home")


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """A file or folder of the shared data beside the checkout; the test skips where it is absent."""

    def find(relative: str) -> Path:
        path = ROOT.parent / "shared" / relative
        if not path.exists():
            pytest.skip(f"the shared data is not beside this checkout: {relative}")
        return path

    return find
