"""One layer of the decoder: norms, attention with shared key-value heads, gated MLP.

The stream between layers is float32 whatever the weights are; knows nothing of vocabularies.
Shapes: B batch, T new tokens, S tokens seen so far, H heads, K key-value heads, D head_dim.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.model.cache import KVCache
from engine.model.causal import causal_attention
from engine.model.config import ModelConfig
from engine.model.linear import Linear
from engine.model.norming import rms_norm
from engine.model.rope import rotate


class Reach(NamedTuple):
    """What the new tokens of a layer may look at."""

    start: int
    """The first key that any of them sees."""
    mask: Tensor | None
    """bool [T, S - start], or [B, 1, T, S] for rows that differ.

    None when every new token sees all of it, or `causal` says it.
    """
    causal: bool

    @classmethod
    def of(cls, past: int, new: int, window: int | None, device: torch.device) -> Reach:
        start = 0 if window is None else max(0, past + 1 - window)
        within = window is None or past + new <= window
        if new == 1:
            return cls(start, None, causal=False)
        if past == 0 and within:
            return cls(0, None, causal=True)
        # Written out because torch's is_causal lines up the first query with the first key, not the last with the last.
        query = torch.arange(past, past + new, device=device)[:, None]
        key = torch.arange(start, past + new, device=device)
        mask = key <= query
        return cls(start, mask if window is None else mask & (key > query - window), causal=False)


class Place(NamedTuple):
    """Where the new tokens of a layer stand."""

    cos: Tensor
    sin: Tensor
    reach: Reach


class Norm(nn.Module):
    """RMSNorm (arXiv 1910.07467). Computes in float32 and keeps its weight there."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.empty(size, dtype=torch.float32))

    def forward(self, x: Tensor) -> Tensor:
        return rms_norm(x.float(), self.weight, self.eps)


class Attention(nn.Module):
    """Grouped-query attention (arXiv 2305.13245)."""

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        self.layer = layer
        self.heads, self.kv_heads, self.head_dim = config.heads, config.kv_heads, config.head_dim
        self.scale = config.attention_scale
        hidden, inner, shared = config.hidden_size, config.heads * config.head_dim, config.kv_heads * config.head_dim
        self.query = Linear(hidden, inner, bias=config.qkv_bias)
        self.key = Linear(hidden, shared, bias=config.qkv_bias)
        self.value = Linear(hidden, shared, bias=config.qkv_bias)
        self.output = Linear(inner, hidden, bias=config.output_bias)
        self.query_norm = Norm(config.head_dim, config.norm_eps) if config.qk_norm else None
        self.key_norm = Norm(config.head_dim, config.norm_eps) if config.qk_norm else None

    def forward(self, x: Tensor, place: Place, cache: KVCache | None) -> Tensor:
        """[B, T, hidden] in the weights' dtype -> the same."""
        query = rotate(self.split(self.query(x), self.query_norm), place.cos, place.sin)
        key = rotate(self.split(self.key(x), self.key_norm), place.cos, place.sin)
        value = self.split(self.value(x), None)
        if cache is not None:
            key, value = cache.append(self.layer, key, value)
        seen = self._attend(query.to(key.dtype), key, value, place.reach)
        return self.output(seen.to(x.dtype))

    def split(self, flat: Tensor, norm: Norm | None) -> Tensor:
        """[B, T, n·D] -> [B, n, T, D]"""
        split = flat.view(*flat.shape[:2], -1, self.head_dim)
        if norm is not None:
            split = norm(split).to(flat.dtype)
        return split.transpose(1, 2)

    def _attend(self, query: Tensor, key: Tensor, value: Tensor, reach: Reach) -> Tensor:
        """[B, H, T, D] on [B, K, S, D] -> [B, T, H·D]"""
        batch, _, new, _ = query.shape
        if reach.start:
            key, value = key[:, :, reach.start :], value[:, :, reach.start :]
        if new == 1 and reach.mask is None:
            # The heads of a group stand where the new tokens would, so that no key is copied for each of them.
            query = query.reshape(batch, self.kv_heads, -1, self.head_dim)
            return F.scaled_dot_product_attention(query, key, value, scale=self.scale).reshape(batch, 1, -1)
        if reach.causal and torch.is_grad_enabled() and query.device.type == "cpu":
            seen = causal_attention(query, key, value, self.scale)
        else:
            seen = F.scaled_dot_product_attention(
                query, key, value, reach.mask, is_causal=reach.causal, scale=self.scale, enable_gqa=True
            )
        return seen.transpose(1, 2).reshape(batch, new, -1)


class MLP(nn.Module):
    """Gated feed-forward (GLU variants, arXiv 2002.05202)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        hidden, inner = config.hidden_size, config.intermediate_size
        self.gate = Linear(hidden, inner, bias=config.mlp_bias)
        self.up = Linear(hidden, inner, bias=config.mlp_bias)
        self.down = Linear(inner, hidden, bias=config.mlp_bias)
        self.gelu = config.activation == "gelu_tanh"

    def forward(self, x: Tensor) -> Tensor:
        gate = self.gate(x)
        gate = F.gelu(gate, approximate="tanh") if self.gelu else F.silu(gate)
        return self.down(gate * self.up(x))


class Block(nn.Module):
    """A layer: what attention says and what the MLP says are added to the stream."""

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        hidden, eps = config.hidden_size, config.norm_eps
        self.attention_norm = Norm(hidden, eps)
        self.attention = Attention(config, layer)
        self.attention_post_norm = Norm(hidden, eps) if config.post_norms else None
        self.mlp_norm = Norm(hidden, eps)
        self.mlp = MLP(config)
        self.mlp_post_norm = Norm(hidden, eps) if config.post_norms else None

    def forward(self, x: Tensor, place: Place, cache: KVCache | None, dtype: torch.dtype) -> Tensor:
        said = self.attention(self.attention_norm(x).to(dtype), place, cache)
        x = x + (said if self.attention_post_norm is None else self.attention_post_norm(said))
        said = self.mlp(self.mlp_norm(x).to(dtype))
        return x + (said if self.mlp_post_norm is None else self.mlp_post_norm(said))
