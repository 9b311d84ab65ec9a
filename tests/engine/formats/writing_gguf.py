"""Tiny GGUF files for tests, written by llama.cpp's own Python package from a model in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import sentencepiece

from engine.formats.gguf_config import gguf_name
from engine.formats.opened import Checkpoint
from tests.tiny import tiny_tokenizer


def permuted(rows: np.ndarray, heads: int) -> np.ndarray:
    """As llama.cpp's converter lays out the queries and keys of llama files (conversion/llama.py, permute)."""
    split = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return split.swapaxes(1, 2).reshape(rows.shape)


def write_gguf(path: Path, checkpoint: Checkpoint, kind: str = "F32", changes: Mapping[str, Any] | None = None) -> Path:
    """Matrices are packed as `kind`; norms stay F32. `changes` sets metadata, or leaves it out where it is None."""
    config = checkpoint.config
    writer = gguf.GGUFWriter(path, config.architecture)
    fields = _fields(checkpoint) | dict(changes or {})
    for name, value in fields.items():
        if value is not None:
            _add(writer, name, value)
    packed = gguf.GGMLQuantizationType[kind]
    turned = {"query": config.heads, "key": config.kv_heads} if config.architecture == "llama" else {}
    for name, tensor in checkpoint.tensors():
        values = tensor.float().numpy()
        heads = turned.get(name.split(".")[-2])
        values = values if heads is None else permuted(values, heads)
        if kind == "F32" or values.ndim == 1:
            writer.add_tensor(gguf_name(name), np.ascontiguousarray(values))
        else:
            data = gguf.quants.quantize(np.ascontiguousarray(values), packed)
            writer.add_tensor(gguf_name(name), data, raw_dtype=packed)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add(writer: gguf.GGUFWriter, name: str, value: Any) -> None:
    match value:
        case bool():
            writer.add_bool(name, value)
        case int():
            writer.add_uint32(name, value)
        case float():
            writer.add_float32(name, value)
        case str():
            writer.add_string(name, value)
        case _:
            writer.add_array(name, value)


def _fields(checkpoint: Checkpoint) -> dict[str, Any]:
    config, kind, ids = checkpoint.config, checkpoint.config.architecture, checkpoint.token_ids
    sizes = {
        "context_length": config.context,
        "embedding_length": config.hidden_size,
        "block_count": config.layers,
        "feed_forward_length": config.intermediate_size,
        "attention.head_count": config.heads,
        "attention.head_count_kv": config.kv_heads,
        "attention.key_length": config.head_dim,
        "attention.value_length": config.head_dim,
        "attention.layer_norm_rms_epsilon": float(config.norm_eps),
        "rope.freq_base": float(config.rope_theta),
    }
    if kind == "gemma3":
        sizes |= {"attention.sliding_window": config.window, "attention.sliding_window_pattern": 3}
    model = sentencepiece.SentencePieceProcessor()
    model.LoadFromSerializedProto(tiny_tokenizer())
    count = model.get_piece_size()
    words = {
        "model": "llama",
        "tokens": [model.id_to_piece(i) for i in range(count)],
        "scores": [float(model.get_score(i)) for i in range(count)],
        "token_type": [_type(model, i) for i in range(count)],
        "bos_token_id": ids.bos,
        "eos_token_id": ids.eos[0],
        "unknown_token_id": ids.unk,
        "padding_token_id": ids.pad,
        "add_space_prefix": True,
    }
    return (
        {"general.name": checkpoint.title, "general.license": checkpoint.licence}
        | {f"{kind}.{name}": value for name, value in sizes.items()}
        | {f"tokenizer.ggml.{name}": value for name, value in words.items()}
        | {"tokenizer.chat_template": checkpoint.template}
    )


def _type(model: sentencepiece.SentencePieceProcessor, number: int) -> int:
    if model.is_unknown(number):
        return 2
    return 3 if model.is_control(number) else 6 if model.is_byte(number) else 1
