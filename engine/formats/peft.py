"""A LoRA adapter in the layout of PEFT, read and written: its tensors under our names of the layers.

Knows files and shapes, not the library.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.errors import UserError
from engine.formats.card import json_bytes
from engine.formats.fields import AGAIN
from engine.formats.hf_names import LAYER_NAMES, written_name
from engine.formats.peft_config import CONFIG, OTHER, PeftConfig, peft_values, read_peft_config
from engine.formats.tensor_files import SINGLE, TensorInfo, read_headers, read_tensor
from engine.formats.tensor_writer import TensorWriter, write_file
from engine.formats.weights import check_numbers
from engine.model.config import Architecture, ModelConfig

if TYPE_CHECKING:
    import torch

    from engine.model.lora import Adapter

__all__ = ["CONFIG", "WEIGHTS", "PeftConfig", "PeftFolder", "is_adapter", "open_peft", "read_adapter", "write_peft"]

WEIGHTS, PICKLE = "adapter_model.safetensors", "adapter_model.bin"
TENSOR = re.compile(r"(?:base_model\.model\.)?(.+)\.lora_([AB])(?:\.default)?\.weight")
LAYER = re.compile(r"(?:model\.|language_model\.model\.|model\.language_model\.)?layers\.(\d{1,4})\.(.+)")


class Halves(NamedTuple):
    """Where the two matrices of one layer are: A [rank, in] and B [out, rank], by their name in the file."""

    module: str
    down: str
    up: str


class PeftFolder(NamedTuple):
    """An adapter on disk, of which only headers were read."""

    path: Path
    config: PeftConfig
    layers: Mapping[str, Halves]
    """Their name of a layer, without what stands in front of the decoder -> its matrices."""
    headers: Mapping[str, TensorInfo]


def is_adapter(path: Path) -> bool:
    """Whether a folder is an adapter and not the whole model that it may have been merged into."""
    return (path / CONFIG).is_file() and not any((path / name).is_file() for name in (SINGLE, f"{SINGLE}.index.json"))


def open_peft(folder: Path) -> PeftFolder:
    """UserError for what shows without a model: damage, pickle, another kind of adapter."""
    config = read_peft_config(folder)
    if not (folder / WEIGHTS).is_file():
        if (folder / PICKLE).is_file():
            raise UserError(
                f"{PICKLE} is a pickle file, which can run programs when it is opened, so Nextword never reads one",
                f"Save the adapter as {WEIGHTS}.",
            )
        raise UserError(f"{folder.name} holds no weights: {WEIGHTS} is missing", "Copy all files of the adapter.")
    headers = read_headers([folder / WEIGHTS])
    halves: dict[str, dict[str, str]] = {}
    for name in headers:
        found = TENSOR.fullmatch(name)
        if found is None:
            raise _unknown(name)
        halves.setdefault(found[1], {})[found[2]] = name
    if not halves:
        raise UserError(f"{WEIGHTS} holds no layers", AGAIN)
    for module, both in halves.items():
        if len(both) != 2:
            raise UserError(f"Half of the adapter's layer {module[:80]} is missing", AGAIN)
    layers = {_short(module): Halves(module, both["A"], both["B"]) for module, both in halves.items()}
    if len(layers) != len(halves):
        raise UserError(f"{WEIGHTS} holds a layer twice", AGAIN)
    return PeftFolder(folder, config, layers, headers)


def _unknown(name: str) -> UserError:
    if "lora_magnitude_vector" in name:
        return UserError("This adapter is of the kind DoRA, which Nextword does not read", OTHER)
    if "lora_embedding" in name or "embed_tokens" in name:
        return UserError("This adapter changes the embedding of words, which Nextword does not read", OTHER)
    return UserError(f"This adapter has a weight that Nextword knows no use for: {name[:80]}", OTHER)


def _short(module: str) -> str:
    found = LAYER.fullmatch(module)
    return module if found is None else f"layers.{int(found[1])}.{found[2]}"


def our_layers(folder: PeftFolder, config: ModelConfig) -> dict[str, Halves]:
    """Our name of each layer -> its matrices. UserError where the model has no such layer, or one of another shape."""
    shapes, found = config.shapes(), {}
    names = {theirs: ours for ours, theirs in LAYER_NAMES[config.architecture].items() if "norm" not in ours}
    for short, halves in folder.layers.items():
        start, _, part = short.partition(".")
        layer, _, inner = part.partition(".")
        ours = "head" if short == "lm_head" else f"layers.{layer}.{names.get(inner, '')}"
        wanted = shapes.get(f"{ours}.weight")
        if start not in ("layers", "lm_head") or wanted is None:
            raise UserError(f"This adapter changes {halves.module[:80]}, which its model does not have so", OTHER)
        rank = folder.config.rank_of(halves.module)
        shape = ((rank, wanted[1]), (wanted[0], rank))
        there = (folder.headers[halves.down].shape, folder.headers[halves.up].shape)
        if there != shape:
            raise UserError(
                f"The adapter's layer {halves.module[:80]} is {_sizes(there)}, but should be {_sizes(shape)}",
                "It was made for another model. Choose one that was made for this one.",
            )
        found[ours] = halves
    return found


def _sizes(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> str:
    return " and ".join(" × ".join(map(str, shape)) for shape in shapes)


def read_adapter(folder: PeftFolder, config: ModelConfig, device: str | torch.device = "cpu") -> Adapter:
    """The adapter for a model of this config, float32, ready to be taught on. UserError where it does not fit."""
    import torch

    from engine.model.linear import Delta
    from engine.model.lora import Adapter

    peft = folder.config
    opened: dict[Path, Any] = {}

    def matrix(name: str) -> torch.nn.Parameter:
        tensor = read_tensor(name, folder.headers[name], opened)
        check_numbers(name, tensor)
        return torch.nn.Parameter(tensor.to(device=device, dtype=torch.float32, copy=True))

    adapter = Adapter(peft.rank, peft.scale(peft.alpha, peft.rank) * peft.rank)
    for ours, halves in our_layers(folder, config).items():
        scale = peft.scale_of(halves.module)
        adapter.deltas[ours] = Delta(matrix(halves.down), matrix(halves.up), scale)
    return adapter


def write_peft(folder: Path, adapter: Adapter, model: ModelConfig, base: str) -> list[Path]:
    """Write both files into an empty folder, on the disk when this returns; returns them."""
    modules = {ours: _module(ours, model.architecture) for ours in adapter.deltas}
    tensors = {}
    for ours, delta in adapter.deltas.items():
        tensors[f"base_model.model.{modules[ours]}.lora_A.weight"] = delta.down
        tensors[f"base_model.model.{modules[ours]}.lora_B.weight"] = delta.up
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    with TensorWriter(folder, shapes, 1 << 62, WEIGHTS) as writer:
        for name, tensor in tensors.items():
            for _ in writer.write(name, tensor.detach().float().cpu()):
                continue
        files = writer.finish()
    ranks = {f"^{modules[ours]}": delta.down.shape[0] for ours, delta in adapter.deltas.items()}
    alphas = {f"^{modules[ours]}": delta.scale * delta.down.shape[0] for ours, delta in adapter.deltas.items()}
    config = PeftConfig(
        adapter.rank,
        adapter.alpha,
        ranks={name: rank for name, rank in ranks.items() if rank != adapter.rank},
        alphas={name: alpha for name, alpha in alphas.items() if not math.isclose(alpha, adapter.alpha)},
        base=base,
    )
    write_file(folder / CONFIG, json_bytes(peft_values(config, _targets(list(modules.values()), model.layers))))
    return [*files, folder / CONFIG]


def _module(name: str, architecture: Architecture) -> str:
    return written_name(f"{name}.weight", architecture).removesuffix(".weight")


def _targets(modules: list[str], layers: int) -> list[str]:
    """Short names where every layer has the same, as others write it; otherwise every name by itself."""
    parts: dict[int, set[str]] = {}
    for module in modules:
        found = LAYER.fullmatch(module)
        if found is None:
            return sorted(modules)
        parts.setdefault(int(found[1]), set()).add(found[2])
    kinds = {frozenset(inner) for inner in parts.values()}
    if len(kinds) != 1 or len(parts) != layers:
        return sorted(modules)
    return sorted(name.rpartition(".")[2] for name in next(iter(kinds)))
