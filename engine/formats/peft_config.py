"""`adapter_config.json` as PEFT writes it: the rank and scale of each layer, and what cannot be read.

Knows fields (peft, docs/source/developer_guides/checkpoint.md), not tensors.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import UserError
from engine.formats.fields import Fields, read_json

CONFIG = "adapter_config.json"
OTHER = "Choose a plain LoRA adapter of the linear layers."
MOST_RANK = 1 << 16
REFUSED = {
    "use_dora": "is of the kind DoRA",
    "modules_to_save": "holds whole layers too",
    "trainable_token_indices": "holds words too",
    "target_parameters": "changes single parameters",
    "layer_replication": "repeats layers",
    "alora_invocation_tokens": "is switched on by words",
    "use_qalora": "is of the kind QALoRA",
    "use_bdlora": "is of the kind BD-LoRA",
    "arrow_config": "is of the kind Arrow",
    "kasa_config": "is of the kind KaSA",
    "monteclora_config": "is of the kind MonteCLoRA",
    "velora_config": "is of the kind VeLoRA",
    "lora_bias": "has biases",
    "fan_in_fan_out": "lies the other way round",
}
"""Field -> what an adapter is that has it set. Each would change the result, so none is passed over."""
BEGINNINGS = (True, False, "gaussian", "eva", "orthogonal")
"""Ways to begin that leave the base as it is; PiSSA and its like take something out of it."""
PLAIN_PATTERN = re.compile(r"\^?(?:[A-Za-z0-9_]|\\?\.)+\$?")


@dataclass(frozen=True, slots=True)
class PeftConfig:
    """The patterns are PEFT's: the end of a layer's name -> its own rank or alpha."""

    rank: int
    alpha: float
    rslora: bool = False
    ranks: Mapping[str, int] = field(default_factory=dict)
    alphas: Mapping[str, float] = field(default_factory=dict)
    base: str = ""

    def rank_of(self, module: str) -> int:
        """`module` is their name of a layer: “model.layers.0.mlp.up_proj”."""
        return next((rank for end, rank in self.ranks.items() if _ends(module, end)), self.rank)

    def scale_of(self, module: str) -> float:
        alpha = next((alpha for end, alpha in self.alphas.items() if _ends(module, end)), self.alpha)
        return self.scale(alpha, self.rank_of(module))

    def scale(self, alpha: float, rank: int) -> float:
        return alpha / (math.sqrt(rank) if self.rslora else rank)


def read_peft_config(folder: Path) -> PeftConfig:
    """UserError for every kind of adapter whose result would not be what it was."""
    fields = read_json(folder / CONFIG)
    kind = fields.text("peft_type", "unknown")
    if kind != "LORA":
        raise UserError(f"{folder.name} is an adapter of the kind {kind[:30]}, which Nextword does not know", OTHER)
    if fields.text("task_type", "CAUSAL_LM") != "CAUSAL_LM":
        raise UserError(f"{folder.name} is an adapter for another task: {fields.text('task_type')[:30]}", OTHER)
    for name, what in REFUSED.items():
        if fields.values.get(name):
            raise UserError(f"The adapter {folder.name} {what}, which Nextword does not read", OTHER)
    if fields.text("bias", "none") != "none":
        raise UserError(f"The adapter {folder.name} has biases, which Nextword does not read", OTHER)
    begun = fields.values.get("init_lora_weights", True)
    if begun not in BEGINNINGS:
        raise UserError(f"The adapter {folder.name} was begun with {str(begun)[:30]}, which changes its base", OTHER)
    return PeftConfig(
        rank=_rank(fields, "r"),
        alpha=fields.number("lora_alpha", 8),
        rslora=fields.flag("use_rslora", False),
        ranks={end: _rank(part, end) for part in [fields.inner("rank_pattern")] for end in _plain(part)},
        alphas={end: part.number(end) for part in [fields.inner("alpha_pattern")] for end in _plain(part)},
        base=fields.text("base_model_name_or_path", ""),
    )


def _rank(fields: Fields, name: str) -> int:
    rank = fields.integer(name)
    if not 0 < rank <= MOST_RANK:
        raise UserError(f"{fields.where} says that the rank is {rank}, which none can be", OTHER)
    return rank


def _plain(patterns: Fields) -> list[str]:
    """The keys, if they are names. A stranger's regular expression can run for years, so none is run."""
    for pattern in patterns.values:
        if not PLAIN_PATTERN.fullmatch(pattern):
            raise UserError(f"{patterns.where} chooses layers by an expression: {pattern[:40]}", OTHER)
    return list(patterns.values)


def _ends(module: str, pattern: str) -> bool:
    end = pattern.replace("\\.", ".").removesuffix("$")
    if end.startswith("^"):
        return module == end[1:]
    return module == end or module.endswith(f".{end}")


def peft_values(config: PeftConfig, targets: list[str]) -> dict[str, Any]:
    """The fields of the file that we write, those that PEFT's older versions ask for among them."""
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": config.base,
        "r": config.rank,
        "lora_alpha": int(config.alpha) if float(config.alpha).is_integer() else config.alpha,
        "lora_dropout": 0.0,
        "target_modules": targets,
        "layers_to_transform": None,
        "layers_pattern": None,
        "rank_pattern": dict(config.ranks),
        "alpha_pattern": dict(config.alphas),
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "init_lora_weights": True,
        "modules_to_save": None,
        "use_dora": False,
        "use_rslora": config.rslora,
        "revision": None,
    }
