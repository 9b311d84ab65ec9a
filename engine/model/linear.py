"""Linear layers that stay fast in bfloat16 where the processor has no bfloat16 arithmetic.

Such processors (AVX2 without AVX-512) take 830 ms for 256 rows of 2048 × 5632, and 174 ms when the weights are made
float32 on the way; for one row bfloat16 is as fast as float32 or faster, since it reads half as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.model import halved

MANY_ROWS = 32
"""From so many rows on the multiplication costs more than making the weights float32."""
SLICE = 1 << 24
"""Weights that are float32 at a time, so that a head of 262,144 words takes 64 MiB and not 700."""


@dataclass(frozen=True, slots=True, eq=False)
class Delta:
    """What a low-rank adapter adds to one layer: scale · up(down x). `down` is [rank, in], `up` [out, rank]."""

    down: nn.Parameter
    up: nn.Parameter
    scale: float

    def __call__(self, x: Tensor) -> Tensor:
        """[…, in] -> […, out] in the dtype of x."""
        small = F.linear(x, self.down.to(x.dtype))
        return F.linear(small * self.scale, self.up.to(x.dtype))


_passing = False


@contextmanager
def passing() -> Iterator[None]:
    """Within the block a weight that rests is made for one product and not kept. For one thread, as the switch is
    everybody's."""
    global _passing
    before, _passing = _passing, True
    try:
        yield
    finally:
        _passing = before


class Resting(nn.Module):
    """A module whose `weight` can be freed, and is made again as soon as anything asks for it."""

    _make: Callable[[], Tensor] | None = None
    _pick: Callable[[Tensor], Tensor] | None = None

    @property
    def resting(self) -> bool:
        return self._make is not None

    def rest(self, make: Callable[[], Tensor], pick: Callable[[Tensor], Tensor] | None = None) -> None:
        """`make` gives the same weight again, and `pick` rows of it by their numbers."""
        self._make, self._pick = make, pick
        self._parameters["weight"] = None

    def __getattr__(self, name: str) -> Any:
        """torch keeps parameters where only this finds them."""
        found = super().__getattr__(name)
        if found is None and name == "weight" and self._make is not None:
            if _passing:
                return self._make()
            with torch.inference_mode(False):  # what is made in it can never be trained through
                found = self._parameters[name] = nn.Parameter(self._make(), requires_grad=False)
            self._make = None
        return found


class Embedding(Resting, nn.Embedding):
    """`nn.Embedding` that can rest."""

    def forward(self, input: Tensor) -> Tensor:
        if _passing and self.resting and self._pick is not None:
            return self._pick(input)
        return super().forward(input)


class Linear(Resting, nn.Linear):
    """`nn.Linear`, computed by `linear`, and without first values: weights are loaded, or made by whoever trains.

    `deltas` are what adapters add (`engine.model.lora`).
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        self.deltas: list[Delta] = []

    def reset_parameters(self) -> None:
        """Nothing: torch's first values for an empty weight import 800 modules and take 2 s."""

    def forward(self, input: Tensor) -> Tensor:
        out = linear(input, self.weight, self.bias)
        for delta in self.deltas:
            out = out + delta(input)
        return out


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """[…, in] on [out, in] -> […, out], in the dtype of x."""
    if halved.applies(x, weight):
        out = halved.product(x, weight)
        return out if bias is None else out + bias
    if _is_quick(x):
        return F.linear(x, weight, bias)
    precise = x.float()
    parts = [F.linear(precise, part.float()).to(x.dtype) for part in weight.split(_slice(weight))]
    out = parts[0] if len(parts) == 1 else torch.cat(parts, -1)
    return out if bias is None else out + bias


def back(x: Tensor, weight: Tensor) -> Tensor:
    """[N, out] on [out, in] -> [N, in], in the dtype of x: a gradient on its way from what `linear` gave."""
    if halved.applies(x, weight):
        return halved.back(x, weight)
    if _is_quick(x):
        return x @ weight
    size = _slice(weight)
    parts = zip(x.split(size, 1), weight.split(size), strict=True)
    return torch.stack([some.float() @ part.float() for some, part in parts]).sum(0).to(x.dtype)


def _is_quick(x: Tensor) -> bool:
    return x.dtype is not torch.bfloat16 or x.numel() < MANY_ROWS * x.shape[-1] or _multiplies_bfloat16(x.device.type)


def _slice(weight: Tensor) -> int:
    """Rows of it that are float32 at a time."""
    return max(1, SLICE // weight.shape[1])


@cache
def _multiplies_bfloat16(device: str) -> bool:
    """Whether the device has instructions for it, as torch's own CPU library asks."""
    return device != "cpu" or not torch.backends.mkldnn.is_available() or torch.ops.mkldnn._is_mkldnn_bf16_supported()
