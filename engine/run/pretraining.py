"""A run of pre-training as a job: steps, looks at held-out text, samples, saves. Resumable at every save, bit for bit.

Knows events and files; what a step is made of follows from the course. Who begins and ends it: `pretrain_jobs`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import torch

from engine.data.batches import Windows, open_tokens
from engine.errors import UserError
from engine.messages import Event, JobId, Progress, Saved, TrainRow, TrainSteps, Watched
from engine.model.presets import fresh
from engine.model.transformer import Transformer
from engine.run.averaging import Average
from engine.run.course import OTHERS_RATE, WEIGHT_DECAY, Course
from engine.run.held_out import HeldOut
from engine.run.muon import MuonAndAdamW
from engine.run.objectives import next_token_loss
from engine.run.pretrain_folder import HELD, LEARN, PretrainFolder
from engine.run.progress import waiting
from engine.run.schedule import Trapezoid
from engine.run.training import Loop, Part, Stepped, Together
from engine.run.watching import Watch, is_watched
from engine.text.tokenizer import Tokenizer

T = TypeVar("T")

SAVE_AFTER, SAVE_SHARE = 30.0, 0.1
"""A crash costs so many seconds at most, and of a run that is young no more than this share; more only where a save
itself takes long."""
LOOKS = 40
"""Looks at held-out text in a run, besides those at watched steps."""
LOOK_SHARE = 0.04
"""Of the tokens that a run reads, so many are read in looks."""
FEWEST, MOST = 2048, 65_536
"""Held-out tokens of a look."""
RESULT = 1 << 20
"""Held-out tokens that the result is measured on at most."""


@dataclass(slots=True)
class Pretraining:
    """One run: what is known before, and where it stands."""

    job: JobId
    folder: PretrainFolder
    course: Course
    tokenizer: Tokenizer
    watch: Watch
    prompts: list[str]
    device: str = "cpu"
    together: Together | None = None
    rank: int = 0
    world: int = 1
    model: Transformer = field(init=False)
    average: Average = field(init=False)
    loop: Loop = field(init=False)
    schedule: Trapezoid = field(init=False)
    held: HeldOut = field(init=False)
    bits: float | None = None
    _windows: Windows = field(init=False)
    _saved: float = field(default_factory=time.monotonic)
    _save_took: float = 0.0
    _saved_step: int = -1

    def open(self) -> None:
        """Everything as it was when it was last saved, or as it is at first."""
        course = self.course
        self.model = fresh(course.config, course.seed).to(self.device)
        self.average = Average(self.model)
        matrices, others = sorted_parameters(self.model)
        optimizer = MuonAndAdamW(matrices, others, OTHERS_RATE, WEIGHT_DECAY, getattr(torch, course.precision))
        self.schedule = Trapezoid(course.steps, course.peak, course.warm_up)
        self.loop = Loop([*matrices, *others], self._parts, self.schedule, optimizer, self.together)
        size, context = course.config.vocab_size, course.config.context
        self._windows = Windows(open_tokens(self.folder.path / LEARN, size), context, course.seed)
        self.held = HeldOut.of(open_tokens(self.folder.path / HELD, size), context, self.tokenizer)
        if self.folder.state.is_file():
            averaged = self.loop.load(self.folder.state)
            with torch.no_grad():
                for name, parameter in self.average.model.named_parameters():
                    parameter.copy_(averaged[name])
            self.bits = self.folder.notes()["bits"]
            self.folder.cut(self.loop.step)
        self._saved_step = self.loop.step

    def work(self) -> Generator[Event, None, None]:
        """All steps. Stopped between two of its events, it leaves a save that it goes on from."""
        begins = not self.loop.step
        if begins:
            yield from self._look(Stepped(0, 0.0, 0.0, 0.0, 0, 0.0))
        try:
            if begins:
                yield self.save()
            yield from self._steps()
        except GeneratorExit:
            self.save()
            raise

    def finish(self) -> None:
        """Let the learning rate fall from here on."""
        self.schedule.finish(self.loop.step)

    # ---- the steps -----------------------------------------------------------------
    def _parts(self, step: int) -> list[Part]:
        """This process's micro-batches of a step; weights are those of the whole step."""
        rows, context = self.course.rows, self.course.config.context
        ids = torch.from_numpy(self._windows.rows(step * rows, rows))
        micro = max(1, min(self.course.micro, rows // self.world))
        mine = ids.split(micro)[self.rank :: self.world]
        return [self._part(batch.to(self.device), rows * context) for batch in mine]

    def _part(self, batch: torch.Tensor, total: int) -> Part:
        dtype = getattr(torch, self.course.precision)
        return Part(lambda: next_token_loss(self.model, batch, dtype), 1 / total, batch[:, 1:].numel(), batch.numel())

    def _steps(self) -> Iterator[Event]:
        steps = self.loop.run()
        while self.loop.step < self.loop.steps:
            with torch.inference_mode(False), torch.enable_grad():
                done = next(steps)
            if done is None:
                yield Progress(self.job, self.loop.step, self.loop.steps, "Training")
                continue
            self.average.follow(done.step)
            last = done.step == self.loop.steps
            if last or is_watched(done.step) or done.step % max(1, self.course.steps // LOOKS) == 0:
                yield from self._look(done)
            else:
                yield self._told(self._row(done))
            if last or time.monotonic() - self._saved > self._save_after():
                yield self.save()

    def _row(self, done: Stepped) -> TrainRow:
        notes = self.loop.notes
        spent = float(str(notes.get("spent", 0.0))) + done.seconds
        notes["spent"], read = spent, done.step * self.course.step_tokens
        left = spent / max(1, done.step) * (self.loop.steps - done.step)
        speed = self.course.step_tokens / done.seconds if done.seconds else 0.0
        return TrainRow(done.step, self.loop.steps, done.loss, done.norm, done.learning_rate, read, speed, left)

    def _told(self, row: TrainRow) -> TrainSteps:
        self.folder.record(rows=[row])
        return TrainSteps(self.job, (row,))

    # ---- looks ---------------------------------------------------------------------
    def _look(self, done: Stepped) -> Iterator[Event]:
        """The row of this step with what held-out text says, and at some steps what becomes of the prompts."""
        wanted = int(LOOK_SHARE * self.course.steps * self.course.step_tokens / LOOKS)
        some = self.held.some(max(FEWEST, min(MOST, wanted)))
        measuring = some.measure(self.average.model, getattr(torch, self.course.precision))
        nats, self.bits = yield from self._telling(measuring, "Reading text that was kept for testing")
        row = self._row(done)
        yield self._told(replace(row, loss=row.loss or nats, held_out=nats, bits=self.bits))
        if is_watched(done.step) or done.step == self.loop.steps:
            yield from self.look_at(self.prompts)

    def look_at(self, prompts: Sequence[str]) -> Iterator[Event]:
        """What the averaged weights make of these prompts now."""
        writing = self.watch.all(self.average.model, self.loop.step, prompts)
        watched = yield from self._telling(writing, "Writing samples")
        self.folder.record(watched=watched)
        yield Watched(self.job, watched)

    def _telling(self, work: Generator[tuple[int, int], None, T], note: str) -> Generator[Event, None, T]:
        return (yield from waiting(self.job, work, note, self.loop.step, self.loop.steps))

    # ---- saving --------------------------------------------------------------------
    def save(self) -> Saved:
        """On disk when this returns; only the first of several processes writes."""
        began = time.monotonic()
        if self.rank == 0 and self._saved_step == self.loop.step and self.folder.state.is_file():
            self.folder.keep_record()  # what a person had watched since
        elif self.rank == 0:
            averaged = dict(self.average.model.named_parameters())
            self.folder.keep(
                lambda path: self.loop.save(path, averaged),
                step=self.loop.step, steps=self.loop.steps, bits=self.bits,
                tokens=self.loop.step * self.course.step_tokens, seconds=self.loop.notes.get("spent", 0.0),
            )  # fmt: skip
        self._saved, self._saved_step = time.monotonic(), self.loop.step
        self._save_took = self._saved - began
        return Saved(self.job, self.loop.step)

    def _save_after(self) -> float:
        spent = float(str(self.loop.notes.get("spent", 0.0)))
        return max(min(SAVE_AFTER, SAVE_SHARE * spent), 20 * self._save_took)

    def better(self) -> Generator[Event, None, tuple[Transformer, float, bool]]:
        """The last weights or their average, whichever knows held-out text better; bits a byte; whether the average."""
        dtype, found = getattr(torch, self.course.precision), []
        for model in (self.model, self.average.model):
            _, bits = yield from self._telling(self.held.some(RESULT).measure(model, dtype), "Measuring the result")
            found.append(bits)
        if not all(math.isfinite(bits) for bits in found):
            raise UserError("The trained model gives no numbers", "Begin again with a smaller learning rate.")
        averaged = found[1] <= found[0]
        return (self.average.model if averaged else self.model), min(found), averaged


def sorted_parameters(model: Transformer) -> tuple[list[torch.nn.Parameter], list[torch.nn.Parameter]]:
    """Matrices, and all others: norms, and the embedding."""
    matrices, others = [], []
    for name, parameter in model.named_parameters():
        (matrices if parameter.ndim == 2 and name.startswith("layers.") else others).append(parameter)
    return matrices, others
