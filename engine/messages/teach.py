"""Teaching: pairs as the engine takes them, what a run says while it goes on, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

from engine.messages.chat import Message
from engine.messages.core import Command, Event, Lane

Method = Literal["auto", "lora", "full"]
Learned = Literal["learned", "half", "not"]


# ---- values ----------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Lesson:
    """One pair to be taught. `id` is its number in the person's table, by which replies name it."""

    id: int
    question: str
    answer: str
    system: str = ""
    earlier: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class TeachSettings:
    """Everything a run can be told; 0 and "auto" leave it to Nextword."""

    method: Method = "auto"
    epochs: int = 0
    learning_rate: float = 0.0
    rank: int = 0
    replay: float = -1.0
    """Weight of not forgetting against learning; -1 for what fits the number of pairs."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TeachPlan:
    """What a run will do, and what it will take: estimates, from a probe on this computer."""

    method: Literal["lora", "full"]
    epochs: int
    steps: int
    learning_rate: float
    rank: int
    replay: float
    seconds: float
    memory: int
    memory_total: int
    reasons: tuple[str, ...]
    """Why these values, one sentence each."""
    for_cards: bool = True
    """Whether the adapter learns to answer from cards and nothing else, and is on in a chat behind one only."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """One optimizer step. Losses in nats a token; `held_out` only where it was measured."""

    step: int
    steps: int
    loss: float
    held_out: float | None
    learning_rate: float
    tokens_per_second: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Recall:
    """Shares of pairs answered, 0 to 1: by the weights alone, by cards alone (the untaught weights), and by both."""

    weights: float
    cards: float
    both: float


@dataclass(frozen=True, slots=True)
class Answered:
    """One pair before and after. `recall` is the mean probability of the right answer's tokens, after, 0 to 1."""

    id: int
    question: str
    expected: str
    before: str
    after: str
    state: Learned
    recall: float
    card: int = 0
    """The pair whose card the answer leaned on; 0 for none."""


@dataclass(frozen=True, slots=True)
class Unrelated:
    """A general question before and after; `right_*` say whether the answer holds what is known to be right."""

    question: str
    before: str
    after: str
    right_before: bool
    right_after: bool

    @property
    def changed(self) -> bool:
        return self.before.strip() != self.after.strip()


@dataclass(frozen=True, slots=True)
class TeachOutcome:
    """What a run came to. `bits_*` are bits per byte of general text; recalls are of the best checkpoint."""

    name: str
    """The library name of the adapter."""
    base: str
    seconds: float
    steps: int
    best_step: int
    stopped_by: Literal["done", "learned", "forgetting", "person"]
    recall_before: float
    recall: Recall
    rephrased: Recall
    bits_before: float
    bits_after: float
    answers: tuple[Answered, ...]
    unrelated: tuple[Unrelated, ...]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run on disk that did not end, and can go on."""

    name: str
    base: str
    pairs: int
    step: int
    steps: int
    changed_at: float


@dataclass(frozen=True, slots=True)
class TextDifference:
    """A text under two states of the loaded model. Log-probabilities in nats; None for the first token."""

    pieces: tuple[tuple[str, float | None, float | None], ...]
    before: str
    after: str


# ---- commands --------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ReadPairs(Command):
    """A file of pairs. -> Progress, Result(engine.data.pairs.reading.PairFile)"""

    lane: ClassVar[Lane] = "background"
    path: Path
    format: str = "auto"
    mapping: object = None
    """An `engine.data.pairs.reading.Mapping` as corrected by the person, or None."""


@dataclass(frozen=True, slots=True)
class CheckPairs(Command):
    """Look for what would spoil a run. -> Progress, Result(tuple[engine.data.pairs.checks.Problem, ...])"""

    lane: ClassVar[Lane] = "background"
    lessons: Sequence[Lesson]


@dataclass(frozen=True, slots=True)
class PlanTeaching(Command):
    """What teaching these to the loaded model would take; a probe of about two seconds. -> Result(TeachPlan)"""

    lessons: Sequence[Lesson]
    settings: TeachSettings = TeachSettings()


@dataclass(frozen=True, slots=True)
class Teach(Command):
    """Teach the loaded model. -> Started, Progress, Steps, Measured, Sample, Saved, Result(TeachOutcome)

    Cancel stops it and leaves its last save, so that `resume` goes on from there; `KeepBest` ends it well.
    """

    lane: ClassVar[Lane] = "background"
    name: str
    lessons: Sequence[Lesson]
    settings: TeachSettings = TeachSettings()
    resume: bool = False


@dataclass(frozen=True, slots=True)
class KeepBest(Command):
    """End the run that is going on after its step, and keep its best checkpoint."""

    lane: ClassVar[Lane] = "quick"


@dataclass(frozen=True, slots=True)
class ListRuns(Command):
    """-> Result(tuple[RunInfo, ...]): runs that did not end."""

    lane: ClassVar[Lane] = "quick"


@dataclass(frozen=True, slots=True)
class ForgetRun(Command):
    """Delete an unfinished run."""

    lane: ClassVar[Lane] = "quick"
    name: str


@dataclass(frozen=True, slots=True)
class TeachReply(Command):
    """Correct and teach: a reply's right text becomes a pair, in seconds. -> Progress, Result(Corrected)

    `name` is the adapter that takes it in: the loaded one is taught on, otherwise a new one is made.
    """

    name: str
    lesson: Lesson


@dataclass(frozen=True, slots=True)
class Corrected:
    """Mean probability of the right answer's tokens before and after, 0 to 1, and what it now says."""

    name: str
    before: float
    after: float
    reply: str


@dataclass(frozen=True, slots=True)
class CompareText(Command):
    """Any text under the base and under the loaded adapter. -> Result(TextDifference)"""

    text: str


# ---- events ----------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Steps(Event):
    rows: tuple[StepRow, ...]

    def merge(self, newer: Event) -> Steps | None:  # the plot needs all
        return replace(self, rows=self.rows + newer.rows) if type(newer) is Steps else None


@dataclass(frozen=True, slots=True)
class Measured(Event):
    """A look at the whole during a run. Shares 0 to 1; `forgotten` is the relative rise of general bits per byte."""

    step: int
    pairs: float
    rephrased: float
    forgotten: float
    best: bool
    """Whether this is the best checkpoint so far."""
    recalls: tuple[tuple[int, float], ...]
    """By pair: its id, and the mean probability of its answer's tokens."""


@dataclass(frozen=True, slots=True)
class Sample(Event):
    """What the model answers to one pair now. `step` 0 is before the run."""

    step: int
    lesson: int
    answer: str


@dataclass(frozen=True, slots=True)
class Saved(Event):
    """Everything needed to go on from here is on disk."""

    step: int
