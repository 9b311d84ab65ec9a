"""Values out of metadata that strangers wrote: of the type asked for, or a sentence that names the field.

Knows JSON objects and GGUF keys alike, not what they mean.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import UserError

LARGEST_JSON = 256 << 20
AGAIN = "Download the model again, or choose another one."


class Fields:
    """A mapping whose values are checked when they are read. `where` is the name of the file, for sentences."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self.values = values
        self.where = where

    def has(self, name: str) -> bool:
        return self.values.get(name) is not None

    def integer(self, name: str, default: int | None = None) -> int:
        value = self._value(name, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if type(value) is not int:
            raise self._wrong(name, value, "a whole number")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self._value(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(_float(value)):
            raise self._wrong(name, value, "a number")
        return float(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self._value(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, value, "true or false")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        value = self._value(name, default)
        if not isinstance(value, str):
            raise self._wrong(name, value, "text")
        return value

    def inner(self, name: str) -> Fields:
        """The object of this name; an empty one where it is absent."""
        value = self._value(name, {})
        if not isinstance(value, dict):
            raise self._wrong(name, value, "an object")
        return Fields(value, self.where)

    def array(self, name: str) -> list[Any]:
        """The list of this name; an empty one where it is absent."""
        value = self._value(name, [])
        if not isinstance(value, list | tuple):
            raise self._wrong(name, value, "a list")
        return list(value)

    def whole_numbers(self, name: str) -> tuple[int, ...]:
        """One number or a list of them, as end-of-turn ids are written; what is neither is left out."""
        value = self.values.get(name)
        many = value if isinstance(value, list) else [value]
        return tuple(one for one in many if type(one) is int and one >= 0)

    def _value(self, name: str, default: Any) -> Any:
        value = self.values.get(name)
        value = default if value is None else value
        if value is None:
            raise UserError(f"{self.where} does not say {name}", "Its files belong together; copy all of them again.")
        return value

    def _wrong(self, name: str, value: object, wanted: str) -> UserError:
        return UserError(f"{self.where} says that {name} is {_short(value)}, which is not {wanted}", AGAIN)


def _float(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _short(value: object) -> str:
    if type(value) is int and abs(value) > 10**30:
        return "a number of more than 30 digits"
    shown = repr(value) if isinstance(value, str | int | float | bool) else f"a {type(value).__name__}"
    return shown if len(shown) <= 40 else shown[:39] + "…"


def read_json(path: Path) -> Fields:
    """A JSON file that holds one object. UserError when it cannot be read or holds something else."""
    text = read_text(path, LARGEST_JSON)
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path.name} is damaged: it is not JSON", AGAIN) from error
    if not isinstance(values, dict):
        raise UserError(f"{path.name} is damaged: it holds a {type(values).__name__}, not an object", AGAIN)
    return Fields(values, path.name)


def read_json_or_nothing(path: Path) -> Fields:
    """As `read_json`; no fields where there is no such file."""
    return read_json(path) if path.is_file() else Fields({}, path.name)


def read_text(path: Path, largest: int) -> str:
    return read_bytes(path, largest).decode("utf-8", errors="replace")


def read_bytes(path: Path, largest: int) -> bytes:
    """All of a file, once its size is known to be sane. UserError when it is gone or too large."""
    try:
        size = path.stat().st_size
        if size > largest:
            raise UserError(f"{path.name} is {size / 1e6:,.0f} MB, more than such a file can be", AGAIN)
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> UserError:
    """The sentence for a file that could not be read."""
    if isinstance(error, FileNotFoundError):
        return UserError(f"{path.name} is not there any more", "Look whether it was moved or renamed.")
    if isinstance(error, PermissionError):
        return UserError(f"{path.name} may not be read", "Change the permissions of the file, or copy it elsewhere.")
    return UserError(f"{path.name} could not be read: {error.strerror or error}", "Check the disk, then try it again.")
