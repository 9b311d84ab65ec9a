"""Decoding by the compiled step where there is one: what a model needs for it, and when it takes over.

Knows one model with its adapters as they are now; made anew when they change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine import device
from engine.device import Choice
from engine.formats.checkpoint import Take
from engine.model.cache import KVCache
from engine.model.config import ModelConfig
from engine.model.step.packed import Packed, head_of
from engine.model.step.rounding import ROUNDED, take_rounded
from engine.model.step.unpacked import rest, rest_one
from engine.model.transformer import Transformer
from engine.run.kernels import Kernels

if TYPE_CHECKING:
    from engine.model.step.compiled import CompiledStep

COPY_SHARE = 0.25
"""Of the free memory, that a second copy of the weights may take."""
MOST = 64
"""Tokens at a time; more of them torch reads as fast."""
FEW_PARTS = 160
"""Tokens up to which a prompt is read in parts where torch's weights rest: they need not be made for it."""
PARTS = 512
"""Tokens up to which all of their logits are read in parts where torch's weights rest; for more they are made, and
stay."""


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
            from engine.model.step.whole import unpacked_quickly

            self._step = CompiledStep(self.model, self.packed, self.threads)
            rest(self.model, self.packed, unpacked_quickly)

    @property
    def awake(self) -> bool:
        return self._step is not None

    def __call__(self, ids: Sequence[int], cache: KVCache, wanted: Sequence[int]) -> Tensor | None:
        """Float32 logits [wanted, vocab] on the CPU after these places of `ids`; the cache then holds all of them.

        Where torch would have to make its weights first, more tokens are read too, in parts.
        """
        if self._step is None:
            return None
        if len(ids) <= MOST:
            return self._step(ids, cache, wanted)
        if len(ids) <= (FEW_PARTS if len(wanted) == 1 else PARTS) and self.model.resting:
            return self._in_parts(self._step, ids, cache, wanted)
        return None

    def _in_parts(self, step: CompiledStep, ids: Sequence[int], cache: KVCache, wanted: Sequence[int]) -> Tensor:
        places = sorted({place % len(ids) for place in wanted})
        found: dict[int, Tensor] = {}
        for at in range(0, len(ids), MOST):
            inside = [place for place in places if at <= place < at + MOST]
            rows = step(ids[at : at + MOST], cache, [place - at for place in inside])
            found |= zip(inside, rows, strict=True)
        return torch.stack([found[place % len(ids)] for place in wanted])

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


def packing(config: ModelConfig, choice: Choice) -> Packed | None:
    """Where the weights for it go as they are loaded; None where it is not for such a model, or memory is short."""
    if choice.device != "cpu" or choice.stored not in ("float32", "bfloat16"):
        return None
    copies = choice.precision not in ROUNDED and choice.stored == "float32"
    if copies and 2 * config.parameters() > COPY_SHARE * device.memory()[1]:
        return None
    return Packed({})


def packer(packed: Packed, choice: Choice, *, resting: bool, known: Packed) -> Take:
    """What `load_model` gives each weight to. In int8 and int4 the model's own become those that they are rounded to.

    With `resting` those that take less packed are not put into the model, which makes them when it needs them; then
    those that are `known` need not be looked at.
    """

    def take(model: Transformer, name: str, weight: Tensor) -> Iterator[Tensor | None]:
        if name != head_of(model) and not (name.startswith("layers.") and weight.ndim == 2):
            return
        if resting and name in known.matrices:
            packed.matrices[name] = known.matrices[name]
            if name in known.rounding:
                packed.rounding[name] = known.rounding[name]
            rest_one(model, packed, name)
            yield None
            return
        near, kind = weight, ROUNDED.get(choice.precision)
        taking = packed.take(name, weight) if kind is None else take_rounded(packed, name, weight, kind)
        for found in taking:
            near = weight if found is None else found
            yield near
        matrix = packed.matrices[name]
        if matrix.rows.data_ptr() == weight.data_ptr():  # model and step share it, but not with a mapped file
            near = weight.clone()
            packed.matrices[name] = replace(matrix, rows=near)
            yield near
        if resting and choice.stored == "float32" and rest_one(model, packed, name):
            yield None

    return take
