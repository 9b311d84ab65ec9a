"""The real models of the parity tests, each loaded once; a test skips where its package is not installed."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pytest
import torch

from engine.formats.checkpoint import Checkpoint, load_model
from engine.formats.packages import find_package
from engine.model.transformer import Transformer
from engine.text.tokenizer import Tokenizer


class Loaded(NamedTuple):
    checkpoint: Checkpoint
    tokenizer: Tokenizer
    model: Transformer

    def ids(self, text: str) -> list[int]:
        ids = self.checkpoint.token_ids
        return [*([ids.bos] if ids.add_bos and ids.bos is not None else []), *self.tokenizer.encode(text)]

    @torch.inference_mode()
    def logprobs(self, ids: list[int]) -> torch.Tensor:
        """[len(ids), vocabulary], in nats."""
        return self.model(torch.tensor([ids]))[0].log_softmax(-1)

    @torch.inference_mode()
    def greedy(self, ids: list[int], count: int) -> list[int]:
        cache, written = self.model.new_cache(), []
        logits = self.model(torch.tensor([ids]), cache, last_only=True)
        while True:
            written.append(int(logits.argmax()))
            if len(written) == count:
                return written
            logits = self.model(torch.tensor([[written[-1]]]), cache)


def load(checkpoint: Checkpoint) -> Loaded:
    loading = load_model(checkpoint, "cpu", torch.float32)
    while True:
        try:
            next(loading)
        except StopIteration as finished:
            return Loaded(checkpoint, checkpoint.tokenizer(), finished.value)


@cache
def packaged(name: str) -> Loaded:
    found = find_package(name)
    if found is None:
        pytest.skip(f"the Python package that carries {name} is not installed")
    return load(found.open())
