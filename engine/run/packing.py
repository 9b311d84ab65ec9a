"""Short texts packed into rows, so that almost no token of a batch is padding, and only wanted positions get logits.

Texts in a row that begin alike have that beginning once: instructions and notes are a third of a short conversation.
Knows ids and which of them are to be learned; not where they came from nor what is done with the losses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.model.layout import Layout

WIDTH = 512
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
    spots: tuple[Tensor, ...]
    """For each example int64 [its length]: where in [B · T] its tokens stand."""

    @property
    def tokens(self) -> int:
        return self.ids.numel()


def alike(some: Sequence[int], others: Sequence[int]) -> int:
    """How many tokens both begin with."""
    most = min(len(some), len(others))
    return next((t for t in range(most) if some[t] != others[t]), most)


def taken(examples: Iterable[Example]) -> int:
    """Tokens of a row that holds these: the nodes of their trie."""
    count, last = 0, ()
    for ids in sorted(e.ids for e in examples):
        count, last = count + len(ids) - alike(last, ids), ids
    return count


def pack(examples: Sequence[Example], width: int = WIDTH) -> Packed:
    """In sorted order, so that neighbours begin alike; a row is filled before the next is begun."""
    rows: list[list[int]] = []
    for number in sorted(range(len(examples)), key=lambda n: examples[n].ids):
        if not rows or taken(examples[n] for n in (*rows[-1], number)) > width:
            rows.append([])
        rows[-1].append(number)
    paths = [_paths([examples[n].ids for n in row]) for row in rows]
    layout = Layout.packed(paths)
    spots = [torch.empty(0, dtype=torch.long)] * len(examples)
    for row, (numbers, places) in enumerate(zip(rows, paths, strict=True)):
        for number, path in zip(numbers, places, strict=True):
            spots[number] = torch.tensor(path) + row * layout.positions.shape[1]
    return _filled(examples, spots, layout)


def _paths(several: Sequence[Sequence[int]]) -> list[list[int]]:
    """Where in a row the tokens of each text stand, of sorted texts: a common beginning stands there once."""
    paths: list[list[int]] = []
    last, end = (), 0
    for ids in several:
        same = alike(last, ids)
        new = len(ids) - same
        paths.append([*(paths[-1][:same] if paths else []), *range(end, end + new)])
        last, end = ids, end + new
    return paths


def _filled(examples: Sequence[Example], spots: Sequence[Tensor], layout: Layout) -> Packed:
    ids = torch.zeros(layout.positions.numel(), dtype=torch.long)
    for spot, example in zip(spots, examples, strict=True):
        ids[spot] = torch.tensor(example.ids)
    places = torch.cat([spot[e.start - 1 : -1] for spot, e in zip(spots, examples, strict=True)])
    targets = torch.tensor([t for e in examples for t in e.targets])
    owner = torch.tensor([n for n, e in enumerate(examples) for _ in e.targets])
    return Packed(ids.view(layout.positions.shape), layout, places, targets, owner, tuple(spots))


def batches(examples: Iterable[Example], tokens: int) -> list[list[Example]]:
    """In their order, as many in each as take at most this many tokens of a row; at least one."""
    found: list[list[Example]] = []
    for example in examples:
        if not found or taken((*found[-1], example)) > tokens:
            found.append([])
        found[-1].append(example)
    return found
