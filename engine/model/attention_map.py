"""Who looks at whom in a layer, worked out anew from the stream: the fast path never has these numbers.

Knows one layer and one text that is read whole, no cache.
Shapes: B batch, T tokens, H heads, K key-value heads, D head_dim.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.model.block import Block, Reach
from engine.model.rope import rotate
from engine.model.transformer import Transformer


def attention_map(model: Transformer, layer: int, stream: Tensor) -> Tensor:
    """Float32 [B, H, T, T] from the stream [B, T, hidden] before the layer: row t is how token t shares its attention.

    Every row adds up to 1. Raises IndexError for a layer that there is not.
    """
    block = model.layers[layer]
    assert isinstance(block, Block)
    tokens, attention = stream.shape[1], block.attention
    cos, sin, reach = model.places(0, tokens)[model.config.windowed_layers[layer]]
    x = block.attention_norm(stream).to(model.dtype)
    query = rotate(attention.split(attention.query(x), attention.query_norm), cos, sin)
    key = rotate(attention.split(attention.key(x), attention.key_norm), cos, sin)
    shared = key.float().repeat_interleave(attention.heads // attention.kv_heads, 1)
    scores = query.float() @ shared.transpose(-1, -2) * attention.scale
    return scores.masked_fill(~_allowed(reach, tokens, scores.device), -torch.inf).softmax(-1)


def _allowed(reach: Reach, tokens: int, device: torch.device) -> Tensor:
    """bool [T, T]: without a mask a token sees itself and all before it."""
    if reach.mask is not None:
        return reach.mask
    return torch.ones(tokens, tokens, dtype=torch.bool, device=device).tril()
