"""What a file holds, as a number: sha256, a MiB a step. Knows no model."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable
from pathlib import Path

STEP = 4 << 20


def hash_files(files: Iterable[Path]) -> Generator[int, None, dict[str, str]]:
    """Yields bytes read since the last yield; returns file name -> sha256 in hex."""
    found: dict[str, str] = {}
    for path in files:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(STEP):
                digest.update(chunk)
                yield len(chunk)
        found[path.name] = digest.hexdigest()
    return found


def joined(hashes: Iterable[str]) -> str:
    """One hash for several: itself for one, otherwise the hash of all in order."""
    many = list(hashes)
    return many[0] if len(many) == 1 else hashlib.sha256("".join(many).encode()).hexdigest()
