"""Muon (Jordan 2024, kellerjordan.github.io/posts/muon): momentum whose update is made orthogonal, for matrices.

Written here for the same reason as `optim.AdamW`: importing `torch.optim` stops the window. Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn

from engine.run.optim import AdamW

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients of the quintic iteration, chosen for a steep slope at zero."""
ITERATIONS = 5
LIKE_ADAMW = 0.2
"""Root mean square of an AdamW update, to which updates are scaled so that one learning rate serves both
(arXiv 2502.16982, section 2.2)."""


class Muon:
    """Momentum with Nesterov's look ahead; matrices of one shape are worked on together."""

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        momentum: float = 0.95,
        weight_decay: float = 0.1,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.parameters, self._dtype = list(parameters), dtype
        self.momentum, self.weight_decay = momentum, weight_decay
        self._mean = [torch.zeros_like(p) for p in self.parameters]

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """One update from the gradients that are there; they are then taken away."""
        shapes: dict[torch.Size, list[int]] = {}
        for number, parameter in enumerate(self.parameters):
            shapes.setdefault(parameter.shape, []).append(number)
        for shape, numbers in shapes.items():
            updates = orthogonal(torch.stack([self._ahead(number) for number in numbers]), self._dtype)
            size = LIKE_ADAMW * max(shape) ** 0.5
            for number, update in zip(numbers, updates, strict=True):
                parameter = self.parameters[number]
                parameter.mul_(1 - learning_rate * self.weight_decay).add_(update, alpha=-learning_rate * size)
                parameter.grad = None

    def _ahead(self, number: int) -> Tensor:
        parameter, mean = self.parameters[number], self._mean[number]
        grad = parameter.grad if parameter.grad is not None else torch.zeros_like(parameter)
        mean.lerp_(grad, 1 - self.momentum)
        return grad.lerp(mean, self.momentum)

    def state(self) -> dict[str, Tensor]:
        """Everything but the parameters; the tensors are the optimizer's own."""
        return {f"mean.{n}": t for n, t in enumerate(self._mean)}

    @torch.no_grad()
    def load(self, state: Mapping[str, Tensor]) -> None:
        for name, tensor in self.state().items():
            tensor.copy_(state[name])


class MuonAndAdamW:
    """Matrices by Muon; norms and the embedding, whose rows are vectors, by AdamW at a rate of their own.

    `dtype` is that of Muon's products; what it remembers is float32.
    """

    def __init__(
        self, matrices: Sequence[nn.Parameter], others: Sequence[nn.Parameter], others_rate: float, weight_decay: float,
        dtype: torch.dtype = torch.float32,
    ) -> None:  # fmt: skip
        self._muon = Muon(matrices, weight_decay=weight_decay, dtype=dtype)
        self._adam = AdamW(others, betas=(0.9, 0.95), eps=1e-10, keeps=False)
        self._others_rate = others_rate

    def step(self, learning_rate: float) -> None:
        self._muon.step(learning_rate)
        self._adam.step(learning_rate * self._others_rate)

    def state(self) -> dict[str, Tensor]:
        both = {"muon": self._muon.state(), "adam": self._adam.state()}
        return {f"{kind}.{name}": tensor for kind, state in both.items() for name, tensor in state.items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        for kind, optimizer in (("muon.", self._muon), ("adam.", self._adam)):
            optimizer.load({n.removeprefix(kind): t for n, t in state.items() if n.startswith(kind)})


def orthogonal(matrices: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Near U·Vᵀ of each matrix [N, rows, columns], by Newton–Schulz; singular values end between about 0.7 and 1.2."""
    a, b, c = NEWTON_SCHULZ
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.transpose(1, 2) if tall else matrices
    x = (x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)).to(dtype)
    for _ in range(ITERATIONS):
        gram = x @ x.transpose(1, 2)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.transpose(1, 2) if tall else x).to(matrices.dtype)
