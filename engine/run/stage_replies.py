"""The same question to several models, one after another, with the same random numbers. Knows no way to load one."""

from __future__ import annotations

import secrets
from collections.abc import Generator
from dataclasses import replace

from engine.errors import UserError
from engine.messages import Event, Generate, JobId, StageReplies, StageReply, Tokens
from engine.run.generate import generate
from engine.run.loaded import Loaded
from engine.run.progress import progress
from engine.run.stages import Stages, worn


def answer_each(job: JobId, stages: Stages, command: StageReplies) -> Generator[Event, None, tuple[StageReply, ...]]:
    """Each reply is the one that `generate` gives with this seed and no card; without a seed one is drawn for all."""
    if not command.names:
        raise UserError("There is no model to ask", "Choose at least one.")
    stages.require(command.names)
    seed = secrets.randbelow(1 << 31) if command.sampling.seed is None else command.sampling.seed
    asked = Generate(
        job, command.messages, replace(command.sampling, seed=seed), command.max_new_tokens, alternatives=0, cards=False
    )
    replies: list[StageReply] = []
    for name in command.names:
        replies.append((yield from _reply(stages, name, asked)))
    return tuple(replies)


def _reply(stages: Stages, name: str, asked: Generate) -> Generator[Event, None, StageReply]:
    """Keeps nothing of the model, so that it can make room for the next."""
    stage = yield from stages.bring(asked.job, name)
    text = yield from progress(asked.job, worn(stage, _written(stage, asked)), f"{stage.info.title} writes")
    return StageReply(name, stage.info.title, text)


def _written(stage: Loaded, asked: Generate) -> Generator[tuple[int, int], None, str]:
    """Yields (done, total) in tokens."""
    order = stage.order(asked, lambda: 0)
    text, count = "", 0
    for event in generate(asked.job, order, stage.prefix, stage.tokenizer):
        if isinstance(event, Tokens):
            text, count = text + "".join(piece.text for piece in event.pieces), count + len(event.pieces)
        yield count, order.max_new_tokens
    return text
