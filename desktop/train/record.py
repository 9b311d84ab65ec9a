"""What a run wrote down so far: losses, and what it wrote at which step. Live, or read again. Knows no widget."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from desktop.train.thinning import Thinned
from engine.messages import PretrainHistory, TrainRow, WatchedPrompt


class Record(QObject):
    """`stepped` and `watched_more` say that something was added, `begun` that all is new."""

    begun = Signal()
    stepped = Signal()
    watched_more = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.begin("")

    def begin(self, title: str, vocabulary: int = 0) -> None:
        """Empty it for another run; `vocabulary` is how many tokens there are to choose between, 0 if unknown."""
        self.title, self.vocabulary = title, vocabulary
        self.rows: list[TrainRow] = []
        self.measured: list[TrainRow] = []
        self.training = Thinned()
        self.by_prompt: dict[str, list[WatchedPrompt]] = {}
        self.begun.emit()

    def read(self, history: PretrainHistory) -> None:
        """Fill it with a run of before."""
        self.begin(history.run.title, history.run.vocabulary)
        self.add_rows(history.rows)
        self.add_watched(history.watched)

    @property
    def step(self) -> TrainRow | None:
        return self.rows[-1] if self.rows else None

    @property
    def prompts(self) -> list[str]:
        """In the order in which they were first watched."""
        return list(self.by_prompt)

    def add_rows(self, rows: Sequence[TrainRow]) -> None:
        """A run that goes on from a save repeats the steps after it: those of before are forgotten."""
        if rows and self.rows and rows[0].step <= self.rows[-1].step:
            self._cut(rows[0].step)
        for row in rows:
            self.rows.append(row)
            self.training.add(row.step, row.loss)
            if row.held_out is not None:
                self.measured.append(row)
        if rows:
            self.stepped.emit()

    def add_watched(self, watched: Sequence[WatchedPrompt]) -> None:
        """Kept in the order of steps; a step that comes again takes the place of what it was."""
        for one in watched:
            known = self.by_prompt.setdefault(one.prompt, [])
            place = bisect_right(known, one.step, key=lambda other: other.step)
            if place and known[place - 1].step == one.step:
                known[place - 1] = one
            else:
                known.insert(place, one)
        if watched:
            self.watched_more.emit()

    def _cut(self, step: int) -> None:
        kept = [row for row in self.rows if row.step < step]
        self.rows, self.measured, self.training = [], [], Thinned()
        for row in kept:
            self.rows.append(row)
            self.training.add(row.step, row.loss)
        self.measured = [row for row in kept if row.held_out is not None]

    def bits(self) -> float | None:
        """Held out, a byte, as last measured."""
        return next((row.bits for row in reversed(self.measured) if row.bits is not None), None)
