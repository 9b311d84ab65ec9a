"""From the open set to a run and back: begins it, goes on with one that was interrupted, writes down what it says.

Knows the set, the run and the store of runs; no widget.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal, Slot

from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from desktop.task import Task
from desktop.teach.gathering import Gathering
from desktop.teach.open_set import OpenSet
from desktop.teach.planning import whole
from desktop.teach.run import TeachRun
from desktop.teach.wording import library_name, state_from, version_title
from engine.data.pair_sets import PairState
from engine.data.taught_runs import TaughtRun, TaughtRuns
from engine.messages import ForgetRun, Lesson, ListRuns, Measured, RunInfo, TeachOutcome

States = list[tuple[int, PairState, float | None]]


class Lessons(QObject):
    """`interrupted` are the runs that did not end, each with its title and whether its pairs are here."""

    listed = Signal()
    finished = Signal(object)  # TaughtRun
    loading = Signal(str)  # the model that an interrupted run needs
    failed = Signal(object)  # Failed

    def __init__(
        self,
        pairs: OpenSet,
        gathering: Gathering,
        run: TeachRun,
        runs: TaughtRuns,
        loader: ModelLoader,
        bridge: Bridge,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._pairs, self._gathering, self._run, self._runs, self._loader = pairs, gathering, run, runs, loader
        self._listing, self._forgetting = Task(bridge, self), Task(bridge, self)
        self._waiting: RunInfo | None = None
        self.interrupted: list[tuple[RunInfo, str, bool]] = []
        self._listing.done.connect(self._take_list)
        self._forgetting.done.connect(lambda _: self.look_for_interrupted())
        self._forgetting.failed.connect(self.failed)
        run.measured.connect(self._measured)
        run.ended.connect(self._ended)
        run.left.connect(self.look_for_interrupted)
        run.failed.connect(lambda _: self.look_for_interrupted())
        loader.changed.connect(self._model_changed)

    # ---- beginning -------------------------------------------------------------------
    def teach(self) -> None:
        """Begin a run over the open set, with what is in it now."""
        if self._pairs.set is not None and not self._run.active and self._loader.loaded is not None:
            self._gathering.start(self, self._begin)

    def _begin(self, lessons: tuple[Lesson, ...]) -> None:
        chosen, lessons = self._pairs.set, whole(lessons)
        if chosen is None or not lessons or self._run.active:
            return
        number = self._runs.versions(chosen.id) + 1
        while self._runs.knows(library_name(version_title(chosen.title, number))):
            number += 1  # another set had this title before
        title = version_title(chosen.title, number)
        self._run.begin(chosen.id, library_name(title), title, lessons, self._pairs.settings, self._states_of(lessons))

    def _states_of(self, lessons: Iterable[Lesson]) -> dict[int, tuple[PairState, float | None]]:
        return {one.id: (one.state, one.recall) for one in self._pairs.sets.read([lesson.id for lesson in lessons])}

    # ---- runs that did not end -------------------------------------------------------
    @Slot()
    def look_for_interrupted(self) -> None:
        self._listing.start(ListRuns)

    @Slot(object)
    def _take_list(self, runs: tuple[RunInfo, ...] | None) -> None:
        self.interrupted = []
        for info in runs or ():
            stored = self._runs.unfinished(info.name)
            known = stored is not None and self._pairs.sets.get(stored.pair_set) is not None
            if not (self._run.active and info.name == self._run.name):
                self.interrupted.append((info, stored.title if stored else info.name, known))
        self.listed.emit()

    def forget(self, info: RunInfo) -> None:
        stored = self._runs.unfinished(info.name)
        if stored is not None:
            self._runs.forget(stored.id)
        self._forgetting.start(ForgetRun, name=info.name)

    def resume(self, info: RunInfo) -> None:
        """Go on from the last save, on the model that was being taught."""
        stored, loaded = self._runs.unfinished(info.name), self._loader.loaded
        if stored is None or self._run.active:
            return
        self._waiting = info
        if loaded is not None and info.base in (loaded.name, loaded.base):
            self._go_on()
        else:
            self.loading.emit(info.base)

    @Slot()
    def _model_changed(self) -> None:
        info, loaded = self._waiting, self._loader.loaded
        if info is None:
            return
        if loaded is not None and info.base in (loaded.name, loaded.base):
            self._go_on()
        elif self._loader.problem is not None:
            self._waiting = None

    def _go_on(self) -> None:
        info, self._waiting = self._waiting, None
        stored = self._runs.unfinished(info.name) if info is not None else None
        if stored is None or self._run.active:
            return
        if self._pairs.set is None or self._pairs.set.id != stored.pair_set:
            self._pairs.open(stored.pair_set)
        self._gathering.start(self, lambda lessons: self._resumed(stored, whole(lessons)))

    def _resumed(self, stored: TaughtRun, lessons: tuple[Lesson, ...]) -> None:
        if self._pairs.set is None or self._pairs.set.id != stored.pair_set:
            return  # another set was opened meanwhile
        self._run.begin(
            stored.pair_set,
            stored.name,
            stored.title,
            lessons,
            stored.settings,
            self._states_of(lessons),
            resume=stored.id,
        )
        self.interrupted = [one for one in self.interrupted if one[0].name != stored.name]
        self.listed.emit()

    # ---- what it says ----------------------------------------------------------------
    @Slot(object)
    def _measured(self, measured: Measured) -> None:
        self._mark([(pair, state_from(recall), recall) for pair, recall in measured.recalls])

    @Slot(int, object)
    def _ended(self, stored: int, outcome: TeachOutcome) -> None:
        self._mark([(one.id, one.state, one.recall) for one in outcome.answers])
        found = self._runs.get(stored)
        if found is not None:
            self.finished.emit(found)
        self.look_for_interrupted()

    def take_back(self, run: TaughtRun) -> None:
        """Pairs are again as they were known before the run."""
        self._pairs.mark([(pair, state, recall) for pair, (state, recall) in run.earlier_states.items()])

    def bring_back(self, run: TaughtRun) -> None:
        if run.outcome is not None:
            self._pairs.mark([(one.id, one.state, one.recall) for one in run.outcome.answers])

    def _mark(self, states: States) -> None:
        """A pair that was edited since the run began is not the one that was measured."""
        same = {
            one.id
            for one in self._pairs.sets.read([pair for pair, _, _ in states])
            if (taught := self._run.lessons.get(one.id)) is not None
            and (taught.question, taught.answer) == (one.question, one.answer)
        }
        self._pairs.mark([state for state in states if state[0] in same])
