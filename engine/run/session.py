"""The loaded model and the jobs that use it; lives on the engine thread. Knows no window and no thread.

Each handler is a generator of events: one step is a tensor, a chunk of the prompt or a token.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

import torch

from engine import device
from engine.device import Choice
from engine.errors import UserError
from engine.formats.checkpoint import Checkpoint, load_model, weight_files
from engine.formats.hashes import hash_files, joined
from engine.formats.library import Library
from engine.messages import (
    Command,
    CountTokens,
    Event,
    Generate,
    ImportModel,
    InspectFile,
    ListModels,
    LoadedModel,
    LoadModel,
    RemoveModel,
    RenameModel,
    RestoreModel,
    Result,
    UnloadModel,
    VerifyModel,
)
from engine.paths import Paths
from engine.run.generate import generate
from engine.run.library_jobs import LibraryJobs
from engine.run.loaded import Loaded, equip
from engine.run.progress import progress

Handlers = Mapping[type[Command], Callable[[Any], Iterator[Event]]]

SHORTEST_CONTEXT = 512
"""When memory is scarce the context is halved, but not below this."""


def random_seed() -> int:
    """31 bits, so that a person can type it again."""
    return secrets.randbelow(1 << 31)


class Session:
    """Owns the one model in memory: nothing else of ours holds it, so unloading frees it."""

    def __init__(self, paths: Paths, new_seed: Callable[[], int] = random_seed) -> None:
        self.library = Library(paths, device.usual_fit)
        self.loaded: Loaded | None = None
        self.jobs = LibraryJobs(self.library)
        self._new_seed = new_seed

    def handlers(self) -> Handlers:
        """A generator function for every command."""
        return {
            ListModels: self.jobs.list_models,
            InspectFile: self.jobs.inspect,
            ImportModel: self.jobs.import_model,
            VerifyModel: self.jobs.verify,
            RenameModel: self.jobs.rename,
            RemoveModel: self.jobs.remove,
            RestoreModel: self.jobs.restore,
            LoadModel: self.load,
            UnloadModel: self.unload,
            CountTokens: self.count,
            Generate: self.generate,
        }

    def require(self) -> Loaded:
        """The loaded model; raises UserError when there is none."""
        if self.loaded is None:
            raise UserError("No model is loaded", "Choose one on the page Models.")
        return self.loaded

    def load(self, command: LoadModel) -> Iterator[Event]:
        """Frees the old model first, since two may not fit; when this fails or is stopped, none is loaded."""
        self.loaded = None
        yield from progress(command.job, self.library.ready(command.name), "Converting")
        checkpoint = self.library.find(command.name)
        choice = device.choose(command.device, command.precision, command.threads, checkpoint.config.parameters())
        context = context_for(checkpoint, choice, command.context)
        torch.set_num_threads(choice.threads)
        tokenizer = checkpoint.tokenizer()
        loading = load_model(checkpoint, choice.device, getattr(torch, choice.precision))
        model = yield from progress(command.job, loading, f"Loading {checkpoint.title}")
        sha256 = yield from progress(command.job, weights_hash(checkpoint), "Noting which model this is")
        info = _info(checkpoint, choice, context, sha256)
        self.loaded = equip(checkpoint, model, info, tokenizer)
        yield Result(command.job, info)

    def unload(self, command: UnloadModel) -> Iterator[Event]:
        self.loaded = None
        yield from ()

    def count(self, command: CountTokens) -> Iterator[Event]:
        yield Result(command.job, self.require().count(command))

    def generate(self, command: Generate) -> Iterator[Event]:
        loaded = self.require()
        order = loaded.order(command, self._new_seed)
        yield from generate(command.job, order, loaded.prefix, loaded.tokenizer)


def prepare(paths: Paths) -> Handlers:
    """What the engine thread calls first."""
    return Session(paths).handlers()


def context_for(checkpoint: Checkpoint, choice: Choice, wished: int) -> int:
    """As many tokens as were wished for and the model allows; without a wish, as many as the memory allows too."""
    most = checkpoint.config.context
    if wished < 0:
        raise UserError(f"A context of {wished} tokens cannot be", "Choose 0 to let Nextword decide.")
    if wished:
        return min(wished, most)
    while most > SHORTEST_CONTEXT and device.fit(checkpoint.config, choice.precision, most).verdict == "too big":
        most //= 2
    return most


def weights_hash(checkpoint: Checkpoint) -> Generator[tuple[int, int], None, str]:
    """The sha256 that receipts name a model by: kept in the library, counted for a file opened in place."""
    if checkpoint.sha256:
        return checkpoint.sha256
    files = weight_files(checkpoint)
    total, done = sum(path.stat().st_size for path in files), 0
    hashing = hash_files(files)
    while True:
        try:
            done += next(hashing)
        except StopIteration as finished:
            return joined(finished.value.values())
        yield done, total


def _info(checkpoint: Checkpoint, choice: Choice, context: int, sha256: str) -> LoadedModel:
    return LoadedModel(
        name=checkpoint.name,
        title=checkpoint.title,
        sha256=sha256,
        device=choice.device,
        precision=choice.precision,
        reason=choice.reason,
        threads=choice.threads,
        context=context,
        parameters=checkpoint.config.parameters(),
        has_template=checkpoint.template is not None,
        fallback=choice.fallback,
    )
