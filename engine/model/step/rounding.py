"""Weights in fewer bits than hold them exactly, for whoever chose that. Knows matrices, not who multiplies with them.

What is as small already stays as it is. The output matrix, in which a step off its place moves every word, takes
eight bits where the layers take four (docs/decisions/020-four-bits.md).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import torch
from torch import Tensor

from engine.model.step.packed import BLOCK, Kind, Matrix, Packed, all_of, blocks_of, in_halves, multiplied, steps_of
from engine.model.step.unpacked import unpacked
from engine.model.transformer import Transformer

ROUNDED = {"int8": Kind.INT8, "int4": Kind.BLOCKS_INT4}
"""By the name of the precision: the kind of what would need more bits."""
FITTINGS = 4
"""Of the scale and the lowest number of a block, each to the steps of the one before."""
NEAR = 0.04
"""Mean squared distance to the nearest step, in steps, below which this is no chance (1/12): the weight lay on such
steps once and was taught since, a model merged with its adapter. Rounding would take all of that away."""
BFLOAT16 = 2.0**-8
"""What rounding to bfloat16 changes at most, as a share of a number: so much beside its steps is no teaching."""


def round_weights(model: Transformer, kind: Kind) -> Generator[None, None, Packed]:
    """As `pack`, but what is wider than this kind becomes what it holds of it, in the model too."""
    packed = Packed({})
    for name, weight in multiplied(model).items():
        for near in take_rounded(packed, name, weight, kind):
            if near is not None:
                model.put(name, near)
            yield
    return packed


def take_rounded(packed: Packed, name: str, weight: Tensor, kind: Kind) -> Iterator[Tensor | None]:
    """As `Packed.take`. Yields None after each part of the work, and at the end what it became where it was rounded."""
    yield from packed.take(name, weight)
    found = packed.matrices[name].kind
    if found is Kind.BLOCKS_INT4:
        return
    matrix = None
    if kind is Kind.BLOCKS_INT4 and name.startswith("layers."):
        matrix = yield from fitted(weight)
    if matrix is None:
        if found is Kind.BLOCKS_INT8:
            return
        matrix = quantized(weight)
    packed.matrices[name] = matrix
    near = unpacked(matrix).to(weight.dtype)
    packed.rounding[name] = float(torch.linalg.vector_norm(near - weight, dtype=torch.float32))
    yield near


def quantized(weight: Tensor) -> Matrix:
    """Symmetric, one scale a row: w ≈ scale · q with q from -127 to 127. A row of zeros has the scale 0."""
    exact = weight.float()
    scale = exact.abs().amax(1) / 127
    steps = exact / torch.where(scale == 0, 1.0, scale)[:, None]
    return Matrix(Kind.INT8, steps.round().to(torch.int8), weight.shape[1], scale)


# ---- four bits -------------------------------------------------------------------------
def fitted(weight: Tensor) -> Generator[None, None, Matrix | None]:
    """w ≈ scale · q + lowest with q from 0 to 15, in blocks of 32 that are fitted by least squares.

    None where rows or columns do not come out even, a number is beyond float16, or more than chance lies near the
    steps (`NEAR`). Yields after each part of the work.
    """
    rows = yield from all_of(weight, _fitted)
    return None if rows is None else Matrix(Kind.BLOCKS_INT4, rows, weight.shape[1])


def _fitted(weight: Tensor) -> Tensor | None:
    blocks = blocks_of(weight.float())
    if blocks is None or not bool(blocks.abs().amax() < torch.finfo(torch.float16).max):
        return None
    errors, steps, scale, lowest = _fit(blocks)
    off, apart = float(errors.sum()), float(scale.float().square().sum())
    spoiled = BFLOAT16**2 * float(blocks.square().sum()) if weight.dtype is torch.bfloat16 else 0.0
    if spoiled < off < NEAR * BLOCK * apart:
        return None
    return in_halves(steps, scale, lowest)


def _fit(blocks: Tensor) -> tuple[Tensor, ...]:
    """Squared errors [rows, blocks, 1], steps [rows, blocks, 32], scales and lowest numbers [rows, blocks, 1] in
    float16: of those tried the nearest.

    From the ends of a block on: to given steps the best scale and lowest number are a line through 32 points, and to
    these the best steps are the nearest ones.
    """
    low, high = blocks.aminmax(dim=-1, keepdim=True)
    tried = best = _placed(blocks, (high - low) / 15, low)
    for _ in range(FITTINGS):
        tried = _placed(blocks, *_line(blocks, tried[1]))
        nearer = tried[0] < best[0]
        best = tuple(torch.where(nearer, new, old) for new, old in zip(tried, best, strict=True))
    return best


def _placed(blocks: Tensor, scale: Tensor, lowest: Tensor) -> tuple[Tensor, ...]:
    """Squared errors of the blocks, the nearest steps, and both numbers in float16."""
    scale, lowest = scale.half(), lowest.half()
    steps = steps_of(blocks - lowest.float(), scale).clamp_(0, 15)
    off = (steps * scale.float() + lowest.float()).sub_(blocks)
    return off.square_().sum(-1, keepdim=True), steps, scale, lowest


def _line(blocks: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
    """Scale and lowest number with the least squared error to these steps."""
    middle, mean = steps.mean(-1, keepdim=True), blocks.mean(-1, keepdim=True)
    away = steps - middle
    scale = (away * blocks).sum(-1, keepdim=True) / away.square().sum(-1, keepdim=True).clamp_(min=1e-9)
    return scale, mean - scale * middle
