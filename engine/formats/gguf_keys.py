"""ModelConfig -> GGUF metadata: what `gguf_config` reads, written. Knows keys, not bytes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from engine.errors import UserError
from engine.formats.gguf_config import GEMMA3_27B_LAYERS
from engine.model.config import ModelConfig, RopeScaling

OTHER = "Export the model as a folder instead."


def config_keys(config: ModelConfig) -> dict[str, Any]:
    """The keys of a model's sizes and variants. UserError for what GGUF has no key for."""
    sizes: dict[str, Any] = {
        "context_length": _context(config),
        "embedding_length": config.hidden_size,
        "block_count": config.layers,
        "feed_forward_length": config.intermediate_size,
        "vocab_size": config.vocab_size,
        "attention.head_count": config.heads,
        "attention.head_count_kv": config.kv_heads,
        "attention.key_length": config.head_dim,
        "attention.value_length": config.head_dim,
        "attention.layer_norm_rms_epsilon": float(config.norm_eps),
        "rope.dimension_count": config.head_dim,
        "rope.freq_base": float(config.rope_theta),
        **_scaling(config.rope_scaling),
        **(_gemma(config) if config.architecture == "gemma3" else {}),
    }
    if config.architecture != "gemma3" and not math.isclose(config.attention_scale, config.head_dim**-0.5):
        raise UserError("GGUF has no place for the way this model weighs its scores", OTHER)
    return {f"{config.architecture}.{key}": value for key, value in sizes.items()}


def _context(config: ModelConfig) -> int:
    """GGUF has windows for Gemma only; within one window the others are the same without."""
    if config.architecture == "gemma3" or not any(config.windowed_layers) or config.window is None:
        return config.context
    return min(config.context, config.window)


def _scaling(scaling: RopeScaling | None) -> dict[str, Any]:
    """None for Llama 3's, which is a tensor of factors."""
    if scaling is None or scaling.kind == "llama3":
        return {}
    keys: dict[str, Any] = {"rope.scaling.type": scaling.kind, "rope.scaling.factor": float(scaling.factor)}
    if scaling.kind == "linear":
        return keys
    if replace(scaling, factor=1.0, original_context=0) != RopeScaling("yarn", 1.0, 0):
        raise UserError("GGUF has no place for the way this model stretches its context", OTHER)
    return keys | {"rope.scaling.original_context_length": scaling.original_context}


def _gemma(config: ModelConfig) -> dict[str, Any]:
    return {
        "attention.sliding_window": config.window or config.context,
        "attention.sliding_window_pattern": _pattern(config.windowed_layers),
        "rope.freq_base_swa": float(config.local_rope_theta or config.rope_theta),
    }


def _pattern(windowed: tuple[bool, ...]) -> int | list[bool]:
    """Every how many layers one sees all; a flag for each layer where they follow no rhythm."""
    every = next((layer + 1 for layer, near in enumerate(windowed) if not near), len(windowed) + 1)
    regular = tuple(bool((layer + 1) % every) for layer in range(len(windowed)))
    return every if regular == windowed else list(windowed)


def query_factor(config: ModelConfig) -> float:
    """What Gemma's query norm is multiplied with: GGUF knows one scale for the scores, the model may have another."""
    if config.architecture != "gemma3":
        return 1.0
    usual = config.hidden_size / config.heads if config.layers == GEMMA3_27B_LAYERS else config.head_dim
    return config.attention_scale / usual**-0.5
