"""How well a model guesses text that it never learned from: nats a token, bits a byte. Knows ids, not training."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.model.transformer import Transformer
from engine.run.objectives import next_token_loss
from engine.text.tokenizer import Tokenizer

AT_ONCE = 2048
"""Tokens of a pass."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A text in windows that follow each other; every token but the first is guessed once."""

    ids: NDArray[np.int64]
    """[windows, context + 1]"""
    bytes_of: NDArray[np.int64]
    """[windows], of the tokens to guess."""

    @classmethod
    def of(cls, tokens: NDArray[np.unsignedinteger[Any]], context: int, tokenizer: Tokenizer) -> HeldOut:
        context = min(context, len(tokens) - 1)
        count = (len(tokens) - 1) // context
        ids = np.stack([tokens[n * context : n * context + context + 1] for n in range(count)]).astype(np.int64)
        lengths = np.array([len(tokenizer.token_bytes(n)) for n in range(tokenizer.vocab_size)])
        return cls(ids, lengths[ids[:, 1:]].sum(1))

    def some(self, tokens: int) -> HeldOut:
        """Windows from all over the text, of about so many tokens, at least one."""
        count = min(len(self.ids), max(1, tokens // (self.ids.shape[1] - 1)))
        chosen = np.linspace(0, len(self.ids) - 1, count).round().astype(int)
        return HeldOut(self.ids[chosen], self.bytes_of[chosen])

    def measure(self, model: Transformer, dtype: torch.dtype) -> Generator[tuple[int, int], None, tuple[float, float]]:
        """Nats a token and bits a byte, yielding (done, total) windows."""
        rows, nats = max(1, AT_ONCE // (self.ids.shape[1] - 1)), 0.0
        for start in range(0, len(self.ids), rows):
            batch = torch.from_numpy(self.ids[start : start + rows]).to(model.device)
            with torch.inference_mode():
                nats += float(next_token_loss(model, batch, dtype))
            yield min(start + rows, len(self.ids)), len(self.ids)
        return nats / self.ids[:, 1:].size, nats / math.log(2) / max(1, int(self.bytes_of.sum()))


def beginnings(documents: Sequence[str], count: int, words: int = 5) -> tuple[str, ...]:
    """The first words of some texts, to be gone on from."""
    found = [" ".join(text.split()[:words]) for text in documents]
    return tuple(dict.fromkeys(text for text in found if len(text) > words))[:count]
