"""The weights that a compiled step reads: int8 with a scale a row, bfloat16, or float32 where they are.

Knows matrices, not who multiplies with them. No weight is changed here; `rounded` says what int8 makes of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from engine.model.transformer import Transformer

Kind = Literal["int8", "bfloat16", "float32"]
AT_ONCE = 1 << 24
"""Weights that are looked at or rounded in one step, some 20 ms."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A linear weight [out, in]; `scale` [out] only for int8, whose rows are to be multiplied with it."""

    weight: Tensor
    scale: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Packed:
    """By the names of `ModelConfig.shapes`: every product of the layers, and the head, which may be the embedding."""

    kind: Kind
    matrices: dict[str, Matrix]

    @property
    def nbytes(self) -> int:
        """What a token reads."""
        return sum(m.weight.nbytes + (0 if m.scale is None else m.scale.nbytes) for m in self.matrices.values())


def head_of(model: Transformer) -> str:
    return "embed.weight" if model.head is None else "head.weight"


def multiplied(model: Transformer) -> dict[str, Tensor]:
    """All weights that a token is multiplied with, by name."""
    found = {n: p.detach() for n, p in model.named_parameters() if p.ndim == 2 and n.startswith("layers.")}
    return found | {head_of(model): model.get_parameter(head_of(model)).detach()}


def pack(model: Transformer) -> Iterator[Packed | None]:
    """As exact as the model itself: None after each part of the work, at last what was packed.

    A float32 weight that bfloat16 holds without loss, as most that are published, is kept as that beside it.
    """
    weights = multiplied(model)
    if model.dtype is torch.float32:
        for weight in weights.values():
            for part in weight.split(max(1, AT_ONCE // weight.shape[1])):
                if not torch.equal(part, part.bfloat16().float()):
                    yield Packed("float32", {name: Matrix(weight) for name, weight in weights.items()})
                    return
                yield None
    yield Packed("bfloat16", {name: Matrix(weight.bfloat16()) for name, weight in weights.items()})


def pack_as(model: Transformer, kind: Kind) -> Packed:
    """At once and rounded where it has to be; the model stays as it is."""
    weights = multiplied(model)
    if kind == "int8":
        return Packed(kind, {name: quantized(weight) for name, weight in weights.items()})
    return Packed(kind, {name: Matrix(weight.to(getattr(torch, kind))) for name, weight in weights.items()})


def round_to_int8(model: Transformer) -> Iterator[Packed | None]:
    """Every product's weight becomes what int8 holds of it, in the model too; yields as `pack` does."""
    matrices = {}
    for name, weight in multiplied(model).items():
        matrices[name] = quantized(weight)
        model.put(name, rounded(matrices[name]).to(weight.dtype))
        yield None
    yield Packed("int8", matrices)


def quantized(weight: Tensor) -> Matrix:
    """Symmetric, one scale a row: w ≈ scale · q with q from -127 to 127. A row of zeros has the scale 0."""
    exact = weight.float()
    scale = exact.abs().amax(1) / 127
    steps = exact / torch.where(scale == 0, 1.0, scale)[:, None]
    return Matrix(steps.round().to(torch.int8), scale)


def rounded(matrix: Matrix) -> Tensor:
    """The float32 weight that an int8 one stands for."""
    assert matrix.scale is not None
    return matrix.weight.float() * matrix.scale[:, None]
