"""AdamW (arXiv 1711.05101) and the course of its learning rate, small enough to be saved and resumed bit for bit.

Written here because importing `torch.optim` takes 2.2 s and stops the window for up to 340 ms. Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn


class AdamW:
    """Decoupled weight decay; state as named tensors.

    With `keeps` gradients have one place for the whole of a run: made anew, among what a micro-batch needs for a
    moment, they break the heap into pieces that the next one does not fit into (decision 008). Without it they are
    given back, as is right where they are as large as all else.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        betas: tuple[float, float] = (0.9, 0.99),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        keeps: bool = True,
    ) -> None:
        self.parameters = list(parameters)
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay
        self.steps = 0
        self._mean = [torch.zeros_like(p) for p in self.parameters]
        self._square = [torch.zeros_like(p) for p in self.parameters]
        self._keeps = keeps
        if keeps:
            for parameter in self.parameters:
                parameter.grad = torch.zeros_like(parameter)

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """One update from the gradients that are there; they are then zero, or gone."""
        self.steps += 1
        first, second = self.betas
        size = learning_rate / (1 - first**self.steps)
        scale = (1 - second**self.steps) ** 0.5
        for parameter, mean, square in zip(self.parameters, self._mean, self._square, strict=True):
            grad = parameter.grad if parameter.grad is not None else torch.zeros_like(parameter)
            mean.lerp_(grad, 1 - first)
            square.mul_(second).addcmul_(grad, grad, value=1 - second)
            parameter.mul_(1 - learning_rate * self.weight_decay)
            parameter.addcdiv_(mean, square.sqrt().div_(scale).add_(self.eps), value=-size)
            if self._keeps:
                grad.zero_()
            else:
                parameter.grad = None

    def state(self) -> dict[str, Tensor]:
        """Everything but the parameters; the tensors are the optimizer's own."""
        moments = {f"mean.{n}": t for n, t in enumerate(self._mean)} | {
            f"square.{n}": t for n, t in enumerate(self._square)
        }
        return {**moments, "steps": torch.tensor(self.steps)}

    @torch.no_grad()
    def load(self, state: Mapping[str, Tensor]) -> None:
        for name, tensor in self.state().items():
            tensor.copy_(state[name])
        self.steps = int(state["steps"])


def clip(parameters: Iterable[nn.Parameter], largest: float) -> float:
    """Scale all gradients down so that their common norm is at most `largest`; returns what it was."""
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(torch.stack([grad.norm() for grad in grads]).norm())
    if norm > largest:
        for grad in grads:
            grad.mul_(largest / norm)
    return norm


def rate(step: int, steps: int, peak: float, warm_up: float = 0.06, floor: float = 0.05) -> float:
    """Linear up over the first share of the steps, then linear down to a share of the peak. Steps count from 0."""
    rising = max(1, round(warm_up * steps))
    if step < rising:
        return peak * (step + 1) / rising
    left = (steps - step) / max(1, steps - rising)
    return peak * (floor + (1 - floor) * left)
