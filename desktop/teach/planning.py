"""What teaching the open set would take, measured on this computer. Knows the engine's plan, no widget."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from desktop.task import Task
from desktop.teach.gathering import Gathering
from desktop.teach.open_set import OpenSet
from desktop.teach.run import TeachRun
from engine.messages import Failed, Lesson, PlanTeaching, TeachPlan, TeachSettings

PAUSE_MS = 1_500
NOTICEABLE = 1.1
"""A change of length by a tenth changes no estimate that says "about"."""


class Planning(QObject):
    """`plan` is None until it is known. Asks only while the page is on screen and no run goes on."""

    changed = Signal()

    def __init__(
        self,
        pairs: OpenSet,
        gathering: Gathering,
        loader: ModelLoader,
        run: TeachRun,
        bridge: Bridge,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._pairs, self._gathering, self._loader, self._run = pairs, gathering, loader, run
        self._task = Task(bridge, self)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self._awake = False
        self._for: tuple[object, ...] = ()
        self._length = 0
        self.whole = 0
        self.plan: TeachPlan | None = None
        self.failed: Failed | None = None
        self._task.done.connect(self._take)
        self._task.failed.connect(self._fail)
        pairs.opened.connect(self._anew)
        for signal in (pairs.added, pairs.removed, pairs.touched):
            signal.connect(lambda _: self._later())
        loader.changed.connect(self._model_changed)
        run.changed.connect(self._run_changed)

    @property
    def measuring(self) -> bool:
        return self._task.running

    def wake(self, awake: bool) -> None:
        """Whether the page is on screen."""
        self._awake = awake
        self._pause.stop()
        if awake:
            self._count()
            self._later(PAUSE_MS // 5)

    def settings_changed(self) -> None:
        self._later()

    @Slot()
    def _anew(self) -> None:
        self.plan, self.failed, self._for = None, None, ()
        self._task.drop()
        self._count()
        self._later(PAUSE_MS // 5)

    @Slot()
    def _model_changed(self) -> None:
        name = self._loader.loaded.name if self._loader.loaded else ""
        if self._for and self._for[0] != name:
            self.plan, self.failed, self._for = None, None, ()
            self._task.drop()
        self._later()
        self.changed.emit()

    @Slot()
    def _run_changed(self) -> None:
        if self._run.active:
            self._task.drop()
            self._pause.stop()
        elif self.plan is None:
            self._later()

    def _later(self, wait: int = PAUSE_MS) -> None:
        if self._awake and not self._run.active:
            self._pause.start(wait)

    def _count(self) -> None:
        self._gathering.start(self._counted, self._counted)

    def _counted(self, lessons: tuple[Lesson, ...]) -> None:
        self.whole = len(whole(lessons))
        self.changed.emit()

    @Slot()
    def _ask(self) -> None:
        self._gathering.start(self._send, self._send)

    def _send(self, lessons: tuple[Lesson, ...]) -> None:
        lessons = whole(lessons)
        self.whole = len(lessons)
        loaded, settings = self._loader.loaded, self._pairs.settings
        if loaded is not None and lessons and not self._run.active and self._differs(loaded.name, lessons, settings):
            self.failed = None
            self._task.start(PlanTeaching, lessons=lessons, settings=settings)
        self.changed.emit()

    def _differs(self, model: str, lessons: tuple[Lesson, ...], settings: TeachSettings) -> bool:
        """Whether the estimate would be another one, so that an edit of a word asks for no probe."""
        asked = (model, len(lessons), settings)
        length = sum(len(lesson.question) + len(lesson.answer) for lesson in lessons)
        near = self._length / NOTICEABLE < length < self._length * NOTICEABLE
        if asked == self._for and near and (self.plan is not None or self._task.running):
            return False
        self._for, self._length = asked, length
        return True

    @Slot(object)
    def _take(self, plan: TeachPlan | None) -> None:
        self.plan = plan
        self.changed.emit()

    @Slot(object)
    def _fail(self, failed: Failed) -> None:
        self.plan, self.failed = None, failed
        self.changed.emit()


def whole(lessons: tuple[Lesson, ...]) -> tuple[Lesson, ...]:
    """Those that have a question and an answer."""
    return tuple(lesson for lesson in lessons if lesson.question.strip() and lesson.answer.strip())
