"""What stands below the table, and when: runs to go on with, the run that goes on, the result. Knows no pair."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from desktop.amounts import amount, counted
from desktop.loader import ModelLoader
from desktop.teach.lessons import Lessons
from desktop.teach.lower import Lower
from desktop.teach.open_set import OpenSet
from desktop.teach.planning import Planning
from desktop.teach.results import Results
from desktop.teach.run import TeachRun
from desktop.theme import Look
from desktop.widgets.confirm import Confirm


class Watching(QObject):
    """Follows the run, and asks before it is left."""

    def __init__(
        self,
        look: Look,
        below: Lower,
        pairs: OpenSet,
        run: TeachRun,
        lessons: Lessons,
        results: Results,
        planning: Planning,
        loader: ModelLoader,
        *,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._look, self._page, self._below, self._pairs = look, parent, below, pairs
        self._run, self._lessons, self._results = run, lessons, results
        self._planning, self._loader = planning, loader
        self._was_active = False
        self.confirm: Confirm | None = None
        run.changed.connect(self._run_changed)
        lessons.listed.connect(self._show_interrupted)
        results.changed.connect(self.show_parts)
        below.interrupted.go_on.connect(lessons.resume)
        below.interrupted.forget.connect(lessons.forget)

    @Slot()
    def show_parts(self) -> None:
        self._below.show_parts(running=self._run.active, result=self._results.shown)

    @Slot()
    def _show_interrupted(self) -> None:
        self._below.interrupted.show_runs(self._lessons.interrupted)
        self.show_parts()

    @Slot()
    def _run_changed(self) -> None:
        if self._run.active == self._was_active:
            return
        self._was_active = self._run.active
        if self._run.active:
            self._show_run()
        elif self.confirm is not None:
            self.confirm.reject()  # it ended by itself: nothing is left to stop
        self.show_parts()

    def _show_run(self) -> None:
        from desktop.teach.run_view import RunView  # brings the chart's library, which takes a third of a second

        view = self._below.run_view
        if not isinstance(view, RunView):
            view = RunView(self._look, self._pairs, self._run)
            view.cancelling.connect(self._ask_to_cancel)
            self._below.add_run_view(view)
        view.show_run()
        loaded, plan = self._loader.loaded, self._planning.plan
        facts = [loaded.device.upper(), counted(loaded.threads, "thread")] if loaded else []
        view.show_facts(", ".join([*facts, *([amount(plan.memory)] if plan else [])]))

    @Slot()
    def _ask_to_cancel(self) -> None:
        saved = f"from step {self._run.saved:,}, where it was saved last" if self._run.saved else "from its beginning"
        self.confirm = Confirm(
            self._look,
            self._page,
            f"Stop teaching {self._run.title}?",
            f"It can go on later {saved}. The model stays as it was before the run.",
            "Stop for now",
            "Keep teaching",
            self._run.cancel,
        )
        self.confirm.finished.connect(self._answered)
        self.confirm.open()

    def ask_before_closing(self, close: Callable[[], object]) -> bool:
        """False where nothing is going on; otherwise a person is asked, and `close` may be called later."""
        if not self._run.active:
            return False
        if self.confirm is not None:
            self.confirm.reject()
        self.confirm = Confirm(
            self._look,
            self._page.window(),
            f"{self._run.title} is being taught",
            "Closing stops the run. It is offered again at the next start, and goes on from where it was saved last.",
            "Pause and close",
            "Go back",
            close,
        )
        self.confirm.finished.connect(self._answered)
        self.confirm.open()
        return True

    @Slot()
    def _answered(self) -> None:
        self.confirm = None
