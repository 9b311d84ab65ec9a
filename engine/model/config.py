"""What one decoder is made of: its sizes, its variants, and the name and shape of every weight.

Knows no file format; sizes that no model can have are refused here, before anything is allocated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from engine.errors import UserError

Architecture = Literal["llama", "qwen2", "qwen3", "gemma3"]
Activation = Literal["silu", "gelu_tanh"]
Shape = tuple[int, ...]

LARGEST = {
    "vocab_size": 1 << 21,
    "hidden_size": 1 << 16,
    "intermediate_size": 1 << 19,
    "layers": 512,
    "heads": 1024,
    "kv_heads": 1024,
    "head_dim": 4096,
    "context": 1 << 25,
}


@dataclass(frozen=True, slots=True)
class RopeScaling:
    """How rotary frequencies are stretched for contexts longer than the model was first trained on.

    linear: positions divided by `factor`. llama3: Llama 3.1's bands. yarn: arXiv 2309.00071.
    """

    kind: Literal["linear", "llama3", "yarn"]
    factor: float
    original_context: int = 8192
    low_frequency_factor: float = 1.0
    high_frequency_factor: float = 4.0
    beta_fast: float = 32.0
    beta_slow: float = 1.0
    attention_factor: float | None = None
    """yarn: what cosines and sines are multiplied with; None for 0.1 ln(factor) + 1."""


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Every architecture is this one decoder with some switches set. Mistral is llama with a window."""

    architecture: Architecture
    vocab_size: int
    hidden_size: int
    intermediate_size: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    context: int
    norm_eps: float = 1e-6
    rope_theta: float = 10_000.0
    rope_scaling: RopeScaling | None = None
    tied: bool = True
    qkv_bias: bool = False
    output_bias: bool = False
    mlp_bias: bool = False
    qk_norm: bool = False
    post_norms: bool = False
    activation: Activation = "silu"
    embedding_scale: float = 1.0
    attention_scale: float = 0.0
    """What query · key is multiplied with; 0 for head_dim ** -0.5."""
    window: int | None = None
    """Tokens that a windowed layer sees, the current one included."""
    windowed_layers: tuple[bool, ...] = ()
    """One a layer; empty for none."""
    local_rope_theta: float | None = None
    """The rotary base of windowed layers where it differs (Gemma 3); they are then not scaled either."""

    def __post_init__(self) -> None:
        for name, largest in LARGEST.items():
            value = getattr(self, name)
            if type(value) is not int or not 0 < value <= largest:
                raise _impossible(f"{name} is {value!r:.40}")
        if self.heads % self.kv_heads:
            raise _impossible(f"{self.heads} heads cannot share {self.kv_heads} key-value heads")
        if self.head_dim % 2:
            raise _impossible(f"head_dim is {self.head_dim}, an odd number")
        if self.windowed_layers and len(self.windowed_layers) != self.layers:
            raise _impossible(f"{len(self.windowed_layers)} layer types for {self.layers} layers")
        if any(self.windowed_layers) and self.window is None:
            raise _impossible("its layers have a window of no size")
        if self.window is not None and self.window < 1:
            raise _impossible(f"the attention window is {self.window}")
        for name in ("norm_eps", "rope_theta", "embedding_scale"):
            value = getattr(self, name)
            if not (isinstance(value, float | int) and math.isfinite(value) and value > 0):
                raise _impossible(f"{name} is {value!r:.40}")
        if not self.attention_scale:
            object.__setattr__(self, "attention_scale", self.head_dim**-0.5)
        if not self.windowed_layers:
            object.__setattr__(self, "windowed_layers", (False,) * self.layers)

    def window_of(self, layer: int) -> int | None:
        return self.window if self.windowed_layers[layer] else None

    def shapes(self) -> dict[str, Shape]:
        """Name and shape of every weight, in the order of the model; a linear weight is [out, in]."""
        shapes: dict[str, Shape] = {"embed.weight": (self.vocab_size, self.hidden_size)}
        for layer in range(self.layers):
            shapes |= {f"layers.{layer}.{name}": shape for name, shape in self._layer_shapes().items()}
        shapes["norm.weight"] = (self.hidden_size,)
        if not self.tied:
            shapes["head.weight"] = (self.vocab_size, self.hidden_size)
        return shapes

    def _layer_shapes(self) -> dict[str, Shape]:
        hidden, inner = (self.hidden_size,), self.intermediate_size
        shapes: dict[str, Shape] = {"attention_norm.weight": hidden}
        for name, heads in (("query", self.heads), ("key", self.kv_heads), ("value", self.kv_heads)):
            shapes |= _linear(f"attention.{name}", heads * self.head_dim, self.hidden_size, self.qkv_bias)
        shapes |= _linear("attention.output", self.hidden_size, self.heads * self.head_dim, self.output_bias)
        if self.qk_norm:
            shapes |= {"attention.query_norm.weight": (self.head_dim,), "attention.key_norm.weight": (self.head_dim,)}
        if self.post_norms:
            shapes["attention_post_norm.weight"] = hidden
        shapes["mlp_norm.weight"] = hidden
        shapes |= _linear("mlp.gate", inner, self.hidden_size, self.mlp_bias)
        shapes |= _linear("mlp.up", inner, self.hidden_size, self.mlp_bias)
        shapes |= _linear("mlp.down", self.hidden_size, inner, self.mlp_bias)
        if self.post_norms:
            shapes["mlp_post_norm.weight"] = hidden
        return shapes

    def parameters(self) -> int:
        """How many numbers the model has, a tied head counted once."""
        outer = self.vocab_size * self.hidden_size * (1 if self.tied else 2) + self.hidden_size
        return outer + self.layers * sum(math.prod(shape) for shape in self._layer_shapes().values())

    def kv_bytes_per_token(self, bytes_per_value: int) -> int:
        """Bytes that the key-value cache takes for each token of context."""
        return 2 * self.layers * self.kv_heads * self.head_dim * bytes_per_value


def _linear(name: str, outputs: int, inputs: int, bias: bool) -> dict[str, Shape]:
    weight: dict[str, Shape] = {f"{name}.weight": (outputs, inputs)}
    return weight | {f"{name}.bias": (outputs,)} if bias else weight


def _impossible(what: str) -> UserError:
    return UserError(
        f"The model's configuration describes no model that could exist: {what}",
        "Download the model again, or choose another one.",
    )
