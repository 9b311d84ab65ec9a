"""A fresh settings file and a look that follows it."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from desktop.theme import Look
from engine.paths import Paths
from engine.settings import SettingsStore


@pytest.fixture
def collected_here() -> Iterator[None]:
    """For tests with a real engine thread: Python would collect on it, and destroy there what is left of other tests'
    Qt objects, which ends the process. The app itself collects from a timer in the GUI thread."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def settings(paths: Paths) -> SettingsStore:
    return SettingsStore(paths.settings)


@pytest.fixture
def look(qapp: QApplication, settings: SettingsStore) -> Iterator[Look]:
    yield Look(settings, qapp)
    for key in ("general.theme", "general.text_size", "general.stronger_edges"):  # the application outlives the test
        settings.reset(key)
