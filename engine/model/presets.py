"""The sizes a model can be trained in here, and the weights that one begins with. Knows no text and no training.

Qwen3-class: RMSNorm, RoPE, norms on queries and keys, gated MLP, shared key-value heads, tied embedding; so that
Transformers and llama.cpp read what was trained.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from engine.errors import UserError
from engine.model.config import ModelConfig
from engine.model.transformer import Transformer

HEAD_DIM = 64
EMBEDDING_STD = 0.02
LAST = ("attention.output.weight", "mlp.down.weight")
"""What a layer adds to the stream begins at zero, so that a new model is its embedding alone."""


@dataclass(frozen=True, slots=True)
class Size:
    """Depth and width, and what goes with them."""

    layers: int
    width: int
    kv_heads: int
    context: int
    vocabulary: int
    """That its number of parameters is told for."""


SIZES = {
    "tiny": Size(4, 128, 1, 256, 2048),
    "nano": Size(8, 256, 2, 512, 4096),
    "small": Size(10, 384, 2, 512, 8192),
    "medium": Size(12, 512, 4, 1024, 8192),
    "large": Size(16, 768, 4, 1024, 16384),
}


def preset_config(preset: str, vocabulary: int, *, layers: int = 0, width: int = 0, context: int = 0) -> ModelConfig:
    """The configuration of a size; 0 keeps what the size has. UserError for what cannot be."""
    if preset not in SIZES:
        raise UserError(f"There is no size called “{preset[:30]}”", f"Choose one of {', '.join(SIZES)}.")
    size = SIZES[preset]
    layers, width, context = layers or size.layers, width or size.width, context or size.context
    if width < HEAD_DIM or width % HEAD_DIM:
        raise UserError(f"A width of {width} is not possible", f"Choose a multiple of {HEAD_DIM}.")
    if not 16 <= context <= 8192:
        raise UserError(f"A context of {context} tokens is not possible", "Choose 16 to 8,192.")
    heads = width // HEAD_DIM
    shared = size.kv_heads if heads % size.kv_heads == 0 else 1
    return ModelConfig(
        "qwen3", vocabulary, width, inner_size(width), layers, heads, shared, HEAD_DIM, context, qk_norm=True
    )


def inner_size(width: int) -> int:
    """Of the MLP: 8/3 of the width, so that three matrices hold what two of four times the width would."""
    return -(-8 * width // (3 * HEAD_DIM)) * HEAD_DIM


def fresh(config: ModelConfig, seed: int) -> Transformer:
    """A model with first weights, ready to be trained on the CPU; the same seed gives the same weights."""
    luck = torch.Generator().manual_seed(seed)
    model = Transformer(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 1:
                nn.init.ones_(parameter)
            elif name.startswith("embed"):
                parameter.normal_(0.0, EMBEDDING_STD, generator=luck)
            elif name.endswith(LAST):
                nn.init.zeros_(parameter)
            else:
                reach = (3 / parameter.shape[1]) ** 0.5  # uniform of standard deviation 1/√inputs
                parameter.uniform_(-reach, reach, generator=luck)
    return model
