"""Several texts of different lengths read in one call: where each token stands, and what it may look at.

Knows positions and masks, not what the tokens mean.
Shapes: B rows, T new tokens, S tokens seen so far in a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions of the new tokens, int64 [B, T], and of all that are seen, [B, S]; and which sees which, [B, T, S]."""

    positions: Tensor
    seen: Tensor
    allowed: Tensor

    @classmethod
    def packed(cls, rows: Sequence[Sequence[Sequence[int]]]) -> Layout:
        """Of every text in a row, the places of its tokens, first to last; texts may share their first places.

        A token sees those before it in its own text. Places that no text has see only themselves.
        """
        width = 1 + max(path[-1] for row in rows for path in row)
        positions = torch.zeros(len(rows), width, dtype=torch.long)
        allowed = torch.eye(width, dtype=torch.bool).repeat(len(rows), 1, 1)
        for row, paths in enumerate(rows):
            for path in map(torch.tensor, paths):
                positions[row, path] = torch.arange(len(path))
                allowed[row, path[:, None], path] = torch.ones(len(path), len(path), dtype=torch.bool).tril()
        return cls(positions, positions, allowed)

    @classmethod
    def left_padded(cls, lengths: Sequence[int], past: int, new: int) -> Layout:
        """Rows that end together: row r has `lengths[r]` real tokens among past + new, its padding before them."""
        total = past + new
        seen = torch.arange(total).repeat(len(lengths), 1) - (total - torch.tensor(lengths))[:, None]
        positions = seen[:, past:]
        allowed = seen[:, None, :] <= positions[:, :, None]
        allowed = allowed & ((seen >= 0)[:, None, :] | (seen[:, None, :] == positions[:, :, None]))
        return cls(positions.clamp(min=0), seen, allowed)

    def mask(self, window: int | None) -> Tensor:
        """bool [B, 1, T, S], for all heads."""
        allowed = self.allowed
        if window is not None:
            allowed = allowed & (self.seen[:, None, :] > self.positions[:, :, None] - window)
        return allowed[:, None]
