"""`config.json` of each family <-> ModelConfig. The defaults are those of Transformers where a file leaves one out.

Knows fields, not files.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from engine.errors import UserError
from engine.formats.fields import Fields
from engine.formats.hf_rope import read_rope, write_rope
from engine.model.config import Activation, Architecture, ModelConfig

KNOWN = "Nextword reads Llama, Mistral, SmolLM2, Qwen2, Qwen3 and Gemma 3 text models. Choose one of these."
ACTIVATIONS: dict[str, Activation] = {"silu": "silu", "swish": "silu", "gelu_pytorch_tanh": "gelu_tanh"}


class Family(NamedTuple):
    """What a family's `config.json` leaves unsaid."""

    architecture: Architecture
    context: int
    tied: bool
    activation: str = "silu"
    head_dim: int | None = None
    heads: int | None = None
    kv_heads: int | None = None
    vocab: int | None = None


FAMILIES = {
    "llama": Family("llama", 2048, tied=False),
    "mistral": Family("llama", 131_072, tied=False),
    "qwen2": Family("qwen2", 32_768, tied=False),
    "qwen3": Family("qwen3", 32_768, tied=False, head_dim=128),
    "gemma3_text": Family("gemma3", 131_072, True, "gelu_pytorch_tanh", 256, heads=8, kv_heads=4, vocab=262_208),
}


def read_config(whole: Fields) -> ModelConfig:
    """UserError for an architecture or a variant of one that the decoder does not have."""
    kind, fields = _text_part(whole)
    family = FAMILIES.get(kind)
    if family is None:
        raise UserError(f"This model is built as “{kind[:40]}”, which Nextword does not know", KNOWN)
    if whole.has("quantization_config"):
        raise UserError(
            "The weights of this model are stored in a packed form that Nextword does not read",
            "Choose the unpacked model, or a GGUF file of it.",
        )
    heads, hidden = fields.integer("num_attention_heads", family.heads), fields.integer("hidden_size")
    context = fields.integer("max_position_embeddings", family.context)
    layers = fields.integer("num_hidden_layers")
    common: dict[str, Any] = {
        "architecture": family.architecture,
        "vocab_size": fields.integer("vocab_size", family.vocab),
        "hidden_size": hidden,
        "intermediate_size": fields.integer("intermediate_size"),
        "layers": layers,
        "heads": heads,
        "kv_heads": fields.integer("num_key_value_heads", family.kv_heads or heads),
        "head_dim": fields.integer("head_dim", family.head_dim or (hidden // heads if heads > 0 else 0)),
        "context": context,
        "norm_eps": fields.number("rms_norm_eps", 1e-6),
        "tied": fields.flag("tie_word_embeddings", whole.flag("tie_word_embeddings", family.tied)),
        "activation": _activation(fields, family),
    }
    rope = _gemma_rope(fields, context) if kind == "gemma3_text" else _rope(fields, context)
    sane_layers = layers if 0 < layers <= 512 else 0  # a list of a billion layer types would not fit into memory
    return ModelConfig(**common, **rope, **_variant(kind, fields), **_windows(kind, fields, sane_layers))


def _text_part(whole: Fields) -> tuple[str, Fields]:
    """Family and fields of the language model, which sits in `text_config` where pictures are read too."""
    kind = whole.text("model_type", "unknown")
    if kind != "gemma3":
        return kind, whole
    return "gemma3_text", whole.inner("text_config")


def _activation(fields: Fields, family: Family) -> Activation:
    name = fields.text("hidden_activation", fields.text("hidden_act", family.activation))
    if family.architecture == "gemma3" and name == "gelu":
        name = family.activation  # early files say gelu and mean its tanh form
    if name not in ACTIVATIONS:
        raise UserError(f"This model uses the activation “{name[:40]}”, which Nextword does not know", KNOWN)
    return ACTIVATIONS[name]


def _rope(fields: Fields, context: int) -> dict[str, Any]:
    if fields.number("partial_rotary_factor", 1.0) != 1.0:
        raise UserError("This model turns only a part of each head, which Nextword does not know", KNOWN)
    theta = fields.number("rope_theta", 10_000.0)
    rope = fields.inner("rope_scaling" if fields.has("rope_scaling") else "rope_parameters")
    theta, scaling = read_rope(rope, theta, context)
    return {"rope_theta": theta, "rope_scaling": scaling}


def _gemma_rope(fields: Fields, context: int) -> dict[str, Any]:
    both = fields.inner("rope_parameters")
    whole = fields.inner("rope_scaling") if fields.has("rope_scaling") else both.inner("full_attention")
    theta, scaling = read_rope(whole, fields.number("rope_theta", 1_000_000.0), context)
    near = both.inner("sliding_attention")
    local, local_scaling = read_rope(near, fields.number("rope_local_base_freq", 10_000.0), context)
    if local_scaling is not None:
        raise UserError("This model scales the positions of its windows, which Nextword does not know", KNOWN)
    return {"rope_theta": theta, "rope_scaling": scaling, "local_rope_theta": local}


def _variant(kind: str, fields: Fields) -> dict[str, Any]:
    bias = fields.flag("attention_bias", False)
    if kind == "qwen2":
        return {"qkv_bias": True}
    if kind != "gemma3_text":
        mlp_bias = kind == "llama" and fields.flag("mlp_bias", False)
        return {"qkv_bias": bias, "output_bias": bias, "mlp_bias": mlp_bias, "qk_norm": kind == "qwen3"}
    for cap in ("final_logit_softcapping", "attn_logit_softcapping"):
        if fields.has(cap):
            raise UserError(f"This model uses {cap}, which Nextword does not know", KNOWN)
    if fields.flag("use_bidirectional_attention", False):
        raise UserError("This model reads forwards and backwards: it makes no text", KNOWN)
    scalar = fields.number("query_pre_attn_scalar", 256.0)
    if scalar <= 0:
        raise UserError(f"query_pre_attn_scalar is {scalar:g}, which no model can have", "Copy config.json again.")
    return {
        "qkv_bias": bias,
        "output_bias": bias,
        "qk_norm": True,
        "post_norms": True,
        "embedding_scale": max(fields.integer("hidden_size"), 0) ** 0.5,
        "attention_scale": scalar**-0.5,
    }


def _windows(kind: str, fields: Fields, layers: int) -> dict[str, Any]:
    """Which layers see only the tokens of a window."""
    if kind == "llama" or (kind in ("qwen2", "qwen3") and not fields.flag("use_sliding_window", False)):
        return {}
    if kind == "mistral":
        none = fields.values.get("sliding_window", 4096) is None
        window = None if none else fields.integer("sliding_window", 4096)
        return {} if window is None else {"window": window, "windowed_layers": (True,) * layers}
    if kind != "gemma3_text" and "sliding_window" in fields.values and not fields.has("sliding_window"):
        return {}
    if fields.has("layer_types"):
        windowed = tuple(name == "sliding_attention" for name in fields.array("layer_types"))
    elif kind == "gemma3_text":
        pattern = max(fields.integer("sliding_window_pattern", 6), 1)
        windowed = tuple(bool((layer + 1) % pattern) for layer in range(layers))
    else:
        windowed = tuple(layer >= fields.integer("max_window_layers", 28) for layer in range(layers))
    return {"window": fields.integer("sliding_window", 4096), "windowed_layers": windowed}


# ---- writing ---------------------------------------------------------------------
CLASS_OF = {
    "llama": "LlamaForCausalLM",
    "mistral": "MistralForCausalLM",
    "qwen2": "Qwen2ForCausalLM",
    "qwen3": "Qwen3ForCausalLM",
    "gemma3_text": "Gemma3ForCausalLM",
}


def family_of(config: ModelConfig) -> str:
    """The `model_type` that Transformers reads this config with."""
    if config.architecture == "llama" and any(config.windowed_layers):
        return "mistral"
    return "gemma3_text" if config.architecture == "gemma3" else config.architecture


def write_config(config: ModelConfig, dtype: str) -> dict[str, Any]:
    """The fields of `config.json`, in the spelling of Transformers 4 and of 5; token ids are not among them."""
    kind = family_of(config)
    activation = next(name for name, ours in ACTIVATIONS.items() if ours == config.activation)
    written: dict[str, Any] = {
        "architectures": [CLASS_OF[kind]],
        "model_type": kind,
        "vocab_size": config.vocab_size,
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.kv_heads,
        "head_dim": config.head_dim,
        "max_position_embeddings": config.context,
        "rms_norm_eps": config.norm_eps,
        "tie_word_embeddings": config.tied,
        "hidden_activation" if kind == "gemma3_text" else "hidden_act": activation,
        "attention_dropout": 0.0,
        "torch_dtype": dtype,
        "dtype": dtype,
    }
    return written | _write_rope(config, kind) | _write_variant(config, kind)


def _write_rope(config: ModelConfig, kind: str) -> dict[str, Any]:
    far = write_rope(config.rope_theta, config.rope_scaling)
    old = None if config.rope_scaling is None else {key: far[key] for key in far if key != "rope_theta"}
    written = {"rope_theta": config.rope_theta, "rope_scaling": old}
    if kind != "gemma3_text":
        return written | {"rope_parameters": far}
    near = config.local_rope_theta or config.rope_theta
    both = {"full_attention": far, "sliding_attention": write_rope(near, None)}
    return written | {"rope_local_base_freq": near, "rope_parameters": both}


def _write_variant(config: ModelConfig, kind: str) -> dict[str, Any]:
    if kind == "mistral":
        return {"sliding_window": config.window}
    types = ["sliding_attention" if windowed else "full_attention" for windowed in config.windowed_layers]
    written: dict[str, Any] = {} if kind == "qwen2" else {"attention_bias": config.qkv_bias}
    if kind == "llama":
        return written | {"mlp_bias": config.mlp_bias}
    if kind == "gemma3_text":
        scalar = round(cast(float, config.attention_scale**-2), 6)
        scalar = int(scalar) if scalar.is_integer() else scalar
        return written | {"sliding_window": config.window, "layer_types": types, "query_pre_attn_scalar": scalar}
    first = next((i for i, windowed in enumerate(config.windowed_layers) if windowed), config.layers)
    windows = {"use_sliding_window": any(config.windowed_layers), "sliding_window": config.window}
    return written | windows | {"max_window_layers": first, "layer_types": types}
