"""Decoding by the compiled step where there is one: what a model needs for it, and when it takes over.

Knows one model with its adapters as they are now; made anew when they change.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine import device
from engine.device import Choice
from engine.model.cache import KVCache
from engine.model.step.packed import Packed, pack, round_to_int8
from engine.model.transformer import Transformer
from engine.run.kernels import Kernels

if TYPE_CHECKING:
    from engine.model.step.compiled import CompiledStep

COPY_SHARE = 0.25
"""Of the free memory, that a second copy of the weights may take."""
MOST = 64
"""Tokens at a time; more of them torch reads as fast."""


@dataclass(slots=True)
class Quick:
    """A few tokens at a time through one model. Says None as long as torch has to do it."""

    model: Transformer
    packed: Packed
    threads: int
    kernels: Kernels
    _step: CompiledStep | None = field(default=None, init=False)

    def wake(self) -> None:
        """Take over, if the compiled step is there by now. Between replies, since the first time takes a second."""
        cache = str(self.model.dtype).removeprefix("torch.")
        if self._step is None and self.kernels.ready(cache):
            self.kernels.prepare()
            from engine.model.step.compiled import CompiledStep

            self._step = CompiledStep(self.model, self.packed, self.threads)

    @property
    def awake(self) -> bool:
        return self._step is not None

    def __call__(self, ids: Sequence[int], cache: KVCache, wanted: Sequence[int]) -> Tensor | None:
        """Float32 logits [wanted, vocab] on the CPU after these places of `ids`; the cache then holds all of them."""
        return None if self._step is None or len(ids) > MOST else self._step(ids, cache, wanted)

    def fan(
        self, stem: Sequence[int], tree: Sequence[int], parents: Sequence[int], cache: KVCache, wanted: Sequence[int]
    ) -> Tensor | None:
        """The same for a stem and the tree behind it, see `CompiledStep.fan`."""
        if self._step is None or len(stem) + len(tree) > MOST:
            return None
        return self._step.fan(stem, tree, parents, cache, wanted)


@contextmanager
def one_thread() -> Iterator[None]:
    """torch by itself: its threads look for more work for a while after they had some, on the cores of the step."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def packing(model: Transformer, choice: Choice) -> Generator[tuple[int, int], None, Packed | None]:
    """The weights for it, yielding (done, total); in int8 the model's own become those. None where it is not for."""
    if model.device.type != "cpu" or model.dtype not in (torch.float32, torch.bfloat16):
        return None
    exact = choice.precision != "int8"
    if exact and model.dtype is torch.float32 and 2 * model.config.parameters() > COPY_SHARE * device.memory()[1]:
        return None
    work = pack(model) if exact else round_to_int8(model)
    done = 0
    while True:
        try:
            next(work)
        except StopIteration as finished:
            return finished.value
        done += 1
        yield done, 0
