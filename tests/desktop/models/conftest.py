"""A look, a bridge and a notice strip for the pages of this folder."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from desktop.bridge import Bridge
from desktop.notices import Notices
from desktop.theme import Look
from engine.settings import SettingsStore


@pytest.fixture(scope="session")
def look(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Look:
    return Look(SettingsStore(tmp_path_factory.mktemp("look") / "settings.toml"), qapp)


@pytest.fixture
def bridge(qapp: QApplication) -> Bridge:
    return Bridge()


@pytest.fixture
def notices(look: Look) -> Notices:
    return Notices(look)
