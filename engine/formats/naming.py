"""Names of models: what one may be called, so that it is a folder everywhere and easy to type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

from engine.errors import UserError

LONGEST = 64
NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})
"""What Windows keeps for devices."""


def is_name(text: str) -> bool:
    return len(text) <= LONGEST and NAME.fullmatch(text) is not None and text.split(".")[0] not in RESERVED


def slug(text: str) -> str:
    """The nearest name to any text: “My Model (v2)” -> “my-model-v2”."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9._]+", "-", plain)[:LONGEST].strip("-._")
    return name if is_name(name) else f"model-{name}"[:LONGEST].strip("-._")


def free_name(wanted: str, taken: Container[str]) -> str:
    """The name itself, or with the first number that makes it new."""
    number, name = 2, wanted
    while name in taken:
        name, number = f"{wanted[: LONGEST - 6]}-{number}", number + 1
    return name


def check_name(name: str, taken: Container[str]) -> str:
    """A name that a person gave, made fit. UserError when it is empty or taken."""
    if not name.strip():
        raise UserError("A model needs a name", "Type a name of letters and digits.")
    found = slug(name)
    if found in taken:
        raise UserError(f"There is already a model called “{found}”", "Choose another name.")
    return found
