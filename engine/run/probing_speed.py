"""How fast this computer trains a model of some size: a few micro-batches, timed. Knows no text.

Both precisions are tried, since bfloat16 pays on some processors and costs on others.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass

import torch

from engine.model.config import ModelConfig
from engine.model.presets import fresh
from engine.run.muon import orthogonal
from engine.run.objectives import next_token_loss

TIMED = 2
"""Micro-batches of each size that are timed; the quicker one counts, since others use the computer too."""
WORK = 9e10
"""Floating-point operations of a probe: a third of a second on two cores."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds a token, and of the update after each step."""

    token: float
    update: float

    def of_run(self, tokens: int, steps: int) -> float:
        return tokens * self.token + steps * self.update


def probe(config: ModelConfig, precision: str, device: str = "cpu") -> Generator[None, None, Speed]:
    """One micro-batch a step. `config.context` tokens at a time or fewer, where the model is large."""
    model = fresh(config, 0).to(device)
    tokens = max(64, min(2048, int(WORK / (6 * config.parameters()))))
    context = min(config.context, tokens)
    ids = torch.randint(0, config.vocab_size, (max(1, tokens // context), context + 1), device=device)
    dtype, quickest = getattr(torch, precision), float("inf")
    for _ in range(TIMED + 1):  # the first one fills caches and pools
        with torch.inference_mode(False), torch.enable_grad():
            began = time.perf_counter()
            next_token_loss(model, ids, dtype).backward()
            quickest = min(quickest, time.perf_counter() - began)
        yield
    return Speed(quickest / ids[:, 1:].numel(), _update_seconds(model.config, device, dtype))


def _update_seconds(config: ModelConfig, device: str, dtype: torch.dtype) -> float:
    """Of one optimizer step: timed on one matrix of each shape in a layer, times the layers."""
    seconds = 0.0
    for name, shape in config.shapes().items():
        if name.startswith("layers.0.") and len(shape) == 2:
            matrix = torch.randn(1, *shape, device=device)
            began = time.perf_counter()
            orthogonal(matrix, dtype)
            seconds += time.perf_counter() - began
    return seconds * config.layers


def faster(config: ModelConfig) -> Generator[None, None, tuple[str, str]]:
    """The precision that trains faster on the processor, and why, in a sentence."""
    single = yield from probe(config, "float32")
    half = yield from probe(config, "bfloat16")
    ratio = single.token / half.token
    if ratio > 1.05:
        return "bfloat16", f"bfloat16 trains {ratio:.1f} times as fast as float32 on this processor"
    return "float32", f"bfloat16 would train {1 / ratio:.1f} times as slowly as float32 on this processor"
