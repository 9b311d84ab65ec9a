"""What the model has read last, so that the common beginning of two texts is read once: turns, branches, retries.

Knows ids, not messages.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.model.cache import KVCache
from engine.model.transformer import Transformer


class Prefix:
    """The KV cache of one model and the ids that it holds. The ids and the cache are always equally long."""

    def __init__(self, model: Transformer) -> None:
        self._model = model
        self._cache: KVCache = model.new_cache()
        self.ids: list[int] = []

    def reuse(self, ids: Sequence[int]) -> int:
        """Keep what `ids` begin with and forget the rest; returns how many ids need not be read again.

        The last id is always read again, since its logits are what one wants.
        """
        most = min(len(self.ids), len(ids) - 1)
        kept = next((n for n in range(most) if self.ids[n] != ids[n]), max(most, 0))
        self._cache.trim(kept)
        del self.ids[kept:]
        return kept

    def read(self, ids: Sequence[int], *, every: bool = False) -> Tensor:
        """Read on. Float32 logits on the CPU: [vocab] after the last id, or with `every` [len(ids), vocab]."""
        with torch.inference_mode():
            batch = torch.tensor([ids], dtype=torch.long, device=self._model.device)
            logits = self._model(batch, self._cache, last_only=not every)
            self.ids.extend(ids)
            return logits[0].cpu() if every else logits[0, -1].cpu()
