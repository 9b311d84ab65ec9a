"""What the model has read last, so that the common beginning of two texts is read once: turns, branches, retries.

Knows ids, not messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from engine.model.cache import KVCache
from engine.model.layout import Layout
from engine.model.linear import passing
from engine.model.lora import Adapter, only
from engine.model.transformer import Transformer
from engine.run.quick import Quick

CHUNK = 256
"""Tokens read in one step: the longest that a click on Stop waits."""


class Prefix:
    """The KV cache of one model and the ids that it holds. The ids and the cache are always equally long."""

    def __init__(
        self, model: Transformer, quick: Quick | None = None, adapters: Sequence[Adapter] | None = None
    ) -> None:
        """`quick` reads a few tokens at a time, once it can. With `adapters` these and no others are on meanwhile."""
        self._model, self._quick, self._adapters = model, quick, adapters
        self._cache: KVCache = model.new_cache()
        self.ids: list[int] = []

    @property
    def compiled(self) -> bool:
        """Whether a few tokens are read by the compiled step."""
        return self._quick is not None and self._quick.awake

    def _worn(self) -> AbstractContextManager[None]:
        """Goes through all modules, so not around what the compiled step reads: that knows its adapters."""
        return nullcontext() if self._adapters is None else only(self._model, *self._adapters)

    def _wake(self) -> None:
        if self._quick is not None and not self._quick.awake:
            with self._worn():
                self._quick.wake()

    def warm(self) -> None:
        """Bring the compiled step into memory, where it is there: half a second, before anybody waits for it."""
        self._wake()
        if self.compiled and not self.ids:
            self.read([0])
            self.cut(0)

    def reuse(self, ids: Sequence[int]) -> int:
        """Keep what `ids` begin with and forget the rest; returns how many ids need not be read again.

        The last id is always read again, since its logits are what one wants.
        """
        self._wake()
        most = min(len(self.ids), len(ids) - 1)
        kept = next((n for n in range(most) if self.ids[n] != ids[n]), max(most, 0))
        self.cut(kept)
        return kept

    def cut(self, length: int) -> None:
        """Forget what stands behind so many ids."""
        self._cache.trim(length)
        del self.ids[length:]

    def read(self, ids: Sequence[int], *, every: bool = False) -> Tensor:
        """Read on. Float32 logits on the CPU: [vocab] after the last id, or with `every` [len(ids), vocab]."""
        wanted = range(len(ids)) if every else (-1,)
        quick = None if self._quick is None else self._quick(ids, self._cache, wanted)
        if quick is not None:
            self.ids.extend(ids)
            return quick if every else quick[0]
        if not every and self.compiled and self._model.resting:
            self._pass(ids[:-1])
            return self.read(ids[-1:])
        with torch.inference_mode(), self._worn():
            batch = torch.tensor([ids], dtype=torch.long, device=self._model.device)
            logits = self._model(batch, self._cache, last_only=not every)
            self.ids.extend(ids)
            return logits[0].cpu() if every else logits[0, -1].cpu()

    def _pass(self, ids: Sequence[int]) -> None:
        """Read on by torch with weights that go on resting, each made for one product while it is in the cache of the
        processor. Without logits, for which the largest would have to be made."""
        with torch.inference_mode(), self._worn(), passing():
            self._model.read(torch.tensor([ids], dtype=torch.long), self._cache)
        self.ids.extend(ids)

    def fan(self, stem: Sequence[int], paths: Sequence[Sequence[int]]) -> Tensor:
        """Read on with `stem`, and behind it side by side, in one pass and without keeping them, `paths`.

        Float32 logits on the CPU after each path, [len(paths), vocab]. An empty path is the end of the stem.
        """
        if not any(paths):
            return self.read(stem).expand(len(paths), -1)
        places, parents = _tree(paths)
        tree, at = [path[-1] for path in places], [len(stem) + places.get(tuple(path), -1) for path in paths]
        quick = None if self._quick is None else self._quick.fan(stem, tree, parents, self._cache, at)
        if quick is not None:
            self._keep(stem)
            return quick
        layout = _fanned(self._cache.length, len(stem), parents)
        with torch.inference_mode(), self._worn():
            batch = torch.tensor([[*stem, *tree]], dtype=torch.long, device=self._model.device)
            normed = self._model.read(batch, self._cache, layout=layout)
            self._keep(stem)
            return self._model.logits(normed[0, at]).cpu()

    def _keep(self, stem: Sequence[int]) -> None:
        """Of what was read just now only the stem."""
        self.ids.extend(stem)
        self._cache.trim(len(self.ids))


def _tree(paths: Sequence[Sequence[int]]) -> tuple[dict[tuple[int, ...], int], list[int]]:
    """Each beginning of a path -> its place, beginnings before what goes on from them; and the place before each."""
    places: dict[tuple[int, ...], int] = {}
    parents: list[int] = []
    for path in paths:
        for end in range(1, len(path) + 1):
            part = tuple(path[:end])
            if part not in places:
                places[part] = len(parents)
                parents.append(places.get(part[:-1], -1))
    return places, parents


def _fanned(past: int, stem: int, parents: Sequence[int]) -> Layout:
    """`stem` tokens in a row, then a tree: a token sees what was read, the stem, and those before it on its path."""
    new = stem + len(parents)
    allowed = torch.zeros(new, past + new, dtype=torch.bool)
    allowed[:, : past + stem] = torch.ones(new, past + stem, dtype=torch.bool).tril(past)
    seen = torch.arange(past + new)
    for place, parent in enumerate(parents):
        row, before = stem + place, past + stem + parent
        if parent >= 0:
            allowed[row] = allowed[stem + parent]
        allowed[row, past + row] = True
        seen[past + row] = seen[before] + 1
    return Layout(seen[None, past:], seen[None], allowed[None])
