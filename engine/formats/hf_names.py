"""Weight names of Hugging Face folders <-> ours, one table a family.

Knows names and Gemma's norm offset, not files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from engine.model.config import Architecture, ModelConfig

LLAMA = {
    "attention_norm": "input_layernorm",
    "attention.query": "self_attn.q_proj",
    "attention.key": "self_attn.k_proj",
    "attention.value": "self_attn.v_proj",
    "attention.output": "self_attn.o_proj",
    "mlp_norm": "post_attention_layernorm",
    "mlp.gate": "mlp.gate_proj",
    "mlp.up": "mlp.up_proj",
    "mlp.down": "mlp.down_proj",
}
QWEN3 = LLAMA | {"attention.query_norm": "self_attn.q_norm", "attention.key_norm": "self_attn.k_norm"}
GEMMA3 = QWEN3 | {
    "attention_post_norm": "post_attention_layernorm",
    "mlp_norm": "pre_feedforward_layernorm",
    "mlp_post_norm": "post_feedforward_layernorm",
}
LAYER_NAMES: Mapping[Architecture, Mapping[str, str]] = {
    "llama": LLAMA,
    "qwen2": LLAMA,
    "qwen3": QWEN3,
    "gemma3": GEMMA3,
}
EXPECTED_EXTRAS = re.compile(r"rotary_emb\.inv_freq$|masked_bias$|^(model\.)?(vision_tower|multi_modal_projector)\.")
"""Tensors that some folders hold beside the language model, and that it does not need."""


def their_name(name: str, architecture: Architecture) -> str:
    """Our name of a weight -> theirs, without a prefix in front of the decoder's parts."""
    stem, _, leaf = name.rpartition(".")
    if stem in ("embed", "norm", "head"):
        return f"{ {'embed': 'embed_tokens', 'norm': 'norm', 'head': 'lm_head'}[stem] }.{leaf}"
    _, layer, part = stem.split(".", 2)
    return f"layers.{layer}.{LAYER_NAMES[architecture][part]}.{leaf}"


def written_name(name: str, architecture: Architecture) -> str:
    """The name a weight has in a folder that we write."""
    theirs = their_name(name, architecture)
    return theirs if theirs.startswith("lm_head") else f"model.{theirs}"


def found_names(config: ModelConfig, present: Iterable[str]) -> dict[str, str]:
    """Our name -> the name in this file, for every weight; a name that is absent stays as it should have been.

    Files put different prefixes in front: none, "model.", "language_model.model.".
    """
    names = set(present)
    embeds = sorted((name for name in names if name.endswith("embed_tokens.weight")), key=len)
    prefix = embeds[0].removesuffix("embed_tokens.weight") if embeds else "model."
    heads = [name for name in names if name.endswith("lm_head.weight")]
    found: dict[str, str] = {}
    for ours in config.shapes():
        theirs = their_name(ours, config.architecture)
        found[ours] = (heads[0] if heads else theirs) if ours == "head.weight" else prefix + theirs
    return found


def unexplained(config: ModelConfig, found: Mapping[str, str], present: Iterable[str]) -> list[str]:
    """Weights of the file that the config has no place for."""
    used = set(found.values())
    spare = (name for name in present if name not in used and not EXPECTED_EXTRAS.search(name))
    return sorted(name for name in spare if not (config.tied and name.endswith("lm_head.weight")))


def norm_offset(name: str, architecture: Architecture) -> float:
    """What is added to a norm weight on import and taken away on export: Gemma stores w and multiplies by 1 + w."""
    return 1.0 if architecture == "gemma3" and name.endswith("norm.weight") else 0.0
