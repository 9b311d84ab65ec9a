"""Low-rank adapters (LoRA, arXiv 2106.09685) on linear layers: attach, switch, stack, merge.

An adapter adds scale · B(A x) to what a layer says; the weights below it are never touched. Knows layers and
matrices, not files (`formats.peft`) and not how they were learned (`run`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from engine.model.linear import Delta, Linear
from engine.model.transformer import Transformer

ALL_LINEAR = (
    "attention.query",
    "attention.key",
    "attention.value",
    "attention.output",
    "mlp.gate",
    "mlp.up",
    "mlp.down",
)
"""Every linear layer of a block: with attention alone LoRA learns clearly worse than full fine-tuning."""


@dataclass(slots=True)
class Adapter:
    """The deltas of one adapter by the name of their layer ("layers.3.mlp.up"). A [rank, in], B [out, rank]."""

    rank: int
    alpha: float
    deltas: dict[str, Delta] = field(default_factory=dict)
    for_cards: bool = False
    """Whether it was taught to answer from a card before the question and nothing else: without one it stays off."""

    @property
    def scale(self) -> float:
        return self.alpha / self.rank

    def parameters(self) -> Iterator[nn.Parameter]:
        """What learns."""
        for delta in self.deltas.values():
            yield from (half for half in (delta.down, delta.up) if half.requires_grad)

    def state(self) -> dict[str, Tensor]:
        """Name -> matrix, as `load` takes it; the tensors are the adapter's own, not copies."""
        named = ((f"{name}.down", d.down) for name, d in self.deltas.items())
        return {**dict(named), **{f"{name}.up": d.up for name, d in self.deltas.items()}}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Copy these matrices into the adapter's own."""
        with torch.no_grad():
            for name, matrix in self.state().items():
                matrix.copy_(state[name])


def new_adapter(
    model: Transformer,
    rank: int,
    alpha: float,
    generator: torch.Generator | None = None,
    targets: Sequence[str] = ALL_LINEAR,
    layers: Iterable[int] | None = None,
) -> Adapter:
    """An adapter that changes nothing yet: A uniform in ±1/√in (Kaiming with a = √5), B zero, both float32."""
    adapter = Adapter(rank, alpha)
    for layer in range(model.config.layers) if layers is None else layers:
        for target in targets:
            linear = linear_of(model, f"layers.{layer}.{target}")
            bound = 1 / math.sqrt(linear.in_features)
            down = torch.empty(rank, linear.in_features).uniform_(-bound, bound, generator=generator)
            up = torch.zeros(linear.out_features, rank)
            adapter.deltas[f"layers.{layer}.{target}"] = Delta(
                nn.Parameter(down.to(model.device)), nn.Parameter(up.to(model.device)), adapter.scale
            )
    return adapter


def full_adapter(model: Transformer) -> Adapter:
    """An adapter that can become any change of the linear layers, as if they themselves were trained, and is none yet.

    One half of each layer is the identity and does not learn: A where the layer reads the stream, B where it writes to
    it. So its rank is the width of the stream, and it is switched, merged and exported like any other.
    """
    size = model.config.hidden_size
    adapter = Adapter(size, float(size))
    for name in (f"layers.{layer}.{target}" for layer in range(model.config.layers) for target in ALL_LINEAR):
        linear = linear_of(model, name)
        identity = nn.Parameter(torch.eye(size, device=model.device), requires_grad=False)
        learned = nn.Parameter(torch.zeros(linear.out_features, linear.in_features, device=model.device))
        halves = (identity, learned) if linear.in_features == size else (learned, identity)
        adapter.deltas[name] = Delta(*halves, adapter.scale)
    return adapter


def linear_of(model: Transformer, name: str) -> Linear:
    """The linear layer of this name. Raises ValueError where there is none."""
    module = model.get_submodule(name)
    if not isinstance(module, Linear):
        raise ValueError(f"{name} is no linear layer")
    return module


def attach(model: Transformer, adapter: Adapter) -> None:
    """Put the adapter on top of what the model has already. Adapters add up, in any order."""
    for name, delta in adapter.deltas.items():
        linear_of(model, name).deltas.append(delta)


def detach(model: Transformer, adapter: Adapter) -> None:
    """Take the adapter off again, exactly."""
    for name, delta in adapter.deltas.items():
        linear_of(model, name).deltas.remove(delta)


@contextmanager
def only(model: Transformer, *adapters: Adapter) -> Iterator[None]:
    """Within the block the model has these adapters and no others; with none it is the base itself."""
    linears = [module for module in model.modules() if isinstance(module, Linear)]
    kept = [list(linear.deltas) for linear in linears]
    for linear in linears:
        linear.deltas.clear()
    for adapter in adapters:
        attach(model, adapter)
    try:
        yield
    finally:
        for linear, deltas in zip(linears, kept, strict=True):
            linear.deltas[:] = deltas


def merged(weight: Tensor, deltas: Iterable[Delta]) -> Tensor:
    """The weight [out, in] with these deltas in it, added up in float32 and rounded once."""
    total = weight.float()
    for delta in deltas:
        total = total + delta.scale * (delta.up.float() @ delta.down.float())
    return total.to(weight.dtype)
