"""`nextword.json`: what only we know of a model, and the hash of every file beside it. Knows no weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import UserError
from engine.formats.fields import read_json
from engine.formats.hashes import joined
from engine.formats.tensor_writer import write_file

CARD = "nextword.json"


@dataclass(frozen=True, slots=True)
class Card:
    """What only we know of a model: where it came from and what became of it."""

    name: str
    title: str
    stage: str
    licence: str = ""
    parent: Mapping[str, str] | None = None
    """Name and sha256 of the model that this one was made from."""
    source: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    """Data fingerprint, training settings and results, where there was a training."""


def write_card(folder: Path, card: Card, hashes: Mapping[str, str], **more: str) -> None:
    """`hashes` is file name -> sha256 of everything that was written into the folder."""
    weights = [value for name, value in hashes.items() if name.endswith(".safetensors")]
    written = {
        "format": 1,
        "name": card.name,
        "title": card.title,
        "stage": card.stage,
        "licence": card.licence,
        "parent": None if card.parent is None else dict(card.parent),
        "source": dict(card.source),
        **more,
        "weights_sha256": joined(weights),
        "files": {name: {"sha256": value, "bytes": (folder / name).stat().st_size} for name, value in hashes.items()},
        **({"notes": dict(card.notes)} if card.notes else {}),
    }
    write_file(folder / CARD, json_bytes(written))


def change_card(path: Path, **values: Any) -> None:
    """Set these values in a card, aside and then in its place."""
    changed = {**(read_json(path).values if path.is_file() else {}), **values}
    aside = path.with_suffix(".new")
    write_file(aside, json_bytes(changed))
    aside.replace(path)


def rename_parent(path: Path, name: str, new_name: str) -> None:
    """In the card of a model that was made from the renamed one; a damaged card is left as it is."""
    try:
        parent = read_json(path).values.get("parent")
    except UserError:
        return
    if isinstance(parent, dict) and parent.get("name") == name:
        change_card(path, parent=parent | {"name": new_name})


def json_bytes(values: Mapping[str, Any]) -> bytes:
    return (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")
