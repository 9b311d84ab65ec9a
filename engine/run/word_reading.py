"""What may follow many short endings of one context, read side by side behind it. Knows tokens, not words."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.messages import Head
from engine.model.ablation import without_heads
from engine.model.transformer import Transformer
from engine.run.generate import refuse_overflow
from engine.run.prefix import CHUNK, Prefix

Path = tuple[int, ...]


class Reader(Protocol):
    """Gives the probabilities of the next token, float64 [len(paths), V], after the context and each path."""

    passes: int

    def read(self, paths: Sequence[Path]) -> NDArray[np.float64]: ...


class ContextReader:
    """Reads behind a context that `prefix` holds, or reads it again where another job took its place meanwhile."""

    def __init__(
        self, model: Transformer, prefix: Prefix, context: Sequence[int], heads_off: Sequence[Head] = ()
    ) -> None:
        self.passes = 0
        self.end: Tensor | None = None
        """Float32 logits [V] right behind the context, once they were read."""
        self._model, self._prefix, self._context, self._heads_off = model, prefix, list(context), heads_off

    def prepare(self) -> Generator[tuple[int, int], None, None]:
        """Reads all but the last chunk of the context. Yields (done, total) in tokens."""
        kept = self._prefix.reuse(self._context)
        total = len(self._context) - kept
        for at in range(kept, len(self._context) - CHUNK, CHUNK):
            with without_heads(self._model, self._heads_off):
                self._prefix.read(self._context[at : at + CHUNK])
            self.passes += 1
            yield at + CHUNK - kept, total

    def read(self, paths: Sequence[Path]) -> NDArray[np.float64]:
        """One forward pass. The first needs an empty path, since it reads the end of the context too."""
        stem: list[int] = []
        if self._prefix.ids != self._context or not all(paths):
            stem = self._context[self._prefix.reuse(self._context) :]
        self.passes += 1
        with without_heads(self._model, self._heads_off):
            logits = self._prefix.fan(stem, paths)
        refuse_overflow(logits)
        if () in paths:
            self.end = logits[paths.index(())]
        return logits.double().softmax(-1).numpy()
