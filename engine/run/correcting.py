"""Correct and teach: one reply put right becomes a pair, is taught in seconds, and is asked again.

Knows the loaded model and the library; what a step is made of is `recipes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch

from engine.formats.library import Library
from engine.formats.naming import slug
from engine.messages import Corrected, Event, JobId, Lesson, Progress, Result, TeachReply, TeachSettings
from engine.model import halved
from engine.model.lora import Adapter, new_adapter, only
from engine.run.asking import example, prompt
from engine.run.evaluate import ROOM, know, write
from engine.run.loaded import Loaded
from engine.run.packing import Example
from engine.run.planning import RANK, RATE, REPLAY, checked
from engine.run.progress import progress
from engine.run.recipes import Finetuning
from engine.run.schedule import Falling
from engine.run.training import Loop

STEPS = 12
"""At most: a model that was taught before already answers from a card, and is done after one or two."""
SURE = 0.9
"""Mean probability of the right tokens from which an exact answer is taken as learned."""
HELD = 24
"""General answers that so short a run holds on to."""


class Correcting:
    """The job of `TeachReply`."""

    def __init__(self, library: Library, require: Callable[[], Loaded]) -> None:
        self._library, self._require = library, require

    def teach(self, command: TeachReply) -> Iterator[Event]:
        """The loaded adapter learns on; on a base a new one is begun. Kept in the library, not put on the model."""
        loaded, lesson = self._require(), command.lesson
        checked([lesson], TeachSettings())
        asked = example(loaded, prompt(loaded, lesson, lesson.question), lesson.answer)
        noted = example(loaded, prompt(loaded, lesson, lesson.question, lesson), lesson.answer)
        before = yield from progress(command.job, know(loaded.model, [asked]), "Asking before")
        adapter = copied(loaded)
        yield from self._train(command.job, loaded, adapter, lesson, noted)
        with only(loaded.model, adapter):
            after = yield from progress(command.job, know(loaded.model, [noted]), "Asking after")
            ids = [noted.ids[: noted.start]]
            said = yield from progress(command.job, write(loaded, ids, [len(noted.targets) + ROOM]), "Asking after")
        name = self._keep(loaded, adapter, command.name, taught_on(loaded.lessons, lesson))
        yield Result(command.job, Corrected(name, before[0].probability, after[0].probability, said[0]))

    def _train(self, job: JobId, loaded: Loaded, adapter: Adapter, lesson: Lesson, noted: Example) -> Iterator[Event]:
        """Until the answer is written exactly and surely when its card is found."""
        data = Finetuning(loaded, [lesson], REPLAY, 0, HELD, own=0)
        with only(loaded.model):
            yield from progress(job, data.prepare(), "Noting what must not be forgotten")
        loop = Loop(list(adapter.parameters()), data.parts, Falling(STEPS, RATE))
        steps, halves = loop.run(), halved.pays()
        while loop.step < STEPS:
            with only(loaded.model, adapter), torch.inference_mode(False), halved.halved(halves):
                stepped = next(steps)
            yield Progress(job, loop.step, STEPS, "Teaching")
            if stepped is None:
                continue
            with only(loaded.model, adapter):
                (grasp,) = yield from progress(job, know(loaded.model, [noted]), "Asking")
            if grasp.exact and grasp.probability > SURE:
                return

    def _keep(self, loaded: Loaded, adapter: Adapter, name: str, lessons: Sequence[Lesson]) -> str:
        title = loaded.info.title if loaded.adapters else name
        name = loaded.info.name if loaded.adapters else slug(name)
        return self._library.save_adapter(
            name, adapter, loaded.checkpoint, title=title, lessons=lessons,
            base_sha256=loaded.checkpoint.sha256 or loaded.info.sha256, replacing=bool(loaded.adapters),
        )  # fmt: skip


def copied(loaded: Loaded) -> Adapter:
    """The top adapter, to be taught on without changing what chats use; a new one on a base."""
    if not loaded.adapters:
        new = new_adapter(loaded.model, RANK, 2.0 * RANK, torch.Generator().manual_seed(0))
        new.for_cards = True
        return new
    top = loaded.adapters[-1]
    twin = Adapter(top.rank, top.alpha, for_cards=top.for_cards)
    for name, delta in top.deltas.items():
        down, up = (torch.nn.Parameter(matrix.detach().clone().float()) for matrix in (delta.down, delta.up))
        twin.deltas[name] = replace(delta, down=down, up=up)
    return twin


def taught_on(lessons: Sequence[Lesson], new: Lesson) -> tuple[Lesson, ...]:
    """The pairs with a new one, in the place of one with the same question."""
    kept = [one for one in lessons if one.question != new.question]
    number = new.id or max((one.id for one in kept), default=0) + 1
    return (*kept, replace(new, id=number))
