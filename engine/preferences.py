"""What a person can prefer, declared once: form, command-line flag, help and checks are made from these fields.

Knows neither where they are kept nor what they do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from engine.errors import UserError

Value = bool | int | float | str

LONGEST_TEXT = 100_000

SYSTEM_ON_OFF = (("system", "System"), ("on", "On"), ("off", "Off"))


def setting(default: Value, label: str, help: str, **more: Any) -> Any:
    return field(default=default, metadata={"default": default, "label": label, "help": help, **more})


@dataclass(frozen=True, slots=True)
class General:
    theme: str = setting(
        "system",
        "Appearance",
        "follows the system unless you choose",
        choices=(("system", "System"), ("light", "Light"), ("dark", "Dark")),
    )
    text_size: int = setting(
        100, "Text size", "whole window, also Ctrl + and Ctrl −", minimum=80, maximum=200, step=10, unit="%"
    )
    tint: bool = setting(True, "Show certainty in replies", "tints words the model was unsure of, below 70 %")
    stronger_edges: str = setting(
        "system", "Stronger edges and bars", "raises every line and bar to 3:1 contrast", choices=SYSTEM_ON_OFF
    )
    less_motion: bool = setting(False, "Less motion", "the caret does not blink; nothing else here moves by itself")
    enter_sends: bool = setting(
        True, "Enter key", "what it does while writing", choices=((True, "Sends"), (False, "New line"))
    )


@dataclass(frozen=True, slots=True)
class Generation:
    temperature: float = setting(
        0.7, "Temperature", "0 always takes the likeliest word", minimum=0.0, maximum=2.0, step=0.05, flag="temperature"
    )
    top_k: int = setting(
        40, "Top-k", "keep the k likeliest, 0 keeps all", minimum=0, maximum=1000, step=1, flag="top-k"
    )
    top_p: float = setting(
        0.95, "Top-p", "keep tokens up to this share", minimum=0.01, maximum=1.0, step=0.01, flag="top-p"
    )
    min_p: float = setting(
        0.05, "Min-p", "drop tokens far below the best", minimum=0.0, maximum=1.0, step=0.01, flag="min-p"
    )
    repetition_penalty: float = setting(
        1.0, "Repeat penalty", "1 means off", minimum=1.0, maximum=2.0, step=0.01, flag="repetition-penalty"
    )
    presence_penalty: float = setting(
        0.0,
        "Presence penalty",
        "against used tokens, 0 is off",
        minimum=-2.0,
        maximum=2.0,
        step=0.05,
        flag="presence-penalty",
    )
    frequency_penalty: float = setting(
        0.0,
        "Frequency penalty",
        "grows with every use, 0 is off",
        minimum=-2.0,
        maximum=2.0,
        step=0.05,
        flag="frequency-penalty",
    )
    max_new_tokens: int = setting(
        512, "Longest reply", "in tokens", minimum=1, maximum=32768, step=1, flag="max-new-tokens"
    )
    seed_fixed: bool = setting(
        False, "Seed", "same seed, same reply", choices=((False, "New each time"), (True, "Fixed"))
    )
    seed: int = setting(0, "Fixed seed", "a whole number", minimum=0, maximum=2**31 - 1, step=1, flag="seed")
    overflow: str = setting(
        "drop_oldest",
        "When the context is full",
        "which messages the model no longer reads",
        choices=(("drop_oldest", "Drop oldest"), ("drop_middle", "Keep start and end"), ("stop", "Stop")),
        flag="overflow",
    )
    instructions: str = setting(
        "", "Instructions", "what every new chat starts with, also called the system prompt", multiline=True
    )


@dataclass(frozen=True, slots=True)
class Hardware:
    device: str = setting(
        "auto",
        "Run on",
        "automatic takes the faster one that works",
        choices=(("auto", "Automatic"), ("cpu", "Processor"), ("cuda", "Graphics card")),
        flag="device",
        reload=True,
    )
    precision: str = setting(
        "auto",
        "Precision for chat",
        "float32 is exact, bfloat16 takes half the memory, int8 and int4 round to write faster",
        choices=(
            ("auto", "Automatic"),
            ("float32", "float32"),
            ("bfloat16", "bfloat16"),
            ("int8", "int8"),
            ("int4", "int4"),
        ),
        flag="precision",
        reload=True,
    )
    threads: int = setting(
        0,
        "Threads",
        "fewer leave more room for other programs",
        minimum=0,
        maximum=256,
        step=1,
        zero="Automatic",
        flag="threads",
        reload=True,
    )
    context: int = setting(
        0,
        "Context",
        "how many tokens the model reads at most",
        minimum=0,
        maximum=1 << 20,
        step=256,
        zero="Automatic",
        flag="context",
        reload=True,
    )


@dataclass(frozen=True, slots=True)
class Privacy:
    receipts: bool = setting(
        True,
        "Keep the chances of every word",
        "with each reply: what else the model might have written, and how sure it was",
    )


@dataclass(frozen=True, slots=True)
class Settings:
    general: General = General()
    generation: Generation = Generation()
    hardware: Hardware = Hardware()
    privacy: Privacy = Privacy()
    shortcuts: Mapping[str, str] = field(default_factory=dict)
    """Keys by action, for the actions whose keys were changed; "" takes the keys away."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting as declared, with everything a form, a flag or a help text needs."""

    key: str
    default: Value
    label: str
    help: str
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[tuple[Value, str], ...] = ()
    unit: str = ""
    zero: str = ""
    """What the value 0 is called, where it is no number."""
    flag: str = ""
    multiline: bool = False
    reload: bool = False
    """True when it only counts once the model is loaded again."""

    def check(self, value: object) -> Value:
        """The value in the declared type; `UserError` when it has another type or lies outside the range."""
        value = float(value) if isinstance(self.default, float) and type(value) is int else value
        if type(value) is not type(self.default):
            raise UserError(f"“{self.label}” cannot be {value!r}", f"It is {self._kind()}, such as {self.default!r}.")
        assert isinstance(value, bool | int | float | str)
        if isinstance(value, str) and not is_text(value):
            raise UserError(f"“{self.label}” holds text that cannot be kept", "Take out what is not plain text.")
        if self.choices and value not in [choice for choice, _ in self.choices]:
            raise UserError(f"“{self.label}” cannot be {value!r}", f"It is one of {self._names()}.")
        if isinstance(value, int | float) and not self._in_range(value):
            raise UserError(f"“{self.label}” cannot be {value!r}", f"It lies from {self.minimum} to {self.maximum}.")
        return value

    def _kind(self) -> str:
        names = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
        return names[type(self.default)]

    def _names(self) -> str:
        return ", ".join(str(choice) for choice, _ in self.choices)

    def _in_range(self, value: float) -> bool:
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        return math.isfinite(value) and low <= value <= high


def is_text(value: str) -> bool:
    """Short enough, and without halves of surrogate pairs: those are no characters and cannot be written as UTF-8."""
    return len(value) <= LONGEST_TEXT and not any("\ud800" <= character <= "\udfff" for character in value)


def declare() -> dict[str, Declared]:
    groups: dict[str, type] = {"general": General, "generation": Generation, "hardware": Hardware, "privacy": Privacy}
    return {
        f"{name}.{one.name}": Declared(key=f"{name}.{one.name}", **one.metadata)
        for name, group in groups.items()
        for one in fields(group)
    }


DECLARED: Mapping[str, Declared] = declare()
"""Every setting by its key, in the order of declaration."""
