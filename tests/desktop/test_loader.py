"""What the window takes for the model in memory is what the engine has there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from engine.messages import Cancel, Command, Continue, Failed, Finished, LoadedModel, LoadModel, Pause, Result
from engine.settings import SettingsStore

OLD = LoadedModel("old", "Old", "abc", "cpu", "float32", "It is small.", 2, 2048, 1000, True)


class Engine:
    """Loads what is small; what is large it refuses, and keeps what it has, or fails at it, and has nothing then."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge

    def send(self, command: Command | Cancel | Pause | Continue) -> None:
        assert isinstance(command, LoadModel)
        if command.name == "too large":
            self.bridge.post(Result(command.job, OLD))
        if command.name in ("too large", "broken"):
            self.bridge.post(Failed(command.job, "It does not fit", "Choose another"))
            return
        self.bridge.post(Result(command.job, replace(OLD, name=command.name)))
        self.bridge.post(Finished(command.job, "done"))


@pytest.fixture
def loader(qapp: QApplication, settings: SettingsStore) -> ModelLoader:
    bridge = Bridge()
    bridge.attach(Engine(bridge))
    return ModelLoader(bridge, settings)


def test_a_model_that_is_refused_leaves_the_old_one_also_for_the_next_start(loader: ModelLoader, qtbot: QtBot) -> None:
    loader.load("old")
    qtbot.waitUntil(lambda: not loader.loading)
    kept: list[str] = []  # what the window remembers
    loader.changed.connect(lambda: kept.append(loader.wanted) if loader.loaded is not None else None)
    loader.load("too large")
    qtbot.waitUntil(lambda: loader.problem is not None)
    assert loader.loaded == OLD and loader.wanted == "old" and not loader.loading and kept[-1] == "old"
    loader.load("other")
    qtbot.waitUntil(lambda: not loader.loading)
    assert loader.loaded is not None and loader.loaded.name == loader.wanted == "other" and loader.problem is None


def test_a_load_that_fails_leaves_none(loader: ModelLoader, qtbot: QtBot) -> None:
    loader.load("old")
    qtbot.waitUntil(lambda: not loader.loading)
    loader.load("broken")
    qtbot.waitUntil(lambda: loader.problem is not None)
    assert loader.loaded is None and loader.wanted == "broken"
