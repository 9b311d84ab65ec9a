"""What stands on the right, and when: the run that goes on, one of before, or none. Asks before a run is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from desktop.notices import Notices
from desktop.theme import Look
from desktop.train.board import Board
from desktop.train.record import Record
from desktop.train.run import TrainRun
from desktop.train.runs import Runs
from desktop.widgets.confirm import Confirm
from engine.messages import Failed, PretrainHistory, PretrainOutcome, PretrainRun

if TYPE_CHECKING:
    from desktop.train.run_view import RunView


class Watching(QObject):
    """`chat`, `teach` and `models` come with the name of a finished model; `chat_now` while it still learns."""

    chat = Signal(str)
    teach = Signal(str)
    models = Signal(str)
    chat_now = Signal()

    def __init__(
        self, look: Look, board: Board, run: TrainRun, runs: Runs, notices: Notices, *, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._look, self._page, self._board, self._notices = look, parent, board, notices
        self._run, self._runs = run, runs
        self._past: PretrainRun | None = None
        self._model = self._ended = ""
        self._failed: Failed | None = None
        self._bits: float | None = None
        self._was_active = self._outdated = False
        self.confirm: Confirm | None = None
        run.changed.connect(self._run_changed)
        run.ended.connect(self._run_ended)
        run.left.connect(self._run_left)
        run.failed.connect(self._run_failed)
        runs.listed.connect(self._listed)
        board.interrupted.go_on.connect(self.go_on)
        board.interrupted.forget.connect(self._ask_to_forget)

    # ---- the view --------------------------------------------------------------------
    @property
    def view(self) -> RunView:
        """Made with the first run: it brings the chart's library, which takes a third of a second."""
        from desktop.train.run_view import RunView

        if isinstance(self._board.view, RunView):
            return self._board.view
        view = RunView(self._look, self._notices)
        view.watch_wanted.connect(self._run.watch)
        head = view.head
        head.pausing.connect(lambda: self._run.go_on() if self._run.phase == "paused" else self._run.pause())
        head.finishing.connect(self._run.finish)
        head.stopping.connect(self._ask_to_stop)
        head.going_on.connect(lambda: self._past is not None and self.go_on(self._past))
        head.back.connect(self._show_live)
        head.chatting.connect(self._chat)
        head.teaching.connect(lambda: self.teach.emit(self._model))
        head.showing.connect(lambda: self.models.emit(self._model))
        self._board.add_view(view)
        return view

    @Slot()
    def _show_live(self) -> None:
        self._past, self._model = None, ""
        self.view.show_live(self._run)
        self._board.show_view(True)

    def show_history(self, history: PretrainHistory) -> None:
        """A run of before."""
        from desktop.train.run_view import came_to

        if history.run.title == self._run.title and self._run.active:
            return self._show_live()
        record, past = Record(self), history.run
        record.read(history)
        self._past, self._model, self._failed = past, past.model, None
        self._bits = past.bits if past.state == "done" else None
        said = came_to(past.bits, past.tokens, past.seconds) if past.state == "done" else past.problem
        return self._show_past(record, said)

    def _show_past(self, record: Record, said: str) -> None:
        mode = "done" if self._model else "unfinished" if self._past is not None else "broken"
        self.view.show_past(record, mode, said, self._failed, bits=self._bits, other=self._run.active)
        self._board.show_view(True)
        self._show_interrupted()

    def _show_interrupted(self) -> None:
        """Not while a run goes on, nor before its end is on the list, and not the one that is on screen."""
        shown = self._past.name if self._past is not None else ""
        runs = [run for run in self._runs.interrupted if run.name != shown]
        self._board.interrupted.show_runs([] if self._run.active or self._outdated else runs)

    # ---- following the run -----------------------------------------------------------
    @Slot()
    def _run_changed(self) -> None:
        if self._run.active and not self._was_active:
            self._failed = None
            self._show_live()
        elif self._run.active:
            self.view.show_state()
        elif self.confirm is not None:
            self.confirm.reject()  # it ended by itself: nothing is left to stop
        if self._run.active != self._was_active:
            self._was_active, self._outdated = self._run.active, True
            self._show_interrupted()

    @Slot(object)
    def _run_ended(self, outcome: PretrainOutcome) -> None:
        from desktop.train.run_view import came_to

        said = came_to(outcome.bits, outcome.tokens, outcome.seconds, outcome.averaged)
        self._ended = ""
        self._runs.refresh()
        if self._looks_back() or not self._page.isVisible():
            self._notices.info(f"{outcome.title} is trained. {said}", ("Chat", lambda: self.chat.emit(outcome.name)))
        if self._looks_back():
            return
        self._past, self._model, self._bits = None, outcome.name, outcome.bits
        self._show_past(self._run.record, said)

    @Slot()
    def _run_left(self) -> None:
        self._leave("It was stopped. Everything up to its last save is kept.")

    @Slot(object)
    def _run_failed(self, failed: Failed) -> None:
        if not self._page.isVisible():
            self._notices.error(failed.message, failed.hint, failed.report)
        if self._run.active:
            return self.view.trouble.show_failed(failed)
        self._failed = failed
        return self._leave("")

    def _leave(self, said: str) -> None:
        """Whether it can go on is known when the runs are listed again."""
        self._ended = self._run.title
        self._runs.refresh()
        if not self._looks_back():
            self._past, self._model, self._bits = None, "", None
            self._show_past(self._run.record, said)

    def _looks_back(self) -> bool:
        """Another run is on screen, and stays there."""
        return self._past is not None and self._past.title != self._run.title

    @Slot()
    def _listed(self) -> None:
        self._outdated = self._run.active
        if self._ended and not self._run.active:
            same = [run for run in self._runs.interrupted if run.title == self._ended]
            self._ended = ""
            if same and not self._looks_back():
                self._past = same[0]
                self._show_past(self._run.record, self.view.outcome.text())
        self._forget_if_gone()
        self._show_interrupted()

    def _forget_if_gone(self) -> None:
        """A run that was deleted is no longer on screen."""
        if self._past is not None and self._past.name not in [run.name for run in self._runs.runs]:
            self._past = None
            if self._run.active:
                self._show_live()
            else:
                self._board.show_view(False)

    # ---- what is asked of it ---------------------------------------------------------
    @Slot(object)
    def go_on(self, run: PretrainRun) -> None:
        if not self._run.active:
            self._past = None
            self._run.resume(run)

    @Slot()
    def _chat(self) -> None:
        if self._model:
            self.chat.emit(self._model)
        else:
            self.chat_now.emit()

    @Slot()
    def _ask_to_stop(self) -> None:
        saved = f"from step {self._run.saved:,}, where it was saved last" if self._run.saved else "from its beginning"
        said = f"It can go on later {saved}. Finish now makes a good model of it instead."
        self._ask(f"Stop training {self._run.title}?", said, "Stop for now", "Keep training", self._run.stop)

    @Slot(object)
    def _ask_to_forget(self, run: PretrainRun) -> None:
        said = "What it has learned so far is deleted, and it cannot go on afterwards."
        self._ask(f"Delete the run {run.title}?", said, "Delete 1 run", "Keep", lambda: self._runs.forget(run))

    def ask_before_closing(self, close: Callable[[], object]) -> bool:
        """False where nothing is going on; otherwise a person is asked, and `close` may be called later."""
        if not self._run.active:
            return False
        said = "Closing stops the run. It is offered again at the next start, and goes on from where it was saved last."
        self._ask(f"{self._run.title} is being trained", said, "Pause and close", "Go back", close)
        return True

    def _ask(self, title: str, text: str, verb: str, stay: str, sure: Callable[[], object]) -> None:
        if self.confirm is not None:
            self.confirm.reject()
        self.confirm = Confirm(self._look, self._page.window(), title, text, verb, stay, sure)
        self.confirm.finished.connect(self._answered)
        self.confirm.open()

    @Slot()
    def _answered(self) -> None:
        self.confirm = None
