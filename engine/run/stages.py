"""Models to compare with the loaded one, one after another: other adapters on it, or another model beside it.

What is loaded stays as it is: adapters are exchanged for the length of a step only. Knows no texts.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import replace
from typing import TypeVar

import torch

from engine import device
from engine.errors import UserError
from engine.formats.adapters import load_adapter
from engine.formats.checkpoint import Checkpoint, load_model
from engine.formats.library import Library
from engine.messages import Event, JobId
from engine.model.lora import only
from engine.run.adapters import Stack, stacked
from engine.run.loaded import Loaded, equip
from engine.run.progress import progress

S = TypeVar("S")
T = TypeVar("T")


class Stages:
    """At most one model is in memory beside the loaded one, for as long as this object is."""

    def __init__(self, loaded: Loaded, library: Library) -> None:
        self._loaded, self._library = loaded, library
        self._aside: Loaded | None = None

    def require(self, names: Iterable[str]) -> None:
        """UserError where there is no model of one of these names; its weights are not looked at yet."""
        for name in names:
            if name != self._loaded.info.name:
                stacked(self._library, name, ())

    def bring(self, job: JobId, name: str) -> Generator[Event, None, Loaded]:
        """The model of this name, of which `worn` sees its adapters; the last one that was brought may be gone.

        The name of the loaded one means it with all its adapters. UserError where it is missing or does not fit.
        """
        if name == self._loaded.info.name:
            return replace(self._loaded)
        stack = stacked(self._library, name, ())
        yield from progress(job, self._library.ready(stack.base), "Converting")
        checkpoint = self._library.find(stack.base)
        home = next((one for one in (self._loaded, self._aside) if one is not None and _same(one, checkpoint)), None)
        if home is None:
            self._aside = None  # before the next is loaded: three models may not fit
            home = self._aside = yield from self._load(job, checkpoint)
        adapters = [load_adapter(one, home.model) for one in stack.adapters]
        return replace(home, adapters=adapters, info=replace(home.info, **_named(stack, checkpoint)))

    def _load(self, job: JobId, checkpoint: Checkpoint) -> Generator[Event, None, Loaded]:
        beside = self._loaded.info
        choice = device.choose(beside.device, "auto", beside.threads, checkpoint.config.parameters())
        context = min(checkpoint.config.context, device.USUAL_CONTEXT)
        fit = device.fit(checkpoint.config, choice.precision, context)
        if fit.verdict == "too big":
            raise UserError(
                f"“{checkpoint.title}” does not fit beside the loaded model: it takes {fit.needed / 1e9:.1f} GB, and "
                f"{fit.free / 1e9:.1f} GB are free",
                "Load the smaller of the two, close other programs, or compare two smaller models.",
            )
        loading = load_model(checkpoint, choice.device, getattr(torch, choice.precision))
        model = yield from progress(job, loading, f"Loading {checkpoint.title}")
        info = replace(
            beside, name=checkpoint.name, title=checkpoint.title, sha256=checkpoint.sha256, device=choice.device,
            precision=choice.precision, reason=choice.reason, fallback=choice.fallback, context=context,
            parameters=checkpoint.config.parameters(), has_template=checkpoint.template is not None,
            adapters=(), base="", cards=0,
        )  # fmt: skip
        return equip(checkpoint, model, info, checkpoint.tokenizer())


def worn(stage: Loaded, work: Generator[S, None, T]) -> Generator[S, None, T]:
    """The same work, with this stage's adapters and no others on the model while a step of it is computed."""
    with closing(work):
        while True:
            with only(stage.model, *stage.adapters):
                try:
                    step = next(work)
                except StopIteration as finished:
                    return finished.value
            yield step


def _same(there: Loaded, wanted: Checkpoint) -> bool:
    return there.checkpoint.path == wanted.path and there.checkpoint.sha256 == wanted.sha256


def _named(stack: Stack, checkpoint: Checkpoint) -> dict[str, str]:
    """What the whole is called: as its topmost adapter."""
    top = stack.adapters[-1] if stack.adapters else checkpoint
    return {"name": top.name, "title": top.title}
