"""Short texts packed into rows, so that almost no token of a batch is padding, and only wanted positions get logits.

Knows ids and which of them are to be learned; not where they came from nor what is done with the losses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.model.layout import Layout

WIDTH = 256
"""Tokens in a row: attention inside a row costs its square, and a longer text makes its row longer."""


@dataclass(frozen=True, slots=True)
class Example:
    """One text. Tokens from `start` on are to be predicted; `key` tells the examples of a run apart."""

    ids: tuple[int, ...]
    start: int
    key: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.start < len(self.ids):
            raise ValueError(f"nothing to predict: {len(self.ids)} tokens from {self.start} on")

    @property
    def targets(self) -> tuple[int, ...]:
        return self.ids[self.start :]


@dataclass(frozen=True, slots=True)
class Packed:
    """Several examples as one call of the model. N is how many tokens are to be predicted, all examples together.

    The targets of an example follow each other, and the examples stand in the order in which they were given.
    """

    ids: Tensor
    """int64 [B, T]"""
    layout: Layout
    places: Tensor
    """int64 [N]: where in the flattened [B · T] the token before each target stands."""
    targets: Tensor
    """int64 [N]"""
    owner: Tensor
    """int64 [N]: which example a target belongs to."""

    @property
    def tokens(self) -> int:
        return self.ids.numel()


def pack(examples: Sequence[Example], width: int = WIDTH) -> Packed:
    """Longest first into the row with most room (worst fit keeps rows equally full)."""
    longest = max(len(e.ids) for e in examples)
    width = max(width, longest)
    rows: list[list[int]] = []
    room: list[int] = []
    for number in sorted(range(len(examples)), key=lambda n: -len(examples[n].ids)):
        need = len(examples[number].ids)
        best = max(range(len(rows)), key=room.__getitem__, default=-1)
        if best < 0 or room[best] < need:
            rows.append([])
            room.append(width)
            best = len(rows) - 1
        rows[best].append(number)
        room[best] -= need
    layout = Layout.packed([[len(examples[n].ids) for n in row] for row in rows])
    return _filled(examples, rows, layout)


def _filled(examples: Sequence[Example], rows: list[list[int]], layout: Layout) -> Packed:
    ids = torch.zeros(layout.positions.shape, dtype=torch.long)
    begins = [0] * len(examples)
    for row, numbers in enumerate(rows):
        at = 0
        for number in numbers:
            one = examples[number].ids
            ids[row, at : at + len(one)] = torch.tensor(one)
            begins[number] = row * ids.shape[1] + at
            at += len(one)
    places = [begin + t for begin, e in zip(begins, examples, strict=True) for t in range(e.start - 1, len(e.ids) - 1)]
    targets = [t for e in examples for t in e.targets]
    owner = [n for n, e in enumerate(examples) for _ in e.targets]
    return Packed(ids, layout, torch.tensor(places), torch.tensor(targets), torch.tensor(owner))


def batches(examples: Iterable[Example], tokens: int) -> list[list[Example]]:
    """In their order, as many in each as take at most this many tokens; at least one."""
    found: list[list[Example]] = []
    taken = 0
    for example in examples:
        if not found or taken + len(example.ids) > tokens:
            found.append([])
            taken = 0
        found[-1].append(example)
        taken += len(example.ids)
    return found
