"""A running average of weights: calmer than the last ones, so samples and chats use it. Knows no training.

Exponential moving average, with a shorter memory at first (as in Polyak averaging): nothing of the first weights stays.
"""

from __future__ import annotations

import torch

from engine.model.transformer import Transformer

LONGEST = 0.995
"""Share of the average that stays at a step; so some 200 steps are in it."""


class Average:
    """Holds a model of its own, never trained by gradients."""

    def __init__(self, model: Transformer) -> None:
        self._from = model
        self.model = copy_of(model)

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """Take in the weights after a step, which count from 1."""
        keep = min(LONGEST, (1 + step) / (10 + step))
        for mine, other in zip(self.model.parameters(), self._from.parameters(), strict=True):
            mine.lerp_(other, 1 - keep)


@torch.no_grad()
def copy_of(model: Transformer) -> Transformer:
    """The same model with weights of its own, which are not to be trained."""
    copied = Transformer.empty(model.config)
    for name, parameter in model.named_parameters():
        copied.put(name, parameter.detach().clone())
    return copied
