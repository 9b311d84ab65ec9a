"""One run on screen: how far, how well, what it writes, and what it came to. Live or of before. Knows no engine."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from desktop.amounts import about, duration
from desktop.notices import Notices, announce
from desktop.theme import Look
from desktop.train.curves import Curves
from desktop.train.picture import Kept
from desktop.train.record import Record
from desktop.train.run import TrainRun
from desktop.train.run_head import Mode, RunHead, progress_of
from desktop.train.saving import Saving
from desktop.train.text_part import rounded
from desktop.train.trouble import Trouble
from desktop.train.watch_part import WatchPart
from desktop.widgets.area import hairline
from desktop.widgets.facts import Facts
from desktop.widgets.label import Label
from engine.messages import Failed, TrainRow

DRAW_MS = 100
FACTS = (
    ("bits", "Bits a byte", "What a byte of text it never saw costs it (held-out bits per byte); fewer is better"),
    ("norm", "Correction", "How strongly the last guesses pull at its numbers (gradient norm)"),
    ("rate", "Step size", "How far each step goes (learning rate)"),
    ("speed", "Tokens a second", "How fast it reads (training throughput)"),
    ("left", "Time left", "An estimate from the steps so far"),
)  # fmt: skip


class RunView(QFrame):
    """Made when the first run is shown, since the chart's library takes a third of a second to come."""

    watch_wanted = Signal(str)

    def __init__(self, look: Look, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._run: TrainRun | None = None
        self._announced = 0
        self._kept_bits: float | None = None
        self.record: Record | None = None
        self.setAccessibleName("Training")
        self.head = RunHead(look)
        self.outcome = Label(look, "", "body", "ink", wrap=True)
        self.trouble = Trouble(look)
        self.facts = Facts(look, FACTS)
        self.curves = Curves(look)
        self.saving = Saving(look, notices, self.kept, self)
        self.watch = WatchPart(look, self.saving.button)
        self._drawing = QTimer(self, singleShot=True, interval=DRAW_MS)
        self._drawing.timeout.connect(self.draw)
        self._lay_out()
        self.watch.moved.connect(self.curves.show_mark)
        self.watch.wanted.connect(self.watch_wanted)
        look.changed.connect(self._restyle)
        self._restyle()

    def _lay_out(self) -> None:
        self._upper, self._lower = QVBoxLayout(), QVBoxLayout()
        for widget in (self.trouble, self.outcome, self.facts):
            self._upper.addWidget(widget)
        self._upper.addWidget(self.curves, 1)
        self._lower.addWidget(self.watch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(hairline())
        column.addLayout(self._upper, 5)
        column.addWidget(hairline())
        column.addLayout(self._lower, 5)

    # ---- which run -------------------------------------------------------------------
    def show_live(self, run: TrainRun) -> None:
        """The run that goes on, and whatever comes of it."""
        self._run, self._announced, self._kept_bits = run, 0, None
        self._attach(run.record)
        self.head.show_mode("live", other=False)
        self.trouble.show_failed(None)
        self.outcome.hide()
        self.watch.field.allow(True)
        self.show_state()
        self.draw()

    def show_past(
        self, record: Record, mode: Mode, said: str, failed: Failed | None, *, bits: float | None, other: bool
    ) -> None:
        """One that does not go on now; `said` is what it came to, `bits` those of what was kept where that is known.

        `other`: another run goes on behind it.
        """
        self._run, self._kept_bits = None, bits
        self._attach(record)
        self.head.show_mode(mode, other=other)
        step = record.step
        where = f"Step {step.step:,} of {step.steps:,}" if step is not None else ""
        self.head.show_texts(record.title, where)
        self.trouble.show_failed(failed)
        self.outcome.setText(said)
        self.outcome.setVisible(bool(said))
        self.watch.field.allow(False)
        self.draw()

    def _attach(self, record: Record) -> None:
        if record is self.record:
            return
        if self.record is not None:
            for signal in (self.record.stepped, self.record.watched_more, self.record.begun):
                signal.disconnect(self._later)
        self.record = record
        for signal in (record.stepped, record.watched_more, record.begun):
            signal.connect(self._later)

    # ---- following it ----------------------------------------------------------------
    @Slot()
    def _later(self) -> None:
        if not self._drawing.isActive():
            self._drawing.start()

    @Slot()
    def show_state(self) -> None:
        """What can be done with it now."""
        run = self._run
        if run is None:
            return
        self.head.show_run(run)
        step = run.record.step
        tenth = 10 * step.step // step.steps if step else 0
        if tenth > self._announced:
            self._announced = tenth
            announce(self, f"Training {run.title}: {progress_of(run)}")

    @Slot()
    def draw(self) -> None:
        record = self.record
        if record is None:
            return
        self.curves.show_record(record)
        self.watch.show_record(record)
        self.saving.allow()
        if record.step is not None:
            self._show_facts(record, record.step)

    def _show_facts(self, record: Record, step: TrainRow) -> None:
        bits, live = self.bits, self._run is not None
        self.facts.facts["left"].title.setText("Time left" if live else "Steps")
        left = about(step.seconds_left).removeprefix("about ") if step.seconds_left > 0 else ""
        self.facts.show_values(
            bits="" if bits is None else f"{bits:.3f}",
            norm=f"{step.norm:.2f}",
            rate=f"{step.learning_rate:.2g}",
            speed=f"{step.tokens_per_second:,.0f}",
            left=left if live else f"{step.step:,}",
        )

    @property
    def bits(self) -> float | None:
        """Held out, a byte: of the weights that were kept, or as last measured."""
        last = self.record.bits() if self.record is not None else None
        return last if self._kept_bits is None else self._kept_bits

    def kept(self) -> Kept | None:
        """What a picture of it would show."""
        record = self.record
        if record is None or record.step is None:
            return None
        step, bits = record.step, self.bits
        facts = [f"Step {step.step:,} of {step.steps:,}", f"{rounded(step.tokens)} tokens"]
        if bits is not None:
            facts.append(f"{bits:.3f} bits a byte on text kept for testing")
        return Kept(record, self.watch.prompts.currentText(), self.watch.shown, ", ".join(facts))

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._upper.setContentsMargins(px(24), px(12), px(20), px(8))
        self._upper.setSpacing(px(10))
        self._lower.setContentsMargins(px(24), px(12), px(20), px(12))


def came_to(bits: float | None, tokens: int, seconds: float, averaged: bool | None = None) -> str:
    """What a run came to, in two sentences; `averaged` is None where that is not known."""
    well = "It came to its end" if bits is None else f"It came to {bits:.3f} bits a byte on text it never saw"
    said = f"{well}, after {rounded(tokens)} tokens in {duration(seconds)}."
    if averaged is None:
        return said
    kept = "The averaged weights were better, so they were kept." if averaged else "Its last weights were kept."
    return f"{said} {kept}"
