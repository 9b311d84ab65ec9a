"""The score of the text in the box, asked for when typing pauses. Knows the engine's command, no widget."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from desktop.task import Task
from engine.messages import Failed, LoadedModel, ScoreText, TextScore

PAUSE_MS = 250


class Scoring(QObject):
    """`settled` comes with a text once typing paused; `scored` when its score is there, with None when it has none."""

    settled = Signal()
    scored = Signal(object)  # TextScore or None
    failed = Signal(object)  # Failed

    def __init__(self, bridge: Bridge, loader: ModelLoader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loader = loader
        self._task = Task(bridge, self)
        self._awake = False
        self._done: tuple[str, LoadedModel] | None = None
        self.text = ""
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._settle)
        self._task.done.connect(self._take)
        self._task.failed.connect(self._fail)

    def edit(self, text: str) -> None:
        """What was asked for the old text is dropped at once."""
        if text != self.text:
            self.text, self._done = text, None
            self._task.drop()
            self._pause.start()

    def wake(self, awake: bool) -> None:
        """Only a page that is seen takes time from a chat."""
        self._awake = awake
        if awake:
            return self.ask()
        if self._task.running:
            self._task.drop()
            self._done = None
        return None

    def model_changed(self) -> None:
        self._done = None
        self.ask()

    @Slot()
    def settle(self) -> None:
        """Do not wait for the pause."""
        if self._pause.isActive():
            self._pause.stop()
            self._settle()

    @Slot()
    def _settle(self) -> None:
        self.ask()
        self.settled.emit()

    def ask(self) -> None:
        """The score of the text as it is, unless it is there or on its way."""
        model = self._loader.loaded
        if not self._awake or self._pause.isActive():
            return None
        if model is None or not self.text.strip():
            self._task.drop()
            self._done = None
            return self.scored.emit(None)
        if self._done != (self.text, model):
            self._done = (self.text, model)
            self._task.start(ScoreText, text=self.text)
        return None

    @Slot(object)
    def _take(self, score: object) -> None:
        self.scored.emit(score if isinstance(score, TextScore) else None)

    @Slot(object)
    def _fail(self, failed: Failed) -> None:
        self._done = None
        self.scored.emit(None)
        self.failed.emit(failed)
