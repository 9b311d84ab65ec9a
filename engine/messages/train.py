"""Training from scratch: the plan, what a run says while it goes on, and what came of it. The text is in `corpus`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

from engine.messages.core import Command, Event, Lane
from engine.messages.corpus import CorpusReport, TextSource, VocabularyKind

Preset = Literal["tiny", "nano", "small", "medium", "large"]
TimeVerdict = Literal["fits", "slow", "too slow", "too big"]


# ---- values: the run -------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class PretrainSettings:
    """Everything a run can be told; 0 and "auto" leave it to Nextword."""

    preset: Preset = "nano"
    vocabulary: int = 0
    kind: VocabularyKind = "bpe"
    minutes: float = 0.0
    """The length of the run as time on this computer; `tokens` goes first."""
    tokens: int = 0
    layers: int = 0
    width: int = 0
    context: int = 0
    batch: int = 0
    """Tokens of a step."""
    learning_rate: float = 0.0
    precision: str = "auto"
    seed: int = 0
    prompts: tuple[str, ...] = ()
    """What is watched while it learns; empty for beginnings taken from the held-out text."""
    validation: Path | None = None
    """A file of its own to measure on, in place of a held-out part."""


@dataclass(frozen=True, slots=True)
class SizePlan:
    """What a run of one size would take: estimates, from a probe on this computer."""

    preset: Preset
    parameters: int
    layers: int
    width: int
    tokens: int
    passes: float
    """How often the text is read."""
    steps: int
    seconds: float
    memory: int
    verdict: TimeVerdict
    tokens_per_second: float
    context: int = 0
    batch: int = 0
    """Tokens of a step."""
    learning_rate: float = 0.0
    """What the settings leave open, as it would be; 0 where that is not known."""


@dataclass(frozen=True, slots=True)
class PretrainPlan:
    """One `SizePlan` a preset, and what the probe found."""

    sizes: tuple[SizePlan, ...]
    probed: float
    """Seconds that the probe took."""
    device: str
    precision: str
    threads: int
    reason: str
    """Why this device and precision, in a sentence."""


@dataclass(frozen=True, slots=True)
class TrainRow:
    """One optimizer step. `loss` in nats a token; `held_out` (nats a token) and `bits` (a byte) where measured."""

    step: int
    steps: int
    loss: float
    norm: float
    learning_rate: float
    tokens: int
    """Read so far."""
    tokens_per_second: float
    seconds_left: float
    held_out: float | None = None
    bits: float | None = None


@dataclass(frozen=True, slots=True)
class WatchedPrompt:
    """One prompt at one step: how the model goes on, drawn with the same seed at every step, and its next words."""

    step: int
    prompt: str
    text: str
    words: tuple[tuple[str, float], ...]
    """The likeliest next tokens as text, with probabilities before the sampler."""
    entropy: float
    """Of the next token, in nats."""


@dataclass(frozen=True, slots=True)
class PretrainRun:
    """A run on disk, finished or not."""

    name: str
    title: str
    preset: Preset
    parameters: int
    vocabulary: int
    step: int
    steps: int
    tokens: int
    seconds: float
    bits: float | None
    """Held-out bits a byte, as last measured."""
    state: Literal["unfinished", "done"]
    running: bool
    model: str
    """Its name in the library; empty while unfinished."""
    changed_at: float
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PretrainHistory:
    """Everything that a run wrote down: enough to draw it again, and to put it beside another."""

    run: PretrainRun
    settings: PretrainSettings
    rows: tuple[TrainRow, ...]
    watched: tuple[WatchedPrompt, ...]


@dataclass(frozen=True, slots=True)
class PretrainOutcome:
    """What a run came to; the model is in the library."""

    name: str
    title: str
    stopped_by: Literal["done", "person"]
    steps: int
    tokens: int
    seconds: float
    parameters: int
    bits: float
    """Held-out bits a byte of what was kept."""
    averaged: bool
    """Whether the averaged weights were better than the last ones, and so were kept."""
    tokens_per_second: float


# ---- commands --------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class PlanPretraining(Command):
    """What each size would take on this computer; a probe of about two seconds. -> Result(PretrainPlan)"""

    lane: ClassVar[Lane] = "background"
    corpus: CorpusReport
    settings: PretrainSettings = PretrainSettings()


@dataclass(frozen=True, slots=True)
class Pretrain(Command):
    """Train from scratch. -> Started, Progress, TrainSteps, Watched, Saved, Result(PretrainOutcome)

    Cancel stops it at once and leaves its save, so that `resume` goes on from there; `FinishNow` ends it well.
    With `resume` the text and the settings are those that the run was begun with.
    """

    lane: ClassVar[Lane] = "background"
    title: str
    sources: tuple[TextSource, ...] = ()
    settings: PretrainSettings = PretrainSettings()
    resume: bool = False


@dataclass(frozen=True, slots=True)
class FinishNow(Command):
    """Let the learning rate fall to its end from here, in a fifth of the steps so far, and keep the model."""

    lane: ClassVar[Lane] = "quick"


@dataclass(frozen=True, slots=True)
class WatchPrompt(Command):
    """Watch this beginning too, from now on, in the run that goes on. -> Result(WatchedPrompt)"""

    lane: ClassVar[Lane] = "quick"
    prompt: str


@dataclass(frozen=True, slots=True)
class ListPretrainings(Command):
    """-> Result(tuple[PretrainRun, ...]), newest first."""

    lane: ClassVar[Lane] = "quick"


@dataclass(frozen=True, slots=True)
class ReadPretraining(Command):
    """-> Result(PretrainHistory)"""

    lane: ClassVar[Lane] = "background"
    name: str


@dataclass(frozen=True, slots=True)
class ForgetPretraining(Command):
    """Delete a run and its record; a model that it made stays in the library."""

    lane: ClassVar[Lane] = "quick"
    name: str


@dataclass(frozen=True, slots=True)
class ChatWhileTraining(Command):
    """Load a copy of the weights that are being trained, as they are now. -> Result(LoadedModel)"""


# ---- events ----------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class TrainSteps(Event):
    rows: tuple[TrainRow, ...]

    def merge(self, newer: Event) -> TrainSteps | None:  # the plot needs all
        return replace(self, rows=self.rows + newer.rows) if type(newer) is TrainSteps else None


@dataclass(frozen=True, slots=True)
class Watched(Event):
    watched: tuple[WatchedPrompt, ...]
