"""What a chat is written with: its own values where it has some, the settings' otherwise. Knows no widget."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from engine.data.chats import Chat
from engine.messages import Overflow, Sampling
from engine.settings import SettingsStore

SAMPLING = ("temperature", "top_k", "top_p", "min_p", "repetition_penalty", "presence_penalty", "frequency_penalty")
KEYS = (*SAMPLING, "max_new_tokens", "seed_fixed", "seed", "overflow")
CARDS = "cards"
"""A chat's own value, with no default in the settings: whether a taught model may lean on its pairs."""

PRESETS: Mapping[str, Mapping[str, float | int]] = {
    "Balanced": {"temperature": 0.7, "top_k": 40, "top_p": 0.95, "min_p": 0.05},
    "Careful": {"temperature": 0.3, "top_k": 20, "top_p": 0.9, "min_p": 0.1},
    "Inventive": {"temperature": 1.1, "top_k": 100, "top_p": 0.98, "min_p": 0.02},
    "Likeliest word": {"temperature": 0.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0},
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The values in force for one chat."""

    values: Mapping[str, float | int | str | bool]

    def sampling(self) -> Sampling:
        numbers = {key: self.values[key] for key in SAMPLING}
        seed = int(self.values["seed"]) if self.values["seed_fixed"] else None
        return Sampling(**numbers, seed=seed)  # type: ignore[arg-type]

    @property
    def max_new_tokens(self) -> int:
        return int(self.values["max_new_tokens"])

    @property
    def overflow(self) -> Overflow:
        return self.values["overflow"]  # type: ignore[return-value]

    @property
    def cards(self) -> bool:
        return bool(self.values[CARDS])

    def to_json(self) -> str:
        return json.dumps(dict(self.values))

    @property
    def preset(self) -> str:
        """The name of the preset that these values are, or "Own values"."""
        for name, preset in PRESETS.items():
            if all(self.values[key] == value for key, value in preset.items()):
                return name
        return "Own values"


class Options:
    """Looks values up: chat, then settings."""

    def __init__(self, settings: SettingsStore) -> None:
        self._settings = settings

    def of(self, chat: Chat | None) -> Chosen:
        """The values in force. Keys that a chat does not know, and damaged ones, fall back to the settings."""
        values = {CARDS: True, **{key: self._settings.get(f"generation.{key}") for key in KEYS}}
        own = json.loads(chat.sampling) if chat and chat.sampling else {}
        values.update({key: own[key] for key in values if key in own and type(own[key]) is type(values[key])})
        return Chosen(values)

    def instructions(self, chat: Chat | None) -> str:
        own = chat.instructions if chat else None
        return self._settings.get("generation.instructions") if own is None else own

    @property
    def keep_alternatives(self) -> bool:
        return bool(self._settings.get("privacy.receipts"))
