"""A GGUF file, opened: config, text side and weights, unpacked one at a time."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import UserError
from engine.formats.fields import AGAIN, Fields, unreadable
from engine.formats.gguf_blocks import KINDS, unpack
from engine.formats.gguf_config import ROPE_FACTORS, gguf_name, read_gguf_config, unpermuted
from engine.formats.gguf_header import Header, PackedTensor, read_header
from engine.formats.gguf_tokenizer import token_ids, tokenizer_file, tokenizer_kind
from engine.formats.hf_tokenizer import LARGEST_TEMPLATE, build_tokenizer
from engine.formats.opened import Checkpoint
from engine.formats.weights import check_numbers, check_shapes
from engine.model.config import ModelConfig
from engine.text.tokenizer import Tokenizer

if TYPE_CHECKING:
    from torch import Tensor

HALVES = (1, 30)
"""F16 and BF16: as precise as they are, they need no unpacking."""


def open_gguf(path: Path) -> Checkpoint:
    """UserError for everything that shows in the header: damage, another kind of model, weights that do not fit."""
    return open_gguf_parts([path], path.name)


def open_gguf_parts(files: Sequence[Path], name: str) -> Checkpoint:
    """A file that was cut into parts, joined in order. The first part holds all of the header."""
    path = files[0]
    data = JoinedBytes([_mapped(file) for file in files])
    size = len(data)
    header = read_header(data.parts[0], size, name)
    factors = header.tensors.get(ROPE_FACTORS)
    config = read_gguf_config(header, None if factors is None else _unpacked(data, factors).copy())
    names = {ours: gguf_name(ours) for ours in config.shapes()}
    check_shapes(config.shapes(), names, {name: tensor.shape for name, tensor in header.tensors.items()})
    spare = sorted(header.tensors.keys() - set(names.values()) - {ROPE_FACTORS})
    if spare:
        raise UserError(
            f"This model has a weight that Nextword knows no use for: {spare[0][:80]}", "Choose another model."
        )
    fields, template = header.fields, _template(header.fields)
    ids = token_ids(fields, template)

    def tokenizer() -> Tokenizer:
        return build_tokenizer(*tokenizer_file(fields, ids), {}, config.vocab_size)

    return Checkpoint(
        name=Path(name).stem,
        title=fields.text("general.name", Path(name).stem)[:80],
        path=path,
        config=config,
        token_ids=ids,
        template=template,
        licence=fields.text("general.license", ""),
        bytes=size,
        unpacked_bytes=sum(_unpacked_bytes(tensor) for tensor in header.tensors.values()),
        stage="base" if template is None else "chat",
        parent=None,
        tokenizer_kind=tokenizer_kind(fields),
        read_tokenizer=tokenizer,
        read_tensors=partial(_tensors, data, header, config),
        tokenizer_file=partial(tokenizer_file, fields, ids),
        origin={"file": name},
    )


class JoinedBytes:
    """The bytes of several mapped files as if they were one."""

    def __init__(self, parts: Sequence[mmap.mmap]) -> None:
        self.parts = parts

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    def read(self, start: int, size: int) -> bytes:
        found = []
        for part in self.parts:
            found.append(part[max(start, 0) : max(start + size, 0)])
            start -= len(part)
        return b"".join(found)


def _unpacked_bytes(tensor: PackedTensor) -> int:
    packed = KINDS[tensor.kind]
    return tensor.nbytes // packed.nbytes * packed.values * (2 if tensor.kind in HALVES else 4)


def _mapped(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError as error:  # an empty file cannot be mapped
        raise UserError(f"{path.name} is empty", AGAIN) from error
    except OSError as error:
        raise unreadable(path, error) from error


def _template(fields: Fields) -> str | None:
    template = fields.text("tokenizer.chat_template", "")
    return template if template.strip() and len(template) <= LARGEST_TEMPLATE else None


def _tensors(data: JoinedBytes, header: Header, config: ModelConfig) -> Iterator[tuple[str, Tensor]]:
    import torch

    turned = {"query": config.heads, "key": config.kv_heads} if config.architecture == "llama" else {}
    for ours in config.shapes():
        packed = header.tensors[gguf_name(ours)]
        norm = ours.endswith("norm.weight")
        values = _unpacked(data, packed) if norm or packed.kind not in HALVES else _halves(data, packed)
        heads = turned.get(ours.split(".")[-2])
        tensor = torch.from_numpy(values if heads is None else unpermuted(values, heads))
        if values.dtype != np.float32:
            tensor = tensor.view(torch.float16 if packed.kind == 1 else torch.bfloat16)
        check_numbers(gguf_name(ours), tensor)
        yield ours, tensor


def _halves(data: JoinedBytes, tensor: PackedTensor) -> np.ndarray:
    """A 16-bit tensor as its bits: numpy has no bfloat16."""
    bits = np.frombuffer(data.read(tensor.start, tensor.nbytes), "<i2")
    return bits.reshape(tensor.shape).copy()


def _unpacked(data: JoinedBytes, tensor: PackedTensor) -> np.ndarray:
    packed = np.frombuffer(data.read(tensor.start, tensor.nbytes), np.uint8)
    out = np.empty(tensor.shape, np.float32)
    with np.errstate(all="ignore"):  # what is not a number is found afterwards, by name
        unpack(KINDS[tensor.kind], packed, out.reshape(-1))
    return out
