"""Write a model as one GGUF file, a tensor a step: header, vocabulary, weights in one of four precisions.

Knows bytes; layout: github.com/ggml-org/ggml, docs/gguf.md. Where the file lies is the caller's business.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from engine.errors import UserError
from engine.formats.gguf_blocks import KINDS
from engine.formats.gguf_config import ROPE_FACTORS, gguf_name, permuted
from engine.formats.gguf_header import ARRAY, STRING
from engine.formats.gguf_keys import config_keys, query_factor
from engine.formats.gguf_words import vocabulary
from engine.formats.opened import Checkpoint
from engine.model.config import ModelConfig

if TYPE_CHECKING:
    from torch import Tensor

ALIGNMENT = 32
STEP = 32 << 20
F32, F16, Q8_0, BF16 = 0, 1, 8, 30
FILE_TYPES = {F32: 0, F16: 1, Q8_0: 7, BF16: 32}
"""Kind of most tensors -> what “general.file_type” says."""
U32, F_32, BOOL = 4, 6, 7
ARRAY_KINDS = {"<u1": 0, "<i4": 5, "<f4": F_32}


class Place(NamedTuple):
    """Where a tensor comes to lie."""

    shape: tuple[int, ...]
    kind: int
    offset: int
    nbytes: int


def write_gguf(path: Path, checkpoint: Checkpoint, kind: int) -> Generator[tuple[int, int], None, None]:
    """Write a file that is not there yet, on the disk when this ends; yields (done, total) bytes.

    Norms and biases stay float32; a matrix that does not divide into blocks becomes float16.
    """
    config = checkpoint.config
    factors = _rope_factors(config)
    places = _placed(config, kind, factors)
    total = sum(place.nbytes for place in places.values())
    with path.open("xb") as file:
        file.write(_header(_keys(checkpoint, kind), places))
        start = file.tell()
        for name, values in _all_values(checkpoint, factors):
            place = places[name]
            file.write(b"\0" * (start + place.offset - file.tell()))
            data = memoryview(_packed(name, values, place.kind))
            for at in range(0, len(data), STEP):
                file.write(data[at : at + STEP])
                yield min(place.offset + at, total), total
        file.write(b"\0" * (-file.tell() % ALIGNMENT))
        file.flush()
        os.fsync(file.fileno())
    yield total, total


def gguf_bytes(config: ModelConfig, kind: int) -> int:
    """About so many bytes of weights; header and vocabulary come on top."""
    return sum(place.nbytes for place in _placed(config, kind, None).values())


def _placed(config: ModelConfig, kind: int, factors: np.ndarray | None) -> dict[str, Place]:
    """In the order of the file."""
    shapes = {} if factors is None else {ROPE_FACTORS: factors.shape}
    shapes |= {gguf_name(ours): shape for ours, shape in config.shapes().items()}
    places, offset = {}, 0
    for name, shape in shapes.items():
        packed = _kind_of(shape, kind)
        nbytes = int(np.prod(shape)) // KINDS[packed].values * KINDS[packed].nbytes
        places[name] = Place(shape, packed, offset, nbytes)
        offset += nbytes + -nbytes % ALIGNMENT
    return places


def _kind_of(shape: tuple[int, ...], kind: int) -> int:
    if len(shape) == 1:
        return F32
    return kind if shape[-1] % KINDS[kind].values == 0 else F16


def _rope_factors(config: ModelConfig) -> np.ndarray | None:
    """Llama 3.1's scaling, which GGUF keeps as what each frequency is divided by."""
    scaling = config.rope_scaling
    if scaling is None or scaling.kind != "llama3":
        return None
    from engine.model.rope import frequencies

    plain, scaled = (frequencies(config.head_dim, config.rope_theta, one) for one in (None, scaling))
    return (plain / scaled).float().numpy()


def _all_values(checkpoint: Checkpoint, factors: np.ndarray | None) -> Iterator[tuple[str, np.ndarray]]:
    """Every tensor in float32, laid out as GGUF has it."""
    config = checkpoint.config
    turned = {"query": config.heads, "key": config.kv_heads} if config.architecture == "llama" else {}
    if factors is not None:
        yield ROPE_FACTORS, factors
    for ours, tensor in checkpoint.tensors():
        values = _numpy(tensor)
        if ours.endswith("query_norm.weight"):
            values = values * np.float32(query_factor(config))
        heads = turned.get(ours.split(".")[-2])
        yield gguf_name(ours), values if heads is None else permuted(values, heads)


def _numpy(tensor: Tensor) -> np.ndarray:
    return tensor.detach().float().cpu().numpy()


def _packed(name: str, values: np.ndarray, kind: int) -> bytes:
    if kind == F32:
        return np.ascontiguousarray(values, "<f4").tobytes()
    if kind == Q8_0:
        return _q8_0(values)
    if kind == BF16:
        import torch

        return torch.from_numpy(np.ascontiguousarray(values)).bfloat16().view(torch.int16).numpy().tobytes()
    with np.errstate(over="ignore"):
        halves = values.astype("<f2")
    if not np.isfinite(halves).all():
        raise UserError(f"The weight {name} is too large for float16", "Choose bfloat16 or float32.")
    return halves.tobytes()


def _q8_0(values: np.ndarray) -> bytes:
    """Blocks of 32: a float16 scale, then 32 whole numbers of which the largest is 127."""
    blocks = np.ascontiguousarray(values, np.float32).reshape(-1, 32)
    scales = np.abs(blocks).max(-1, keepdims=True) / np.float32(127)
    inverse = np.divide(np.float32(1), scales, out=np.zeros_like(scales), where=scales > 0)
    spread = blocks * inverse
    whole = np.trunc(spread + np.copysign(np.float32(0.5), spread))
    return np.concatenate([scales.astype("<f2").view(np.uint8), whole.astype(np.int8).view(np.uint8)], -1).tobytes()


# ---- header ------------------------------------------------------------------------
def _keys(checkpoint: Checkpoint, kind: int) -> dict[str, Any]:
    licence = {"general.license": checkpoint.licence} if checkpoint.licence else {}
    return {
        "general.architecture": checkpoint.config.architecture,
        "general.type": "model",
        "general.name": checkpoint.title,
        **licence,
        "general.file_type": FILE_TYPES[kind],
        "general.quantization_version": 2,
        "general.alignment": ALIGNMENT,
        **config_keys(checkpoint.config),
        **vocabulary(checkpoint),
    }


def _header(keys: Mapping[str, Any], places: Mapping[str, Place]) -> bytes:
    out = bytearray(b"GGUF" + struct.pack("<IQQ", 3, len(places), len(keys)))
    for key, value in keys.items():
        out += _text(key) + _value(value)
    for name, place in places.items():
        out += _text(name) + struct.pack("<I", len(place.shape))
        out += struct.pack(f"<{len(place.shape)}Q", *reversed(place.shape))
        out += struct.pack("<IQ", place.kind, place.offset)
    return bytes(out + b"\0" * (-len(out) % ALIGNMENT))


def _text(text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> bytes:
    """Type and value."""
    match value:
        case bool():
            return struct.pack("<I?", BOOL, value)
        case int():
            return struct.pack("<II", U32, value)
        case float():
            return struct.pack("<If", F_32, value)
        case str():
            return struct.pack("<I", STRING) + _text(value)
        case np.ndarray():
            kind = ARRAY_KINDS[value.dtype.newbyteorder("<").str.replace("|", "<")]
            return struct.pack("<IIQ", ARRAY, kind, len(value)) + value.tobytes()
        case [bool(), *_]:
            return struct.pack("<IIQ", ARRAY, BOOL, len(value)) + bytes(value)
    return struct.pack("<IIQ", ARRAY, STRING, len(value)) + b"".join(_text(text) for text in value)
