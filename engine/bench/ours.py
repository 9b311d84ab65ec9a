"""Our own side: as the app loads a model, with everything compiled."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from engine.bench.setting import Setting, Step
from engine.messages import Lesson, LoadModel
from engine.model import halved
from engine.model.lora import attach, new_adapter
from engine.paths import Paths
from engine.run.bundled import rewordings
from engine.run.kernels import VARIANTS, Kernels, compile_all
from engine.run.loaded import Loaded
from engine.run.prefix import Prefix
from engine.run.recipes import Finetuning
from engine.run.schedule import Falling
from engine.run.session import Session
from engine.run.training import Loop

TORCH = "torch"
PAIRS, REPLAYED = 12, 12
RANK, RATE, HOLDING = 16, 5e-4, 4.0


def load(setting: Setting, precision: str = "auto") -> Loaded:
    """Waits until the compiled step is there, which takes a minute the first time."""
    paths = Paths.under(Path(setting.data_dir)) if setting.data_dir else Paths.of_user()
    kernels = Kernels(paths.cache)
    if kernels.possible and not all(map(kernels.ready, VARIANTS)):
        compile_all(str(kernels.folder))
    session = Session(paths)
    for _ in session.load(LoadModel(0, setting.model, "cpu", precision, setting.threads)):
        continue
    return session.require()


class Ours:
    """`how` is a precision, or "torch" for that alone, without the compiled step."""

    def __init__(self, setting: Setting, how: str = "auto") -> None:
        self._loaded = load(setting, "float32" if how == TORCH else how)
        self._prefix = Prefix(self._loaded.model) if how == TORCH else self._loaded.prefix

    def begin(self, context: Sequence[int]) -> Step:
        prefix = self._prefix
        prefix.reuse([*context, 0])
        unread = context[len(prefix.ids) :]
        for at in range(0, len(unread), 512):
            prefix.read(unread[at : at + 512])
        return lambda token: int(np.argmax(prefix.read([token]).numpy()))

    def read(self, ids: Sequence[int]) -> None:
        prefix = self._prefix
        prefix.cut(0)
        prefix.reuse(ids)
        prefix.read(ids)

    def bytes_per_token(self, context: int) -> int:
        config, packed = self._loaded.model.config, self._loaded.packed
        weights = packed.nbytes if packed is not None and self._prefix.compiled else 4 * config.parameters()
        return weights + config.kv_bytes_per_token(4) * context


def teaching(setting: Setting) -> Callable[[], int]:
    """One step a call, as a run with the defaults has them; returns its tokens. Writes the texts of a step."""
    loaded = load(setting, "float32")
    lessons = [Lesson(n, one.question, one.answer) for n, one in enumerate(rewordings()[:PAIRS], 1)]
    data = Finetuning(loaded, lessons, HOLDING, 0, REPLAYED, own=0)
    for _ in data.prepare():
        continue
    groups = data.texts(0)
    Path(setting.texts).write_text(json.dumps([[asdict(one) for one in group] for group in groups]))
    adapter = new_adapter(loaded.model, RANK, 2.0 * RANK, torch.Generator().manual_seed(0))
    attach(loaded.model, adapter)
    steps = Loop(list(adapter.parameters()), data.parts, Falling(10_000, RATE)).run()
    tokens, halves = sum(len(one.ids) for group in groups for one in group), halved.pays()

    def step() -> int:
        with halved.halved(halves):
            while next(steps) is None:
                continue
        return tokens

    return step
