"""Whether a model's files are still those that were written: compared with the hashes kept of them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path

from engine.errors import UserError
from engine.formats.card import CARD
from engine.formats.fields import read_json
from engine.formats.hashes import hash_files
from engine.messages import Verification


def verified(name: str, wanted: Mapping[Path, str]) -> Generator[tuple[int, int, str], None, Verification]:
    """Compare every file with the hash that was kept of it, yielding (done, total, note)."""
    missing = [path.name for path in wanted if not path.is_file()]
    if missing:
        return Verification(name, False, f"{missing[0]} is missing")
    hashing = hash_files(wanted)
    total, done = sum(path.stat().st_size for path in wanted), 0
    while True:
        try:
            done += next(hashing)
        except StopIteration as finished:
            return _compared(name, wanted, finished.value)
        yield done, total, "Checking every file"


def kept_hashes(folder: Path) -> dict[Path, str]:
    """What nextword.json says of the files beside it; it can name none outside of its folder."""
    files = read_json(folder / CARD).inner("files")
    if not files.values:
        raise UserError(f"No hashes were kept of {folder.name}", "Import the model again to have them.")
    named = (name for name in files.values if Path(name).name == name and name not in (".", ".."))
    return {folder / name: files.inner(name).text("sha256") for name in named}


def _compared(name: str, wanted: Mapping[Path, str], found: Mapping[str, str]) -> Verification:
    changed = [path.name for path, sha256 in wanted.items() if sha256 and found[path.name] != sha256]
    if changed:
        return Verification(name, False, f"{changed[0]} is not as it was imported")
    files = "Its file is" if len(wanted) == 1 else f"All {len(wanted)} files are"
    return Verification(name, True, f"{files} as imported")
