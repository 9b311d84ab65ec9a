"""Where the numbers of a model are, how large they are, and what adapters changed. Knows no text."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from engine.formats.checkpoint import Checkpoint
from engine.messages import ParameterRow, Parameters
from engine.model.linear import Delta
from engine.model.transformer import Transformer
from engine.run.loaded import Loaded

PARTS = {"embed": "Embedding", "attention": "Attention", "mlp": "MLP", "norm": "Norm", "head": "Output"}
ADAPTER = "Adapter"
_BLOCKS = re.compile(r"(?<![A-Za-z0-9])((?:I?Q|TQ|MXFP)\d+(?:_[A-Z0-9]+)*)(?![A-Za-z0-9])", re.IGNORECASE)


def read_parameters(loaded: Loaded) -> Generator[tuple[int, int], None, Parameters]:
    """One tensor a step; yields (done, total). Rows in the order of the model, those of adapters behind them."""
    model, rows = loaded.model, []
    names = list(model.config.shapes())
    total = len(names) + sum(len(adapter.deltas) for adapter in loaded.adapters)
    on_top, rounding = _on_top(loaded), loaded.packed.rounding if loaded.packed is not None else {}
    sizes: dict[str, float] = {}
    for name in names:
        weight = weight_of(model, name)
        sizes[name] = float(torch.linalg.vector_norm(weight, dtype=torch.float32))
        deltas = on_top.get(name, [])
        changed = change(deltas) / max(sizes[name], 1e-30) if deltas else None
        lost = rounding.get(name)
        row = _row(name, part_of(name), tuple(weight.shape), weight.numel(), sizes[name], weight.dtype, changed)
        rows.append(replace(row, rounded=None if lost is None else lost / max(sizes[name], 1e-30)))
        yield len(rows), total
    for adapter, title in zip(loaded.adapters, loaded.info.adapters, strict=True):
        for layer, delta in adapter.deltas.items():
            rows.append(_adapter_row(f"{title}: {layer}", delta, sizes[f"{layer}.weight"]))
            yield len(rows), total
    return Parameters(tuple(rows), quantised_from(loaded.checkpoint))


def weight_of(model: Transformer, name: str) -> Tensor:
    """By its name in `ModelConfig.shapes`."""
    return model.get_parameter(name).detach()


def part_of(name: str) -> str:
    """What a person calls the part of the model that a weight is in."""
    parts = name.split(".")
    if parts[-2].endswith("norm"):
        return PARTS["norm"]
    return PARTS[parts[2] if parts[0] == "layers" else parts[0]]


@torch.no_grad()
def change(deltas: Sequence[Delta]) -> float:
    """Frobenius norm of what these add to one weight all together, without making a matrix of the weight's size."""
    ups = torch.cat([delta.scale * delta.up.float() for delta in deltas], 1)
    downs = torch.cat([delta.down.float() for delta in deltas])
    return float(((ups.T @ ups) * (downs @ downs.T)).sum().clamp(min=0).sqrt())


def quantised_from(checkpoint: Checkpoint) -> str:
    """The kind of block that its file was named after, such as Q4_1; empty where the name says nothing."""
    named = _BLOCKS.search(checkpoint.origin.get("file", ""))
    return named[1].upper() if named else ""


def _on_top(loaded: Loaded) -> Mapping[str, list[Delta]]:
    found: dict[str, list[Delta]] = {}
    for adapter in loaded.adapters:
        for layer, delta in adapter.deltas.items():
            found.setdefault(f"{layer}.weight", []).append(delta)
    return found


def _adapter_row(name: str, delta: Delta, base: float) -> ParameterRow:
    """Its shape is that of the weight with the rank in between; its norm is that of what it adds to the weight."""
    outputs, rank = delta.up.shape
    inputs = delta.down.shape[1]
    count, size = rank * (outputs + inputs), change([delta])
    norm = size / (outputs * inputs) ** 0.5
    return ParameterRow(
        name, ADAPTER, (outputs, rank, inputs), count, norm, _spelled(delta.up.dtype), size / max(base, 1e-30)
    )


def _row(
    name: str, part: str, shape: tuple[int, ...], count: int, size: float, dtype: torch.dtype, changed: float | None
) -> ParameterRow:
    return ParameterRow(name, part, shape, count, size / count**0.5, _spelled(dtype), changed)


def _spelled(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
