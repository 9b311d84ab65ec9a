"""The numbers behind a picture: what is exported as CSV or JSON, and what a screen reader reads. Knows no page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str | float | int | None]]
