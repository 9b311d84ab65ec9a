"""Models: what the library shows of them, and the commands that keep, load and export them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from engine.messages.core import Command, Lane

Verdict = Literal["fits", "tight", "too big"]
ExportFormat = Literal["hf", "gguf", "peft"]


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
    source: Literal["library", "package", "file", "shipped"]
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
    adapters: tuple[str, ...] = ()
    """Adapters on top of the base, in the order they were put there; `name` is then the last one's."""
    base: str = ""
    """The library name of the model below the adapters; empty where there are none."""
    cards: int = 0
    """How many pairs it was taught that it can put in front of itself."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of comparing a model's files with the hashes kept on import."""

    name: str
    intact: bool
    detail: str


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
    adapters: tuple[str, ...] = ()
    """More adapters of the same base to put on top (stacking)."""


@dataclass(frozen=True, slots=True)
class UnloadModel(Command):
    """Free the memory of the loaded model, if there is one."""


@dataclass(frozen=True, slots=True)
class ExportModel(Command):
    """Write a model or adapter as others read it. -> Progress, Result(Path)

    `hf` is a merged folder, `gguf` one file, `peft` the adapter alone (UserError where there is none).
    """

    lane: ClassVar[Lane] = "background"
    name: str
    to: Path
    format: ExportFormat = "hf"
    precision: str = "auto"


@dataclass(frozen=True, slots=True)
class MergeModel(Command):
    """A model of its own out of an adapter and its base, in the library. -> Progress, Result(ModelInfo)"""

    lane: ClassVar[Lane] = "background"
    name: str
    new_name: str
