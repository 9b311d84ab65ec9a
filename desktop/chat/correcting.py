"""Correct and teach: a reply put right becomes a pair, and the engine teaches it at once. Knows no widget.

Where pairs are kept is told to `keep_pair` by whoever puts the pages together.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from desktop.task import Task
from engine.messages import Corrected, Failed, Lesson, LoadedModel, TeachReply

KeepPair = Callable[[str, str], int]


class Correcting(QObject):
    """One at a time. After `done` the model that learned is loaded in the place of the one that answered."""

    changed = Signal()  # it began or it ended
    progress = Signal(object)  # Progress
    done = Signal(object)  # Corrected
    failed = Signal(object)  # Failed
    stopped = Signal()

    def __init__(self, bridge: Bridge, loader: ModelLoader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loader = loader
        self._task = Task(bridge, self)
        self._kept: tuple[str, str, int] | None = None
        self._asked = ""
        self.keep_pair: KeepPair | None = None
        self._task.progress.connect(self.progress)
        self._task.done.connect(self._done)
        self._task.failed.connect(self._failed)
        self._task.stopped.connect(self._stopped)

    @property
    def running(self) -> bool:
        return self._task.running

    @property
    def pair(self) -> int:
        """The number of the pair that was kept last; 0 for none."""
        return self._kept[2] if self._kept else 0

    def teach(self, question: str, answer: str, instructions: str) -> None:
        """Keep the pair, and have it learned. Trying again with the same words keeps no second one."""
        model = self._loader.loaded
        if model is None or self.running:
            return
        if self.keep_pair is not None and (self._kept is None or self._kept[:2] != (question, answer)):
            self._kept = (question, answer, self.keep_pair(question, answer))
        self._asked = self._loader.wanted
        lesson = Lesson(self.pair, question, answer, instructions)
        self._task.start(TeachReply, name=name_for(model, self.pair), lesson=lesson)
        self.changed.emit()

    def stop(self) -> None:
        self._task.cancel()

    @Slot(object)
    def _done(self, corrected: Corrected) -> None:
        self._kept = None
        self.done.emit(corrected)
        self.changed.emit()
        if self._loader.wanted == self._asked:  # otherwise another model was chosen meanwhile
            self._loader.load(corrected.name)  # quick: its base is in memory

    @Slot(object)
    def _failed(self, failed: Failed) -> None:
        self.failed.emit(failed)
        self.changed.emit()

    @Slot()
    def _stopped(self) -> None:
        self.stopped.emit()
        self.changed.emit()


def name_for(model: LoadedModel, pair: int) -> str:
    """The adapter that takes it in: the loaded one, or a new one that no earlier correction has the name of."""
    if model.adapters:
        return model.name
    return f"{model.title} taught {pair}" if pair else f"{model.title} taught"
