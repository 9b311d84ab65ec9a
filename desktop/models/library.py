"""The models of this computer as the pages see them: the list, and what may be done to it. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.bridge import Bridge
from engine.messages import (
    Command,
    Event,
    Failed,
    Finished,
    ListModels,
    ModelInfo,
    ModelList,
    RemoveModel,
    RenameModel,
    RestoreModel,
    Result,
)


class ModelLibrary(QObject):
    """Asks for the list again after everything that changes it."""

    changed = Signal()
    renamed = Signal(str, object)  # old name, ModelInfo
    removed = Signal(object)  # ModelInfo
    restored = Signal(object)  # ModelInfo
    failed = Signal(object)  # Failed

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.known = False
        self.models: tuple[ModelInfo, ...] = ()
        self.computer = ""
        self.memory_total = 0
        self.memory_free = 0

    def find(self, name: str) -> ModelInfo | None:
        return next((info for info in self.models if info.name == name), None)

    def refresh(self) -> None:
        self._ask(ListModels, self._listed)

    def rename(self, name: str, new_name: str) -> None:
        self._ask(RenameModel, lambda info: self._renamed(name, info), name=name, new_name=new_name)

    def remove(self, info: ModelInfo) -> None:
        """Into the bin; `restore` brings it back."""
        self._ask(RemoveModel, lambda _: self._gone(info), name=info.name)

    def restore(self, name: str) -> None:
        self._ask(RestoreModel, self._restored, name=name)

    def _ask(self, command: type[Command], done: Callable[[Any], None], **fields: Any) -> None:
        value: list[object] = [None]

        def hear(event: Event) -> None:
            match event:
                case Result():
                    value[0] = event.value
                case Failed():
                    self.failed.emit(event)
                case Finished(reason="done"):
                    done(value[0])

        self._bridge.start(command, hear, **fields)

    def _listed(self, listing: ModelList) -> None:
        self.known = True
        self.models, self.computer = listing.models, listing.computer
        self.memory_total, self.memory_free = listing.memory_total, listing.memory_free
        self.changed.emit()

    def _renamed(self, old: str, info: ModelInfo) -> None:
        self.models = tuple(info if known.name == old else known for known in self.models)
        self.renamed.emit(old, info)
        self.refresh()

    def _gone(self, info: ModelInfo) -> None:
        self.models = tuple(known for known in self.models if known.name != info.name)
        self.changed.emit()
        self.removed.emit(info)
        self.refresh()

    def _restored(self, info: ModelInfo) -> None:
        self.restored.emit(info)
        self.refresh()
