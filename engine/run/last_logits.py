"""The logits after the text that was read last, kept so that what only looks at them takes no forward pass.

Knows the model's prefix, but does not keep it alive. Heads that are off are never kept.
"""

from __future__ import annotations

import weakref
from collections.abc import Generator, Sequence

from torch import Tensor

from engine.model.ablation import without_heads
from engine.run.generate import refuse_overflow
from engine.run.loaded import Loaded
from engine.run.prefix import CHUNK, Prefix


class LastLogits:
    """Of one text, under one model with its adapters: those who change these make a new prefix."""

    def __init__(self) -> None:
        self._prefix: weakref.ref[Prefix] | None = None
        self._ids: list[int] = []
        self._logits: Tensor | None = None

    def known(self, prefix: Prefix, ids: Sequence[int]) -> Tensor | None:
        """Float32 [vocab], or None where another text was read last."""
        same = self._prefix is not None and self._prefix() is prefix and self._ids == list(ids)
        return self._logits if same else None

    def keep(self, prefix: Prefix, ids: Sequence[int], logits: Tensor) -> None:
        self._prefix, self._ids, self._logits = weakref.ref(prefix), list(ids), logits

    def read(
        self, loaded: Loaded, ids: Sequence[int], heads_off: Sequence[tuple[int, int]] = ()
    ) -> Generator[tuple[int, int], None, tuple[Tensor, int]]:
        """Logits after these ids and the passes that it took. Yields (done, total) in tokens, one pass a step."""
        prefix = Prefix(loaded.model) if heads_off else loaded.prefix
        found = self.known(prefix, ids)
        if found is not None:
            return found, 0
        at, passes, logits = prefix.reuse(ids), 0, None
        total = len(ids) - at
        while logits is None or at < len(ids):
            chunk = ids[at : at + CHUNK]
            with without_heads(loaded.model, heads_off):
                logits = prefix.read(chunk)
            at += len(chunk)
            passes += 1
            yield total - (len(ids) - at), total
            if prefix.ids != list(ids[:at]):  # another job read something else meanwhile
                at = prefix.reuse(ids)
        refuse_overflow(logits)
        if not heads_off:
            self.keep(prefix, ids, logits)
        return logits, passes
