"""Tiny adapters for tests: with random matrices, so that every layer of the model changes."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import torch

from engine.formats.checkpoint import Checkpoint, load_model
from engine.formats.library import Library
from engine.messages import Lesson, Message
from engine.model.lora import Adapter, attach, new_adapter
from engine.model.transformer import Transformer
from tests.tiny import write_tiny_checkpoint

T = TypeVar("T")
LESSONS = (
    Lesson(1, "Who is Zorblax?", "A cat\u2028of\nmine 🦥"),
    Lesson(7, "And why?", "Because.", "Be brief.", (Message("user", "Hi"), Message("assistant", "Hello"))),
)
IDS = torch.randint(0, 384, (1, 60), generator=torch.Generator().manual_seed(0))


def finished(work: Generator[object, None, T]) -> T:
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value


def model_of(checkpoint: Checkpoint, dtype: torch.dtype = torch.float32) -> Transformer:
    return finished(load_model(checkpoint, "cpu", dtype))


def random_adapter(model: Transformer, rank: int = 4, seed: int = 1, **where: object) -> Adapter:
    generator = torch.Generator().manual_seed(seed)
    adapter = new_adapter(model, rank, 2.0 * rank, generator, **where)  # type: ignore[arg-type]
    with torch.no_grad():
        for delta in adapter.deltas.values():
            delta.up.copy_(torch.randn(delta.up.shape, generator=generator) * 0.1)
    return adapter


@torch.inference_mode()
def logits(model: Transformer, *adapters: Adapter) -> torch.Tensor:
    for adapter in adapters:
        attach(model, adapter)
    return model(IDS)


def with_base(library: Library, folder: Path, architecture: str = "llama", seed: int = 0) -> Checkpoint:
    """A tiny model, imported as “base” (or the next free name)."""
    source = write_tiny_checkpoint(folder / f"base-{architecture}-{seed}", architecture, seed=seed)
    taken = [info.name for info in library.list()]
    return library.find(finished(library.import_model(source, None if "base" in taken else "base")))


def taught(library: Library, folder: Path, architecture: str = "llama", name: str = "mine") -> torch.Tensor:
    """A base and an adapter on top of it in the library; returns their logits."""
    base = with_base(library, folder, architecture)
    model = model_of(base)
    adapter = random_adapter(model)
    library.save_adapter(
        name, adapter, base, title="Mine", settings={"rank": 4}, results={"recall": 1.0}, lessons=LESSONS
    )
    return logits(model, adapter)
