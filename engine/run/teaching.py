"""A run of teaching as a job: before, the steps with looks in between, after. Resumable at every save.

The adapter that learns is on the model only while a step of this job runs; a chat in between sees what it had.
Knows events and files; what a step is made of is `recipes`, what a look asks is `looking`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor

from engine.device import own_memory
from engine.errors import UserError
from engine.heap import give_back
from engine.messages import (
    Event,
    JobId,
    Lesson,
    Measured,
    Progress,
    Sample,
    Saved,
    StepRow,
    Steps,
    TeachPlan,
)
from engine.model import halved
from engine.model.lora import Adapter, only
from engine.run.cards import Cards
from engine.run.evaluate import Grasp
from engine.run.loaded import Loaded
from engine.run.looking import Looks, best_of, share
from engine.run.planning import beginning
from engine.run.recipes import Finetuning
from engine.run.run_folder import RunFolder
from engine.run.schedule import Falling
from engine.run.sense import sense_of
from engine.run.training import Loop, Stepped

T = TypeVar("T")

SAVE_EVERY = 10
"""Steps between saves, half a minute or so: what a crash costs."""
LOOK_AFTER = 10
"""Looks come after whole passes of at least so many steps together: a look takes as long as two steps."""
TOO_FORGETFUL = 0.03
"""Relative rise of general bits per byte at which a run stops itself and keeps its best."""
WORTH_OF_MEMORY = 10.0
"""How much recall a rise of general bits by 1 costs a checkpoint when the best is chosen."""
ENOUGH, FLAT = 0.95, 2
"""A run stops when it recalls this share, and what is asked in other words has not risen for so many looks."""

ROOMY = 1_800_000_000
"""Bytes held by the process from which on what lies free goes back to the system after a step: it would grow."""
SAMPLE = 64
"""Tokens of an answer that is shown before and while the run goes on."""

StoppedBy = Literal["done", "learned", "forgetting", "person"]


@dataclass(frozen=True, slots=True)
class Glance:
    """What a look finds: of each pair, of each in other words, and bits per byte of general text."""

    own: Sequence[Grasp]
    other: Sequence[Grasp]
    bits: float


@dataclass(slots=True)
class Run:
    """One run: what is known before, and where it stands. `wanted` says whether the person wants it to end."""

    job: JobId
    loaded: Loaded
    lessons: Sequence[Lesson]
    plan: TeachPlan
    seed: int
    folder: RunFolder
    cache: Path
    wanted: Callable[[], bool]
    adapter: Adapter = field(init=False)
    looks: Looks = field(init=False)
    loop: Loop = field(init=False)
    best: dict[str, Tensor] = field(default_factory=dict)
    first: Glance | None = None
    """What was seen before the first step, where this process saw it."""
    best_seen: Glance | None = None
    """What was seen of the best state, where this process saw it."""
    before: dict[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def work(self) -> Generator[Event, None, StoppedBy]:
        """All of the training; returns why it ended. The best state is then in `best`."""
        yield from self._prepare()
        if not self.best:
            yield from self._look(Stepped(0, 0.0, 0.0, 0.0, 0, 0.0))
        return (yield from self._train())

    # ---- before --------------------------------------------------------------------
    def _prepare(self) -> Iterator[Event]:
        model, loaded = self.loaded.model, self.loaded
        sensing = sense_of(model, loaded.tokenizer, loaded.checkpoint.sha256 or loaded.info.sha256, self.cache)
        sense = yield from self.bare(sensing, "Learning how this model hears questions")
        cards = yield from self.bare(Cards.of(model, loaded.tokenizer, self.lessons, sense), "Reading the pairs")
        self.looks = Looks(loaded, self.lessons, cards)
        yield from self.bare(self.looks.prepare(), "Finding the card of every question")
        if "bits" not in self.before:
            yield from self._measure_before()
        data = Finetuning(loaded, self.lessons, self.plan.replay, self.seed, for_cards=self.plan.for_cards)
        yield from self.bare(data.prepare(), "Noting what must not be forgotten")
        luck = torch.Generator().manual_seed(self.seed)
        self.adapter = beginning(loaded, self.plan.method == "full", self.plan.rank, luck)
        self.adapter.for_cards = self.plan.for_cards
        parameters = list(self.adapter.parameters())
        self.loop = Loop(parameters, data.parts, Falling(self.plan.steps, self.plan.learning_rate))
        if self.folder.state.is_file():
            self.best = self.loop.load(self.folder.state)

    def _measure_before(self) -> Iterator[Event]:
        looks, pays = self.looks, halved.pays()
        answers = yield from self.bare(looks.answers(looks.own_bare, SAMPLE), "Asking before: your pairs")
        general = yield from self.bare(looks.general_answers_bare(), "Asking before: general questions")
        bits = yield from self.bare(looks.bits(), "Asking before: general text")
        glance = yield from self.bare(looks.bits(brief=True), "Asking before: general text")
        own, other = yield from self.bare(looks.grasps(), "Asking before: with cards")
        self.before = {
            "answers": answers, "general": general, "bits": bits, "glance": glance,
            "cards": share(own), "cards_reworded": share(other), "halved": pays,
        }  # fmt: skip
        self.first = Glance(own, other, glance)
        self.folder.note({**self.folder.notes(), "before": self.before})
        for lesson, answer in zip(self.lessons, answers, strict=True):
            yield Sample(self.job, 0, lesson.id, answer)

    # ---- the steps -----------------------------------------------------------------
    def _train(self) -> Generator[Event, None, StoppedBy]:
        every = -(-self.plan.steps // self.plan.epochs)
        every *= -(-LOOK_AFTER // every)
        steps, halves = self.loop.run(), bool(self.before.get("halved"))  # as it began: else it would end otherwise
        while True:
            with only(self.loaded.model, self.adapter), torch.inference_mode(False), halved.halved(halves):
                done = next(steps, None) if self.loop.step < self.loop.steps else False
            if done is False:
                return "done"
            if done is None:
                yield Progress(self.job, self.loop.step, self.loop.steps, "Teaching")
                continue
            if own_memory() > ROOMY:  # it takes 50 ms, and the next step is given its memory anew
                give_back()
            yield Steps(self.job, (self._row(done),))
            reason = None
            if done.step % every == 0 or done.step == self.loop.steps:
                reason = yield from self._look(done)
            if reason or self.wanted():
                return reason or (yield from self._stopped_by_person(done))
            if done.step % SAVE_EVERY == 0 or done.step % every == 0:
                yield self._save()

    def _stopped_by_person(self, done: Stepped) -> Generator[Event, None, StoppedBy]:
        if self.loop.notes.get("looked") != done.step:
            yield from self._look(done)
        return "person"

    def _row(self, done: Stepped, held_out: float | None = None) -> StepRow:
        spent = float(self.loop.notes.get("spent", 0.0)) + done.seconds  # type: ignore[arg-type]
        self.loop.notes["spent"] = spent
        left = spent / done.step * (self.loop.steps - done.step)
        speed = done.tokens / done.seconds if done.seconds else 0.0
        return StepRow(done.step, self.loop.steps, done.loss, held_out, done.learning_rate, speed, left)

    # ---- the looks -----------------------------------------------------------------
    def _look(self, done: Stepped) -> Generator[Event, None, StoppedBy | None]:
        """Measure, keep the state when it is the best so far, and say whether to stop."""
        seen = (None if done.step else self.first) or (yield from self._glance())
        own, other, forgotten = seen.own, seen.other, seen.bits / self.before["glance"] - 1
        worth = share(own) + share(other) - WORTH_OF_MEMORY * max(0.0, forgotten - 0.005)
        notes = self.loop.notes
        better = not self.best or worth >= float(notes.get("worth", -99.0))  # type: ignore[arg-type]
        notes["looked"] = done.step
        if better:
            self.best, self.best_seen = best_of(self.adapter.state()), seen
            notes["worth"], notes["best_step"] = worth, done.step
        flat = _flat(notes, share(other))
        recalls = tuple((lesson.id, grasp.probability) for lesson, grasp in zip(self.lessons, own, strict=True))
        yield Measured(self.job, done.step, share(own), share(other), forgotten, better, recalls)
        if done.step:
            yield Steps(self.job, (self._held_out(done, other),))
            yield from self._samples(done.step, own)
        yield self._save()
        if forgotten > TOO_FORGETFUL and done.step:
            return "forgetting"
        return "learned" if share(own) >= ENOUGH and flat >= FLAT else None

    def _glance(self) -> Generator[Event, None, Glance]:
        looks = self.looks
        own, other = yield from self.taught(looks.grasps(), "Asking your pairs")
        return Glance(own, other, (yield from self.taught(looks.bits(brief=True), "Reading general text")))

    def _held_out(self, done: Stepped, other: Sequence[Grasp]) -> StepRow:
        nats = sum(grasp.nats for grasp in other) / max(len(other), 1)
        return self._row(Stepped(done.step, done.loss, 0.0, done.learning_rate, done.tokens, 0.0), nats)

    def _samples(self, step: int, own: Sequence[Grasp]) -> Iterator[Event]:
        """A few answers as they are now, other ones at every look."""
        count = min(4, len(self.lessons))
        chosen = [(step + n * max(1, len(self.lessons) // count)) % len(self.lessons) for n in range(count)]
        work = self.looks.answers_beside([self.looks.own[n] for n in chosen], [own[n] for n in chosen], SAMPLE)
        answers = yield from self.taught(work, "Asking a few pairs")
        for number, answer in zip(chosen, answers, strict=True):
            yield Sample(self.job, step, self.lessons[number].id, answer)

    def _save(self) -> Saved:
        try:
            self.loop.save(self.folder.state, self.best)
            self.folder.note({**self.folder.notes(), "step": self.loop.step})
        except OSError as error:
            raise UserError(
                f"This run cannot be saved: {error.strerror}",
                "Make room on the disk; then it goes on from its last save.",
            ) from error
        return Saved(self.job, self.loop.step)

    # ---- whose weights -------------------------------------------------------------
    def bare(self, work: Generator[tuple[int, int], None, T], note: str) -> Generator[Event, None, T]:
        """With the model as it was before teaching."""
        return (yield from self._under((), work, note))

    def taught(self, work: Generator[tuple[int, int], None, T], note: str) -> Generator[Event, None, T]:
        """With the adapter that learns."""
        return (yield from self._under((self.adapter,), work, note))

    def _under(
        self, adapters: Sequence[Adapter], work: Generator[tuple[int, int], None, T], note: str
    ) -> Generator[Event, None, T]:
        while True:
            with only(self.loaded.model, *adapters):
                try:
                    done, total = next(work)
                except StopIteration as finished:
                    give_back()
                    return finished.value
            yield Progress(self.job, done, total, note)


def _flat(notes: dict[str, object], rephrased: float) -> int:
    """For how many looks what is asked in other words has not risen."""
    highest, flat = float(notes.get("highest", -1.0)), int(notes.get("flat", 0))  # type: ignore[arg-type]
    flat = 0 if rephrased > highest else flat + 1
    notes["highest"], notes["flat"] = max(highest, rephrased), flat
    return flat
