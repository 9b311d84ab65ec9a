"""The weights that a compiled step reads, each matrix in the fewest bytes that hold it exactly.

Knows matrices, not who multiplies with them, nor how one is rounded. What came out of a file of four or eight bits a
weight is recognized by its numbers, wherever it has been since: they lie on the few steps of their block.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

import torch
from torch import Tensor

from engine.model.transformer import Transformer


class Kind(IntEnum):
    """How the columns of a row lie; in the last two, blocks of 32 share a scale, or a scale and a lowest number."""

    FLOAT32 = 0
    BFLOAT16 = 1
    INT8 = 2
    """With a float32 scale for the row, kept apart."""
    BLOCKS_INT8 = 3
    """As in Q8_0 of GGUF, but in fours: the first block of four rows, their second ones, and so on; then their scales
    in float16, in the same order."""
    BLOCKS_INT4 = 4
    """As in Q4_0 and Q4_1 of GGUF: 16 bytes a block, its first 16 numbers in the low halves. In fours as above, and
    behind the scales the lowest numbers, in float16 too."""


BLOCK, TOGETHER = 32, 4
LAYOUT = 1
"""Of packed weights in a file: another number wherever `Kind` lies otherwise, or other weights become packed."""
AT_ONCE = 1 << 19
"""Weights that are looked at in one step, some 5 ms: each number needs some 40 bytes meanwhile."""
PROBE = 1 << 14
"""Weights that are tried first: what does not fit fails there."""
HALVES = torch.backends.cpu.get_cpu_capability() != "DEFAULT" or platform.machine() in ("arm64", "aarch64")
"""Whether the processor reads float16; those that do not are older than AVX2."""
Packing = Callable[[Tensor], "Tensor | None"]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A linear weight of `columns` columns: `rows` [out, numbers], or of blocks [out / 4, bytes].

    `scale` [out] is only for INT8.
    """

    kind: Kind
    rows: Tensor
    columns: int
    scale: Tensor | None = None

    @property
    def nbytes(self) -> int:
        return self.rows.nbytes + (0 if self.scale is None else self.scale.nbytes)


@dataclass(frozen=True, slots=True)
class Packed:
    """By the names of `ModelConfig.shapes`: every product of the layers, and the head, which may be the embedding."""

    matrices: dict[str, Matrix]
    rounding: dict[str, float] = field(default_factory=dict)
    """Frobenius norm of what rounding took from a matrix or added to it; those that are exact are not in it."""

    def take(self, name: str, weight: Tensor) -> Iterator[None]:
        """Hold it exactly. Yields after each part of the work."""
        self.matrices[name] = yield from _exact(weight)

    @property
    def nbytes(self) -> int:
        """What a token reads."""
        return sum(matrix.nbytes for matrix in self.matrices.values())

    @property
    def kinds(self) -> set[Kind]:
        return {matrix.kind for matrix in self.matrices.values()}


def head_of(model: Transformer) -> str:
    return "embed.weight" if model.head is None else "head.weight"


def multiplied(model: Transformer) -> dict[str, Tensor]:
    """All weights that a token is multiplied with, by name."""
    found = {n: p.detach() for n, p in model.named_parameters() if p.ndim == 2 and n.startswith("layers.")}
    return found | {head_of(model): model.get_parameter(head_of(model)).detach()}


def pack(model: Transformer) -> Generator[None, None, Packed]:
    """As exact as the model itself; yields after each part of the work."""
    packed = Packed({})
    for name, weight in multiplied(model).items():
        for _ in packed.take(name, weight):
            yield
    return packed


# ---- what holds a weight exactly ---------------------------------------------------
def _exact(weight: Tensor) -> Generator[None, None, Matrix]:
    """The smallest matrix that holds it; yields after each part of the work."""
    if weight.dtype is torch.bfloat16:
        return Matrix(Kind.BFLOAT16, weight, weight.shape[1])
    for kind, packing in _PACKINGS:
        if packing(weight[: rows_of(PROBE, weight)]) is not None:
            rows = yield from all_of(weight, packing)
            if rows is not None:
                return Matrix(kind, rows, weight.shape[1])
    return Matrix(Kind.FLOAT32, weight.float(), weight.shape[1])


def all_of(weight: Tensor, packing: Packing) -> Generator[None, None, Tensor | None]:
    """Into one piece of memory from the first part on: parts that were kept lay between what was made on the way to
    them, so that it could not be used again, four times as much as the parts themselves."""
    rows, at = None, 0
    for part in weight.split(rows_of(AT_ONCE, weight)):
        found = packing(part)
        if found is None:
            return None
        if rows is None:
            rows = found.new_empty(len(weight) * len(found) // len(part), *found.shape[1:])
        rows[at : at + len(found)] = found
        at += len(found)
        del found
        yield
    return rows


def rows_of(numbers: int, weight: Tensor) -> int:
    """Some fours of rows with about so many numbers."""
    return max(1, numbers // weight.shape[1] // TOGETHER) * TOGETHER


def _bfloat16(weight: Tensor) -> Tensor | None:
    narrow = weight.bfloat16()
    return narrow if torch.equal(narrow.float(), weight) else None


def _with_lowest(weight: Tensor) -> Tensor | None:
    """Q4_1: w = scale · q + lowest, with q from 0 to 15, both of them used."""
    blocks = blocks_of(weight)
    if blocks is None:
        return None
    low, high = blocks.aminmax(dim=-1, keepdim=True)
    return _four_bits(blocks, (high - low) / 15, low)


def _around_zero(weight: Tensor) -> Tensor | None:
    """Q4_0: w = scale · (q - 8), where the number that is farthest from 0 has q = 0."""
    blocks = blocks_of(weight)
    if blocks is None:
        return None
    farthest = blocks.gather(-1, blocks.abs().argmax(-1, keepdim=True))
    return _four_bits(blocks, farthest / -8, farthest)


def _four_bits(blocks: Tensor, scale: Tensor, lowest: Tensor) -> Tensor | None:
    scale, lowest = scale.half(), lowest.half()
    steps = steps_of(blocks - lowest.float(), scale).clamp_(0, 15)
    if not torch.equal(steps * scale.float() + lowest.float(), blocks):
        return None
    return in_halves(steps, scale, lowest)


def _eight_bits(weight: Tensor) -> Tensor | None:
    """Q8_0: w = scale · q, where the number that is farthest from 0 has q = 127 or -127."""
    blocks = blocks_of(weight)
    if blocks is None:
        return None
    scale = (blocks.abs().amax(-1, keepdim=True) / 127).half()
    steps = steps_of(blocks, scale).clamp_(-127, 127)
    return _beside(steps.to(torch.int8), scale) if torch.equal(steps * scale.float(), blocks) else None


def blocks_of(weight: Tensor) -> Tensor | None:
    """[rows, blocks, 32]; None where they do not come out even, or the processor reads no float16."""
    if weight.shape[0] % TOGETHER or weight.shape[1] % BLOCK or not HALVES:
        return None
    return weight.unflatten(1, (-1, BLOCK))


def steps_of(numbers: Tensor, scale: Tensor) -> Tensor:
    return (numbers / torch.where(scale == 0, 1.0, scale.float())).round_()


def in_halves(steps: Tensor, scale: Tensor, lowest: Tensor) -> Tensor:
    """The rows of a BLOCKS_INT4: steps from 0 to 15 [rows, blocks, 32], the others float16 [rows, blocks, 1]."""
    small = steps.to(torch.uint8)
    return _beside(small[..., : BLOCK // 2] | small[..., BLOCK // 2 :] << 4, scale, lowest)


def _beside(*parts: Tensor) -> Tensor:
    """[rows, blocks, n] each, in fours (see `Kind`), one part behind another: bytes [rows / 4, all]."""
    fours = (part.unflatten(0, (-1, TOGETHER)).transpose(1, 2).contiguous() for part in parts)
    return torch.cat([four.view(torch.uint8).flatten(1) for four in fours], 1)


_PACKINGS = (
    (Kind.BLOCKS_INT4, _with_lowest), (Kind.BLOCKS_INT4, _around_zero), (Kind.BLOCKS_INT8, _eight_bits),
    (Kind.BFLOAT16, _bfloat16),
)  # fmt: skip
"""The smallest first."""
