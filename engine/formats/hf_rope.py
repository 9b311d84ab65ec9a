"""The rotary part of a `config.json`: old fields and those of Transformers 5, read and written.

Knows fields, not models.
"""

from __future__ import annotations

import math
from typing import Any

from engine.errors import UserError
from engine.formats.fields import Fields
from engine.model.config import RopeScaling


def read_rope(rope: Fields, theta: float, context: int) -> tuple[float, RopeScaling | None]:
    """Base and scaling of one `rope_parameters` or `rope_scaling` object, which may be empty."""
    theta = rope.number("rope_theta", theta)
    kind = rope.text("rope_type", rope.text("type", "default"))
    original = rope.integer("original_max_position_embeddings", context)
    match kind:
        case "default":
            return theta, None
        case "linear":
            return theta, RopeScaling("linear", _factor(rope))
        case "llama3":
            low, high = rope.number("low_freq_factor"), rope.number("high_freq_factor")
            if high <= low:
                raise UserError(
                    "The rotary scaling of this model is contradictory", "Copy its config.json again from its source."
                )
            return theta, RopeScaling("llama3", _factor(rope), original, low, high)
        case "yarn":
            return theta, _read_yarn(rope, original)
    raise UserError(
        f"This model stretches its context in a way that Nextword does not know: {kind}",
        "Choose a model with linear, llama3 or yarn scaling, or without.",
    )


def _factor(rope: Fields) -> float:
    factor = rope.number("factor")
    if factor < 1:
        raise UserError(
            f"The rotary scaling factor of this model is {factor:g}, less than 1", "Copy its config.json again."
        )
    return factor


def _read_yarn(rope: Fields, original: int) -> RopeScaling:
    if rope.flag("truncate", True) is False:
        raise UserError(
            "This model uses yarn scaling without rounding, which Nextword does not know", "Choose another model."
        )
    factor, attention = _factor(rope), None
    if rope.has("attention_factor"):
        attention = rope.number("attention_factor")
    elif rope.has("mscale") and rope.has("mscale_all_dim"):
        attention = _mscale(factor, rope.number("mscale")) / _mscale(factor, rope.number("mscale_all_dim"))
    fast, slow = rope.number("beta_fast", 32.0), rope.number("beta_slow", 1.0)
    return RopeScaling("yarn", factor, original, beta_fast=fast, beta_slow=slow, attention_factor=attention)


def _mscale(factor: float, weight: float) -> float:
    return 0.1 * weight * math.log(factor) + 1.0


def write_rope(theta: float, scaling: RopeScaling | None) -> dict[str, Any]:
    """The `rope_parameters` object of Transformers 5; without `rope_theta` it is the older `rope_scaling`."""
    return {"rope_theta": theta, "rope_type": "default" if scaling is None else scaling.kind} | _scaling(scaling)


def _scaling(scaling: RopeScaling | None) -> dict[str, Any]:
    if scaling is None:
        return {}
    written: dict[str, Any] = {"factor": scaling.factor}
    if scaling.kind != "linear":
        written["original_max_position_embeddings"] = scaling.original_context
    if scaling.kind == "llama3":
        written |= {"low_freq_factor": scaling.low_frequency_factor, "high_freq_factor": scaling.high_frequency_factor}
    if scaling.kind == "yarn":
        written |= {"beta_fast": scaling.beta_fast, "beta_slow": scaling.beta_slow}
        if scaling.attention_factor is not None:
            written["attention_factor"] = scaling.attention_factor
    return written
