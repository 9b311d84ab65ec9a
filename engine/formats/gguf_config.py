"""GGUF metadata -> ModelConfig, and the names of weights in GGUF files -> ours.

Knows keys (llama.cpp, gguf-py/gguf/constants.py), not bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.errors import UserError
from engine.formats.fields import Fields
from engine.formats.gguf_header import Header, PackedTensor
from engine.formats.hf_config import KNOWN
from engine.model.config import Architecture, ModelConfig, RopeScaling
from engine.model.rope import frequencies

ARCHITECTURES: Mapping[str, Architecture] = {"llama": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "gemma3": "gemma3"}
OUTER = {"embed": "token_embd", "norm": "output_norm", "head": "output"}
INNER = {
    "attention_norm": "attn_norm",
    "attention.query": "attn_q",
    "attention.key": "attn_k",
    "attention.value": "attn_v",
    "attention.output": "attn_output",
    "attention.query_norm": "attn_q_norm",
    "attention.key_norm": "attn_k_norm",
    "attention_post_norm": "post_attention_norm",
    "mlp_norm": "ffn_norm",
    "mlp.gate": "ffn_gate",
    "mlp.up": "ffn_up",
    "mlp.down": "ffn_down",
    "mlp_post_norm": "post_ffw_norm",
}
ROPE_FACTORS = "rope_freqs.weight"
GEMMA3_27B_LAYERS = 62


def gguf_name(name: str) -> str:
    """Our name of a weight -> the one in GGUF files."""
    stem, _, leaf = name.rpartition(".")
    if stem in OUTER:
        return f"{OUTER[stem]}.{leaf}"
    _, layer, part = stem.split(".", 2)
    return f"blk.{layer}.{INNER[part]}.{leaf}"


def read_gguf_config(header: Header, rope_factors: np.ndarray | None = None) -> ModelConfig:
    """`rope_factors` is the tensor that Llama 3.1 files carry instead of keys. UserError for other models."""
    fields, tensors = _known(header), header.tensors
    kind = fields.text("general.architecture")
    part = Fields({k.removeprefix(f"{kind}."): v for k, v in fields.values.items()}, fields.where)
    hidden, heads = part.integer("embedding_length"), part.integer("attention.head_count")
    head_dim = part.integer("attention.key_length", hidden // heads if heads > 0 else 0)
    turned = part.integer("rope.dimension_count", head_dim)
    if part.integer("attention.value_length", head_dim) != head_dim or turned != head_dim:
        raise UserError("The heads of this model are built in a way that Nextword does not know", KNOWN)
    embedding = tensors.get("token_embd.weight", PackedTensor((part.integer("vocab_size", 0),), 0, 0, 0))
    common: dict[str, Any] = {
        "architecture": ARCHITECTURES[kind],
        "vocab_size": embedding.shape[0] if embedding.shape else 0,
        "hidden_size": hidden,
        "intermediate_size": part.integer("feed_forward_length"),
        "layers": part.integer("block_count"),
        "heads": heads,
        "kv_heads": part.integer("attention.head_count_kv", heads),
        "head_dim": head_dim,
        "context": part.integer("context_length"),
        "norm_eps": round(part.number("attention.layer_norm_rms_epsilon"), 12),
        "rope_theta": part.number("rope.freq_base", 10_000.0),
        "tied": "output.weight" not in tensors,
        "qkv_bias": "blk.0.attn_q.bias" in tensors,
        "output_bias": "blk.0.attn_output.bias" in tensors,
        "mlp_bias": "blk.0.ffn_gate.bias" in tensors,
        "qk_norm": "blk.0.attn_q_norm.weight" in tensors,
        "rope_scaling": _scaling(part),
    }
    if rope_factors is not None:
        common["rope_scaling"] = _llama3(rope_factors, head_dim, common["rope_theta"])
    return ModelConfig(**common, **(_gemma(part, hidden, heads, head_dim) if kind == "gemma3" else {}))


def _known(header: Header) -> Fields:
    """The metadata, if it is of a language model that the decoder can be."""
    fields = header.fields
    what = fields.text("general.type", "model")
    if what != "model":
        raise UserError(f"{fields.where} is no model but an addition to one ({what[:30]})", "Choose the model itself.")
    kind = fields.text("general.architecture", "unknown")
    if kind not in ARCHITECTURES or fields.integer(f"{kind}.expert_count", 0):
        mixed = " with experts" if kind in ARCHITECTURES else ""
        raise UserError(f"This model is built as “{kind[:40]}{mixed}”, which Nextword does not know", KNOWN)
    if fields.integer("split.count", 1) > 1:
        raise UserError(
            f"{fields.where} is one of {fields.integer('split.count')} parts of a model",
            "Join them with llama.cpp's “llama-gguf-split --merge”, or choose the model as one file.",
        )
    if fields.has(f"{kind}.final_logit_softcapping") or fields.has(f"{kind}.attn_logit_softcapping"):
        raise UserError("This model caps its scores, which Nextword does not know", KNOWN)
    return fields


def _scaling(part: Fields) -> RopeScaling | None:
    kind = part.text("rope.scaling.type", "linear" if part.has("rope.scale_linear") else "none")
    factor = part.number("rope.scaling.factor", part.number("rope.scale_linear", 1.0))
    if kind == "none" or (factor == 1.0 and kind == "linear"):
        return None
    if kind == "linear" and factor >= 1:
        return RopeScaling("linear", factor)
    if kind == "yarn" and factor >= 1:
        return RopeScaling("yarn", factor, part.integer("rope.scaling.original_context_length"))
    raise UserError(f"This model stretches its context in a way that Nextword does not know: {kind[:40]}", KNOWN)


def _llama3(factors: np.ndarray, head_dim: int, theta: float) -> RopeScaling:
    """The scaling that made these factors: Llama 3.1 to 3.3 share all numbers but the largest factor."""
    scaling = RopeScaling("llama3", float(factors.max()), 8192, 1.0, 4.0)
    if factors.size == head_dim // 2 and scaling.factor >= 1:
        wanted = frequencies(head_dim, theta) / frequencies(head_dim, theta, scaling)
        if np.allclose(factors, wanted.numpy(), rtol=1e-3):
            return scaling
    raise UserError("This model stretches its context in a way that Nextword does not know: own factors", KNOWN)


def _gemma(part: Fields, hidden: int, heads: int, head_dim: int) -> dict[str, Any]:
    layers = part.integer("block_count")
    windowed = _gemma_windows(part, layers if 0 < layers <= 512 else 0)
    own_scale = layers == GEMMA3_27B_LAYERS and heads > 0
    return {
        "post_norms": True,
        "activation": "gelu_tanh",
        "embedding_scale": max(hidden, 0) ** 0.5,
        "attention_scale": (hidden / heads if own_scale else max(head_dim, 1)) ** -0.5,
        "window": part.integer("attention.sliding_window"),
        "windowed_layers": windowed,
        "local_rope_theta": part.number("rope.freq_base_swa", 10_000.0),
    }


def _gemma_windows(part: Fields, layers: int) -> tuple[bool, ...]:
    """The pattern is a number, a flag for each layer, or not written at all and then six."""
    pattern = part.values.get("attention.sliding_window_pattern")
    if isinstance(pattern, np.ndarray):
        return tuple(bool(windowed) for windowed in pattern)
    every = max(part.integer("attention.sliding_window_pattern", 6), 1)
    return tuple(bool((layer + 1) % every) for layer in range(layers))


def unpermuted(rows: np.ndarray, heads: int) -> np.ndarray:
    """Query or key rows [heads · head_dim, …] of a llama file, back from interleaved pairs to halves."""
    split = rows.reshape(heads, rows.shape[0] // heads // 2, 2, *rows.shape[1:])
    return np.ascontiguousarray(split.swapaxes(1, 2)).reshape(rows.shape)


def permuted(rows: np.ndarray, heads: int) -> np.ndarray:
    """The other way: from halves to the interleaved pairs of a llama file."""
    split = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return np.ascontiguousarray(split.swapaxes(1, 2)).reshape(rows.shape)
