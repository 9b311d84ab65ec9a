"""The Starter's taught stage: all weights, on conversations; loss on the answers alone.

Knows how conversations become ids and what a step is made of; which conversations there are, the small world says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.data.batches import Windows
from engine.messages import Message
from engine.model.transformer import Transformer
from engine.run.course import OTHERS_RATE
from engine.run.cross_entropy import summed_cross_entropy
from engine.run.muon import MuonAndAdamW
from engine.run.pretraining import sorted_parameters
from engine.run.schedule import Trapezoid
from engine.run.training import Loop, Part
from engine.text.template import ChatTemplate
from engine.text.tokenizer import Tokenizer
from starter.recipe import LESSONS, SEED, TEMPLATE, Lessons

Turns = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Stream:
    """Conversations one after another: ids, and which of them are guessed."""

    ids: NDArray[np.int64]
    wanted: NDArray[np.bool_]


def stream_of(conversations: Iterable[Turns], tokenizer: Tokenizer) -> Stream:
    """Ids through the template; wanted are the answers and the token that ends each."""
    template = ChatTemplate(TEMPLATE, {"bos_token": tokenizer.piece(1)})
    ids: list[int] = []
    wanted: list[bool] = []
    for turns in conversations:
        messages: list[Message] = []
        known = 0
        for question, answer in turns:
            messages.append(Message("user", question))
            asked = template.render(messages, tokenizer)
            messages.append(Message("assistant", answer))
            whole = template.render(messages, tokenizer)
            whole = whole[: -len(_opening(template, tokenizer))]
            ids += whole[known:]
            wanted += [False] * (len(asked) - known) + [True] * (len(whole) - len(asked))
            known = len(whole)
    return Stream(np.array(ids, np.int64), np.array(wanted, bool))


def _opening(template: ChatTemplate, tokenizer: Tokenizer) -> list[int]:
    """What the template puts before a reply: a rendered conversation ends with it."""
    return [tokenizer.control_tokens()["<|assistant|>"]]


def answer_loss(model: Transformer, ids: Tensor, wanted: Tensor, dtype: torch.dtype) -> Tensor:
    """Cross-entropy, summed over the wanted tokens of windows [B, T + 1]."""
    with torch.autocast("cpu", dtype, enabled=dtype is not torch.float32):
        stream = model.read(ids[:, :-1])
    where = wanted[:, 1:]
    return summed_cross_entropy(stream[where], model.embed.weight, ids[:, 1:][where], dtype)


@dataclass(slots=True)
class Taught:
    """The steps of the taught stage on a model that is there."""

    model: Transformer
    stream: Stream
    replay: Windows
    dtype: torch.dtype
    lessons: Lessons = LESSONS

    def loop(self) -> Loop:
        context, rows = self.model.config.context, self.lessons.rows
        steps = round(self.lessons.passes * len(self.stream.ids) / (rows * context))
        matrices, others = sorted_parameters(self.model)
        optimizer = MuonAndAdamW(matrices, others, OTHERS_RATE, 0.0, self.dtype)
        return Loop([*matrices, *others], self._parts, Trapezoid(steps, self.lessons.peak, 20, 0.7), optimizer)

    def _parts(self, step: int) -> list[Part]:
        context, rows, model = self.model.config.context, self.lessons.rows, self.model
        luck, windows = np.random.Generator(np.random.PCG64([SEED, step])), []
        for begin in luck.integers(0, len(self.stream.ids) - context - 1, rows):
            windows.append(
                (self.stream.ids[begin : begin + context + 1], self.stream.wanted[begin : begin + context + 1])
            )
        ids = torch.from_numpy(np.stack([one for one, _ in windows]))
        wanted = torch.from_numpy(np.stack([one for _, one in windows]))
        total = int(wanted[:, 1:].sum())
        parts = [
            Part(lambda i=i, w=w: answer_loss(model, i, w, self.dtype), 1 / total, int(w[:, 1:].sum()), i.numel())
            for i, w in zip(ids.split(4), wanted.split(4), strict=True)
        ]
        again = torch.from_numpy(self.replay.rows(step * (rows // self.lessons.replay), rows // self.lessons.replay))
        return [*parts, self._replayed(again)]

    def _replayed(self, ids: Tensor) -> Part:
        everything, count = torch.ones_like(ids, dtype=torch.bool), ids[:, 1:].numel()
        weight = 1 / self.lessons.replay / count

        def loss() -> Tensor:
            return answer_loss(self.model, ids, everything, self.dtype)

        return Part(loss, weight, count, ids.numel(), shown=False)


def steps_of(loop: Loop, state: Path) -> Iterator[tuple[int, float]]:
    """Step and loss, from where the save left off; saved every hundred steps."""
    if state.is_file():
        loop.load(state)
    for done in loop.run():
        if done is None:
            continue
        yield done.step, done.loss
        if done.step % 100 == 0 or done.step == loop.steps:
            loop.save(state, {})
