"""The model in memory, as the window sees it: which one, loading how far, what went wrong. Knows no page."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from desktop.bridge import Bridge
from engine.messages import (
    ChatWhileTraining,
    Event,
    Failed,
    Finished,
    JobId,
    LoadedModel,
    LoadModel,
    ModelInfo,
    Progress,
    Result,
    UnloadModel,
)
from engine.settings import SettingsStore


class ModelLoader(QObject):
    """One at a time: asking for a model while another loads stops that one."""

    changed = Signal()
    failed = Signal(object)  # Failed

    def __init__(self, bridge: Bridge, settings: SettingsStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._settings = settings
        self._job: JobId | None = None
        self.wanted = ""
        self.passing = False
        """What is wanted is in no library, so it cannot be loaded again at the next start."""
        self.loaded: LoadedModel | None = None
        self._before: tuple[LoadedModel | None, str, bool] = (None, "", False)
        """What was loaded, wanted and passing before: the engine keeps it where the new one does not fit."""
        self.progress: Progress | None = None
        self.problem: Failed | None = None

    @property
    def loading(self) -> bool:
        return self._job is not None

    def load(self, name: str) -> None:
        """Replace the model in memory by the one with this library name or path."""
        self._want(name, passing=False)
        get = self._settings.get
        self._job = self._bridge.start(
            LoadModel,
            self._hear,
            name=name,
            device=get("hardware.device"),
            precision=get("hardware.precision"),
            threads=get("hardware.threads"),
            context=get("hardware.context"),
        )
        self.changed.emit()

    def load_training(self, title: str) -> None:
        """A copy of the weights that are being trained, as they are now."""
        self._want(title, passing=True)
        self._job = self._bridge.start(ChatWhileTraining, self._hear)
        self.changed.emit()

    def _want(self, name: str, *, passing: bool) -> None:
        self.cancel()
        self._before = (self.loaded, self.wanted, self.passing)
        self.wanted, self.passing = name, passing
        self.loaded = self.progress = self.problem = None

    def cancel(self) -> None:
        """Stop loading, if something loads."""
        if self._job is not None:
            self._bridge.forget(self._job)
            self._bridge.cancel(self._job)
            self._job = None
            self.changed.emit()

    def unload(self) -> None:
        """Free the memory: before the files of the model go away."""
        self.cancel()
        self.wanted, self.loaded = "", None
        self._bridge.start(UnloadModel, lambda event: None)
        self.changed.emit()

    def rename(self, old: str, info: ModelInfo) -> None:
        """The model in memory has another name now, under which it will be found at the next start."""
        if self.wanted == old:
            self.wanted = info.name
        if self.loaded is not None and self.loaded.name == old:
            self.loaded = replace(self.loaded, name=info.name, title=info.title)
        self.changed.emit()

    def _hear(self, event: Event) -> None:
        match event:
            case Progress():
                self.progress = event
            case Result(value=LoadedModel() as loaded):
                self.loaded = loaded
            case Failed():
                self._job, self.problem = None, event
                if self.loaded is not None and self.loaded == self._before[0]:
                    _, self.wanted, self.passing = self._before
                self.failed.emit(event)
            case Finished():
                self._job, self.progress = None, None
        self.changed.emit()
