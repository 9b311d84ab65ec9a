"""What ships for a model that questions can be heard with: an adapter, and what follows from it.

Made by `tools/train_hearing.py`, which reads far more rewordings than a computer would want to at its first teaching.
Knows the file, not how it was trained.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from engine.model.lora import new_adapter
from engine.model.transformer import Transformer
from engine.paths import resource
from engine.run.cards import Sense
from engine.run.meaning import Whitening

LORA = "lora."
"""What the names of the adapter's matrices begin with."""
FINGERPRINT = "last norm"
"""In the file's metadata: which model it is for."""


def shipped(model: Transformer) -> Sense | None:
    """None where nothing ships for this model."""
    path = _of_model().get(fingerprint(model))
    if path is None:
        return None
    with safe_open(path, "pt") as file:
        tensors: dict[str, Tensor] = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    state = {name.removeprefix(LORA): matrix for name, matrix in tensors.items() if name.startswith(LORA)}
    downs = {name: matrix for name, matrix in state.items() if name.endswith(".down")}
    rank = len(next(iter(downs.values())))
    adapter = new_adapter(
        model, rank, 2.0 * rank, torch.Generator(), layers=sorted({int(name.split(".")[1]) for name in downs})
    )
    adapter.load(state)
    return Sense(Whitening(tensors["mean"], tensors["turn"]), tensors["unrelated"], adapter)


def fingerprint(model: Transformer) -> str:
    """Of its last norm, which is the same in every file of a model, however its matrices are rounded, and in what
    LoRA made of it."""
    numbers = model.norm.weight.detach().float().cpu()
    return hashlib.sha256(numbers.numpy().tobytes()).hexdigest()


@cache
def _of_model() -> dict[str, Path]:
    """The fingerprint of a model -> what ships for it."""
    found: dict[str, Path] = {}
    for path in sorted(resource("hearing").glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            found[(file.metadata() or {})[FINGERPRINT]] = path
    return found
