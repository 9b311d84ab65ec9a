"""Every command the desktop may send and every event the engine may send back: the contract.

Plain frozen values only: no tensors, no Qt, no open files. Knows nothing else of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal, Self

JobId = int
Role = Literal["system", "user", "assistant"]
Overflow = Literal["stop", "drop_oldest", "drop_middle"]
Verdict = Literal["fits", "tight", "too big"]
Lane = Literal["quick", "foreground", "background"]
FinishReason = Literal["stop", "stop_string", "length", "context"]


# ---- values ----------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation, as written."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is picked. Temperature 0 always takes the likeliest; neutral values switch a step off."""

    temperature: float = 0.7
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token the model might have written, with its natural-log probability before the sampler."""

    id: int
    text: str
    logprob: float


@dataclass(frozen=True, slots=True)
class Piece:
    """One token of a reply and the text it added.

    `text` is empty for half a character and for the end-of-turn token. Probabilities are the model's,
    before the sampler, in nats.
    """

    id: int
    text: str
    logprob: float
    entropy: float
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a model fits into memory, in bytes, and the numbers the verdict comes from."""

    verdict: Verdict
    weights: int
    cache: int
    working: int
    free: int

    @property
    def needed(self) -> int:
        return self.weights + self.cache + self.working


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model as the library shows it, read without loading its weights."""

    name: str
    title: str
    architecture: str
    parameters: int
    tokenizer: Literal["sentencepiece", "byte-level BPE"]
    vocabulary: int
    context: int
    stage: str
    parent: str | None
    bytes: int
    source: Literal["library", "package", "file"]
    path: Path
    licence: str
    has_template: bool
    fit: Fit
    ready: bool = True
    """False for a model that came as a package and is converted on first use."""
    problem: str = ""
    """Why it cannot be opened, in one sentence; empty when it can."""
    terms: Path | None = None
    """A licence text to show and have accepted before the first use, plain or HTML; None where none is asked for."""


@dataclass(frozen=True, slots=True)
class ModelList:
    models: tuple[ModelInfo, ...]
    computer: str
    """What a model would run on: "CPU, 2 threads"."""
    memory_total: int
    memory_free: int


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """The model in memory, and what was decided on loading it."""

    name: str
    title: str
    sha256: str
    device: str
    precision: str
    reason: str
    """Why this device and precision, in one sentence."""
    threads: int
    context: int
    parameters: int
    has_template: bool
    fallback: bool = False
    """True when it runs elsewhere than was asked for; `reason` says why."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of comparing a model's files with the hashes kept on import."""

    name: str
    intact: bool
    detail: str


@dataclass(frozen=True, slots=True)
class TokenCount:
    """How much of the context a conversation takes, in tokens; `dropped` messages no longer fit."""

    prompt: int
    context: int
    dropped: int


@dataclass(frozen=True, slots=True)
class ReplyEnd:
    """How a reply ended."""

    reason: FinishReason
    prompt_tokens_per_second: float
    tokens_per_second: float


# ---- commands: desktop -> engine -------------------------------------------------
@dataclass(frozen=True, slots=True)
class Command:
    """Ends with exactly one `Finished` or `Failed`.

    Quick ones take milliseconds and are answered between two tokens of a reply; foreground ones run one after
    another; background ones advance while nothing else waits.
    """

    lane: ClassVar[Lane] = "foreground"
    job: JobId


@dataclass(frozen=True, slots=True)
class ListModels(Command):
    """-> Result(ModelList)"""

    lane: ClassVar[Lane] = "quick"


@dataclass(frozen=True, slots=True)
class InspectFile(Command):
    """What a file or folder holds, before it is imported. -> Result(ModelInfo)"""

    lane: ClassVar[Lane] = "quick"
    path: Path


@dataclass(frozen=True, slots=True)
class ImportModel(Command):
    """Copy a file or folder into the library. -> Progress, Result(ModelInfo)"""

    lane: ClassVar[Lane] = "background"
    path: Path
    name: str | None = None


@dataclass(frozen=True, slots=True)
class VerifyModel(Command):
    """-> Progress, Result(Verification)"""

    lane: ClassVar[Lane] = "background"
    name: str


@dataclass(frozen=True, slots=True)
class RenameModel(Command):
    """-> Result(ModelInfo)"""

    lane: ClassVar[Lane] = "quick"
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class RemoveModel(Command):
    """Into the bin of the library, from where `RestoreModel` brings it back."""

    lane: ClassVar[Lane] = "quick"
    name: str


@dataclass(frozen=True, slots=True)
class RestoreModel(Command):
    """-> Result(ModelInfo)"""

    lane: ClassVar[Lane] = "quick"
    name: str


@dataclass(frozen=True, slots=True)
class LoadModel(Command):
    """-> Progress, Result(LoadedModel). `name` is a library name or a path."""

    name: str
    device: str = "auto"
    precision: str = "auto"
    threads: int = 0
    context: int = 0
    """At most this many tokens; 0 for what the model and the memory allow."""


@dataclass(frozen=True, slots=True)
class UnloadModel(Command):
    """Free the memory of the loaded model, if there is one."""


@dataclass(frozen=True, slots=True)
class CountTokens(Command):
    """-> Result(TokenCount) for the loaded model."""

    lane: ClassVar[Lane] = "quick"
    messages: tuple[Message, ...]
    overflow: Overflow = "drop_oldest"
    reserve: int = 0
    """Tokens kept free for the reply."""


@dataclass(frozen=True, slots=True)
class Generate(Command):
    """Write a reply. -> Progress, ReplyStarted, Tokens, Result(ReplyEnd)

    `reply_ids` are tokens that the reply already has (continue); `forced` is written after them whatever the
    sampler says (continue from here with this one) and arrives as the first piece. Only new pieces are sent.
    """

    messages: tuple[Message, ...]
    sampling: Sampling
    max_new_tokens: int = 512
    stop: tuple[str, ...] = ()
    reply_ids: tuple[int, ...] = ()
    forced: int | None = None
    alternatives: int = 20
    overflow: Overflow = "drop_oldest"
    raw: bool = False
    """True to go on writing the texts as they are, even where the model has a chat template."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop this job at its next step. A job that is over is left alone."""

    job: JobId


# ---- events: engine -> desktop ---------------------------------------------------
@dataclass(frozen=True, slots=True)
class Event:
    job: JobId

    def merge(self, newer: Event) -> Self | None:
        """The one event that stands for both, or None if both must be kept."""
        return None


@dataclass(frozen=True, slots=True)
class Started(Event):
    title: str


@dataclass(frozen=True, slots=True)
class Progress(Event):
    done: int
    total: int
    note: str = ""

    def merge(self, newer: Event) -> Progress | None:  # only the latest matters
        return newer if type(newer) is Progress else None


@dataclass(frozen=True, slots=True)
class ReplyStarted(Event):
    """The prompt has been read and the first token comes next."""

    seed: int
    prompt_tokens: int
    context: int
    dropped: int
    """Messages at the start that the model no longer reads."""


@dataclass(frozen=True, slots=True)
class Tokens(Event):
    pieces: tuple[Piece, ...]

    def merge(self, newer: Event) -> Tokens | None:  # none may be lost: join them
        return replace(self, pieces=self.pieces + newer.pieces) if type(newer) is Tokens else None


@dataclass(frozen=True, slots=True)
class Result(Event):
    value: object


@dataclass(frozen=True, slots=True)
class Finished(Event):
    reason: Literal["done", "stopped"]


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """`report` is a traceback when it is our bug, and empty when the person can put it right."""

    message: str
    hint: str = ""
    report: str = ""


Terminal = Finished | Failed
