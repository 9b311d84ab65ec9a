"""Rotary positions (RoFormer, arXiv 2104.09864) in the half-split layout, with the scalings in use.

Knows frequencies and rotations, not which layer asks.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from engine.model.config import RopeScaling

CHUNK = 512


def frequencies(head_dim: int, theta: float, scaling: RopeScaling | None = None) -> Tensor:
    """Radians a position, float32 [head_dim / 2]."""
    plain = 1.0 / theta ** (torch.arange(0, head_dim, 2, dtype=torch.float32, device="cpu") / head_dim)
    match scaling:
        case None:
            return plain
        case RopeScaling(kind="linear"):
            return plain / scaling.factor
        case RopeScaling(kind="llama3"):
            return _llama3(plain, scaling)
        case RopeScaling(kind="yarn"):
            return _yarn(plain, theta, scaling)
    raise AssertionError(scaling)


def _llama3(plain: Tensor, scaling: RopeScaling) -> Tensor:
    """Long waves are stretched, short ones kept, those between blended (Llama 3.1)."""
    turns = scaling.original_context * plain / (2 * math.pi)
    low, high = scaling.low_frequency_factor, scaling.high_frequency_factor
    keep = ((turns - low) / (high - low)).clamp(0, 1)
    return plain * keep + plain / scaling.factor * (1 - keep)


def _yarn(plain: Tensor, theta: float, scaling: RopeScaling) -> Tensor:
    """Blend by the number of turns within the original context (arXiv 2309.00071, section 3.2)."""
    head_dim = 2 * len(plain)

    def dimension(turns: float) -> float:
        return head_dim * math.log(scaling.original_context / (turns * 2 * math.pi)) / (2 * math.log(theta))

    first = max(math.floor(dimension(scaling.beta_fast)), 0)
    last = min(math.ceil(dimension(scaling.beta_slow)), head_dim - 1)
    stretch = ((torch.arange(len(plain), dtype=torch.float32, device="cpu") - first) / max(last - first, 0.001)).clamp(
        0, 1
    )
    return plain / scaling.factor * stretch + plain * (1 - stretch)


def amplitude(scaling: RopeScaling | None) -> float:
    """What cosine and sine are multiplied with: 1 but for yarn."""
    if scaling is None or scaling.kind != "yarn":
        return 1.0
    if scaling.attention_factor is not None:
        return scaling.attention_factor
    return 0.1 * math.log(scaling.factor) + 1.0 if scaling.factor > 1 else 1.0


class RopeTable:
    """Cosines and sines by position, made as far as they are asked for."""

    def __init__(self, head_dim: int, theta: float, scaling: RopeScaling | None = None) -> None:
        self._frequencies = frequencies(head_dim, theta, scaling)
        self._amplitude = amplitude(scaling)
        self._cos = torch.empty(0, head_dim, device="cpu")
        self._sin = torch.empty(0, head_dim, device="cpu")

    def rows(self, start: int, stop: int, device: torch.device, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Cosines and signed sines of these positions, [stop - start, head_dim] each."""
        if stop > len(self._cos) or self._cos.device != device or self._cos.dtype != dtype:
            self._make(max(stop, len(self._cos)), device, dtype)
        return self._cos[start:stop], self._sin[start:stop]

    def _make(self, positions: int, device: torch.device, dtype: torch.dtype) -> None:
        positions = -(-positions // CHUNK) * CHUNK
        # Inference tensors cannot be saved for a backward pass: a table made while generating must serve training too.
        with torch.inference_mode(False), torch.no_grad():
            angles = torch.arange(positions, dtype=torch.float32)[:, None] * self._frequencies
            cos, sin = angles.cos() * self._amplitude, angles.sin() * self._amplitude
            self._cos = torch.cat((cos, cos), -1).to(device, dtype)
            # The sign of rotate-half sits in the table, so that a rotation is one roll and one addcmul.
            self._sin = torch.cat((-sin, sin), -1).to(device, dtype)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn [..., T, head_dim] by its positions."""
    return torch.addcmul(x * cos, x.roll(x.shape[-1] // 2, -1), sin)
