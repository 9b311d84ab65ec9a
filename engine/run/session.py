"""The loaded model and the jobs that use it; lives on the engine thread. Knows no window and no thread.

Each handler is a generator of events: one step is a tensor, a chunk of the prompt or a token.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch

from engine import device
from engine.device import Choice
from engine.errors import UserError
from engine.formats.checkpoint import Checkpoint, load_model, weight_files
from engine.formats.hashes import hash_files, joined
from engine.formats.library import Library
from engine.heap import giving_back
from engine.messages import (
    ChatWhileTraining,
    Command,
    CountTokens,
    Event,
    ExportModel,
    Generate,
    ImportModel,
    InspectFile,
    ListModels,
    LoadedModel,
    LoadModel,
    MergeModel,
    PlanPretraining,
    Pretrain,
    RemoveModel,
    RenameModel,
    RestoreModel,
    Result,
    Teach,
    TeachReply,
    UnloadModel,
    VerifyModel,
)
from engine.model.step.packed import Packed
from engine.model.transformer import Transformer
from engine.paths import Paths
from engine.run.activation_jobs import ActivationJobs
from engine.run.adapters import Stack, hash_of, lessons_of, put_on, stacked
from engine.run.correcting import Correcting
from engine.run.generate import generate
from engine.run.kept_packing import KeptPacking, key_of
from engine.run.kernels import Kernels
from engine.run.leaning import Leaning, leaning_on
from engine.run.library_jobs import LibraryJobs
from engine.run.loaded import Loaded, equip
from engine.run.made_here import tensors_hash
from engine.run.pretrain_jobs import PretrainJobs
from engine.run.progress import progress
from engine.run.quick import packer, packing
from engine.run.teach_jobs import TeachJobs
from engine.run.text_jobs import TextJobs
from engine.run.word_jobs import WordJobs

Handlers = Mapping[type[Command], Callable[[Any], Iterator[Event]]]

LARGE = (
    LoadModel, UnloadModel, ImportModel, ExportModel, MergeModel, Teach, PlanPretraining, Pretrain, ChatWhileTraining,
)  # fmt: skip
"""Commands that take much memory and then no longer need it."""
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
        self._teaching = TeachJobs(paths, self.library, self.require)
        self._pretraining = PretrainJobs(paths, self.library)
        self._correcting = Correcting(self.library, self.require)
        self._inside = [kind(paths, self.library, self.require) for kind in (WordJobs, ActivationJobs, TextJobs)]
        self._leaning: Leaning | None = None
        self._cache, self._kernels = paths.cache, Kernels(paths.cache)
        self._new_seed = new_seed

    def handlers(self) -> Handlers:
        """A generator function for every command."""
        handlers: Handlers = {
            ListModels: self.jobs.list_models,
            InspectFile: self.jobs.inspect,
            ImportModel: self.jobs.import_model,
            VerifyModel: self.jobs.verify,
            RenameModel: self.jobs.rename,
            RemoveModel: self.jobs.remove,
            RestoreModel: self.jobs.restore,
            ExportModel: self.jobs.export,
            MergeModel: self.jobs.merge,
            LoadModel: self.load,
            UnloadModel: self.unload,
            CountTokens: self.count,
            Generate: self.generate,
            TeachReply: self._correcting.teach,
            ChatWhileTraining: self.load_trained,
            **self._teaching.handlers(),
            **self._pretraining.handlers(),
            **{command: handler for jobs in self._inside for command, handler in jobs.handlers().items()},
        }
        return {kind: giving_back(work) if kind in LARGE else work for kind, work in handlers.items()}

    def require(self) -> Loaded:
        """The loaded model; raises UserError when there is none."""
        if self.loaded is None:
            raise UserError("No model is loaded", "Choose one on the page Models.")
        return self.loaded

    def load(self, command: LoadModel) -> Iterator[Event]:
        """Frees the old model first, since two may not fit; when this fails or is stopped, none is loaded.

        Only where the same base is wanted again as it is, it stays, and its adapters are exchanged. Where the new one
        does not fit even in its place, the old one stays too, and is said to before the refusal.
        """
        old, self.loaded = self.loaded, None
        stack = stacked(self.library, command.name, command.adapters)
        yield from progress(command.job, self.library.ready(stack.base), "Converting")
        checkpoint = self.library.find(stack.base)
        choice = device.choose(command.device, command.precision, command.threads, checkpoint.config.parameters())
        context = context_for(checkpoint, choice, command.context)
        torch.set_num_threads(choice.threads)
        tokenizer = checkpoint.tokenizer()
        model = packed = None
        if old is not None and _same(old, checkpoint, choice):
            model, packed = old.model, old.packed
            context = context if command.context else max(context, old.info.context)
        elif choice.device == "cpu":
            try:
                refuse_too_big(checkpoint, choice, context, 0 if old is None else old.nbytes)
            except UserError:
                self.loaded = old
                if old is not None:
                    yield Result(command.job, old.info)
                raise
        del old
        sha256 = yield from progress(command.job, weights_hash(checkpoint), "Noting which model this is")
        if model is None:
            packed = packing(checkpoint.config, choice)
            loading = self._loading(checkpoint, choice, packed, sha256)
            model = yield from progress(command.job, loading, f"Loading {checkpoint.title}")
        self._kernels.begin()
        adapters, lessons = put_on(model, stack.adapters), lessons_of(checkpoint, stack.adapters)
        info = _stacked_info(_info(checkpoint, choice, context, sha256), stack, len(lessons))
        self.loaded = equip(checkpoint, model, info, tokenizer, adapters, lessons, packed, self._kernels)
        yield Result(command.job, info)
        self.loaded.warm()

    def _loading(
        self, checkpoint: Checkpoint, choice: Choice, packed: Packed | None, sha256: str
    ) -> Generator[tuple[int, int], None, Transformer]:
        """As `load_model`. Packed weights come out of the cache where they are all that is needed."""
        take, kept, known = None, None, Packed({})
        if packed is not None:
            resting = self._kernels.ready(choice.stored)
            if resting and choice.stored == "float32" and choice.precision != "int8":  # which is rounded as fast
                key = key_of(sha256, weight_files(checkpoint), "int4" if choice.precision == "int4" else "")
                kept = KeptPacking(self._cache, key, checkpoint.config)
                known = kept.read()
            take = packer(packed, choice, resting=resting, known=known)
        model = yield from load_model(checkpoint, choice.device, getattr(torch, choice.stored), take)
        if packed is not None and kept is not None and not known.matrices:
            kept.keep(packed)
        return model

    def load_trained(self, command: ChatWhileTraining) -> Iterator[Event]:
        """A copy of what is being trained, as it is now; it is in no library, and stays until another is loaded."""
        checkpoint, model = self._pretraining.snapshot()
        self.loaded = None
        sha256 = tensors_hash(checkpoint)
        choice = device.choose("cpu", "float32", torch.get_num_threads(), checkpoint.config.parameters())
        info = _info(checkpoint, choice, checkpoint.config.context, sha256)
        self.loaded = equip(checkpoint, model, info, checkpoint.tokenizer())
        yield Result(command.job, info)

    def unload(self, command: UnloadModel) -> Iterator[Event]:
        self.loaded = None
        yield from ()

    def count(self, command: CountTokens) -> Iterator[Event]:
        yield Result(command.job, self.require().count(command))

    def generate(self, command: Generate) -> Iterator[Event]:
        loaded = self.require()
        card = None
        if command.cards and loaded.lessons and not command.raw:
            if self._leaning is None or self._leaning.loaded is not loaded:
                self._leaning = Leaning(loaded, self._cache)
            card = yield from self._leaning.card_for(command.job, command.messages)
        if card is not None:
            command = replace(command, messages=leaning_on(card, command.messages))
        order = loaded.order(command, self._new_seed)
        if card is not None:
            order = replace(order, cards=(card,), likely=tuple(loaded.closed(card.answer)))
        prefix = loaded.prefix if command.raw else loaded.prefix_for(card=card is not None)
        yield from generate(command.job, order, prefix, loaded.tokenizer, loaded.drafts)


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


def refuse_too_big(checkpoint: Checkpoint, choice: Choice, context: int, given_back: int) -> None:
    """UserError where the system would have to end this process, or another, while the model is loaded."""
    fit = device.fit(checkpoint.config, choice.precision, context)
    if fit.needed > fit.free + given_back:
        raise UserError(
            f"“{checkpoint.title}” does not fit into memory: it takes about {fit.needed / 1e9:.1f} GB, and "
            f"{(fit.free + given_back) / 1e9:.1f} GB are free",
            "Close other programs, or choose a smaller model, a shorter context or the precision bfloat16.",
        )


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


def _stacked_info(info: LoadedModel, stack: Stack, cards: int) -> LoadedModel:
    """The base's own, with what its adapters make of it."""
    info = replace(info, cards=cards)
    if not stack.adapters:
        return info
    top, sha256 = stack.adapters[-1], hash_of(info.sha256, stack.adapters)
    names = tuple(one.name for one in stack.adapters)
    return replace(info, name=top.name, title=top.title, sha256=sha256, adapters=names, base=stack.base)


def _same(old: Loaded, checkpoint: Checkpoint, choice: Choice) -> bool:
    """Whether its weights are those that are wanted now. A file opened in place may have changed meanwhile."""
    known = checkpoint.sha256 != "" and checkpoint.sha256 == old.checkpoint.sha256
    there = (old.info.device, old.info.precision) == (choice.device, choice.precision)
    return known and there and old.checkpoint.path == checkpoint.path
