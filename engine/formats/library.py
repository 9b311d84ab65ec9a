"""The models on this computer: list, find, import, verify, rename, remove, restore.

Knows folders and packages; whether a model fits into memory it is told by whoever asks.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import UserError
from engine.formats.checkpoint import Checkpoint, open_checkpoint
from engine.formats.fields import read_json
from engine.formats.hashes import hash_files
from engine.formats.hf import CARD
from engine.formats.hf_write import Card
from engine.formats.intake import not_written, sweep, take_in
from engine.formats.naming import check_name, free_name, is_name, slug
from engine.formats.packages import FoundPackage, find_package, installed_packages
from engine.formats.tensor_writer import write_file
from engine.messages import Fit, ModelInfo, Verification
from engine.model.config import ModelConfig
from engine.paths import Paths

if TYPE_CHECKING:
    import torch

Steps = Generator[tuple[int, int, str], None, Any]
FitOf = Callable[[ModelConfig], Fit]
LARGEST_IN_FLOAT32 = 4_000_000_000
"""Bytes. A packed model that would take more is written in bfloat16."""


def unmeasured(config: ModelConfig) -> Fit:
    """For whoever does not ask about memory."""
    return Fit("fits", 0, 0, 0, 0)


class Library:
    """`paths.models` and the installed packages. Removed models wait in `paths.data / "bin"`.

    `fit` says whether a model of a config fits into memory, which this room does not know.
    """

    def __init__(self, paths: Paths, fit: FitOf = unmeasured) -> None:
        self._fit = fit
        self.models = paths.models
        self.bin = paths.data / "bin"
        sweep(self.models)

    def list(self) -> list[ModelInfo]:
        """Every model, by name; headers only. A damaged one has its `problem` set."""
        names = self._names()
        infos = [self._info(self.models / name) for name in names]
        for found in installed_packages():
            if found.package.name not in names:
                infos.append(self._package_info(found))
        return sorted(infos, key=lambda info: info.name)

    def find(self, name_or_path: str) -> Checkpoint:
        """A model by its name, or opened in place by its path. UserError where there is none."""
        if is_name(name_or_path) and (self.models / name_or_path).is_dir():
            return replace(open_checkpoint(self.models / name_or_path), name=name_or_path)
        package = find_package(name_or_path)
        if package is not None:
            return _named(package)
        path = Path(name_or_path).expanduser()
        if path.exists():
            return open_checkpoint(path.absolute())
        raise self._unknown(name_or_path)

    def info(self, name: str) -> ModelInfo:
        """One model as the list shows it. UserError where it cannot be opened."""
        checkpoint = self.find(name)
        if name in self._names():
            return info_of(checkpoint, "library", self._fit(checkpoint.config))
        package = find_package(name)
        if package is not None:
            return self._package_info(package)
        return info_of(checkpoint, "file", self._fit(checkpoint.config))

    def inspect(self, path: Path) -> ModelInfo:
        """What a file or folder holds, before it is imported. UserError where it is no model."""
        checkpoint = open_checkpoint(path)
        return info_of(checkpoint, "file", self._fit(checkpoint.config))

    def ready(self, name: str) -> Steps:
        """Convert a package model on its first use; nothing to do for all others. Yields (done, total, note)."""
        package = None if name in self._names() else find_package(name)
        if package is not None:
            checkpoint, known = _named(package), package.package
            source = {"package": known.parts[0][0], "file": known.file}
            yield from self._take_in(checkpoint, name, f"Preparing {known.title} for its first use", source)

    def import_model(self, path: Path, name: str | None = None) -> Steps:
        """Copy a file or folder into the library, yielding (done, total, note); returns its name."""
        checkpoint = open_checkpoint(path)
        taken = {*self._names(), *(found.package.name for found in installed_packages())}
        name = free_name(slug(checkpoint.name), taken) if name is None else check_name(name, taken)
        source = dict(checkpoint.origin) or {"file": checkpoint.path.name}
        yield from self._take_in(checkpoint, name, f"Importing {checkpoint.title}", source)
        return name

    def verify(self, name: str) -> Generator[tuple[int, int, str], None, Verification]:
        """Compare every file with the hash that was kept of it, yielding (done, total, note)."""
        folder = self.models / name
        wanted: Mapping[Path, str]
        if name in self._names():
            wanted = _kept_hashes(folder)
        else:
            package = find_package(name)
            if package is None:
                raise self._unknown(name)
            wanted = dict(zip(package.files, package.hashes, strict=True))
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

    def rename(self, name: str, new_name: str) -> str:
        """Returns the new name as it is kept. UserError where it is taken, or there is no such model."""
        self._own(name)
        taken = {*self._names(), *(found.package.name for found in installed_packages())} - {name}
        new_name = check_name(new_name, taken)
        if new_name == name:
            return name
        try:
            _retitle(self.models / name / CARD, new_name)
            (self.models / name).rename(self.models / new_name)
        except OSError as error:
            raise not_written(error) from error
        return new_name

    def remove(self, name: str) -> None:
        """Into the bin, where an older one of this name makes room for it."""
        self._own(name)
        try:
            self.bin.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(self.bin / name, ignore_errors=True)
            (self.models / name).rename(self.bin / name)
        except OSError as error:
            raise not_written(error) from error

    def restore(self, name: str) -> str:
        """Out of the bin; returns the name. UserError when it is not there, or its name was given away meanwhile."""
        if not is_name(name) or not (self.bin / name).is_dir():
            raise UserError(f"“{name[:60]}” is not in the bin", "Import the model again.")
        if (self.models / name).exists():
            raise UserError(f"There is already a model called “{name}”", "Rename that one first.")
        try:
            self.models.mkdir(parents=True, exist_ok=True)
            (self.bin / name).rename(self.models / name)
        except OSError as error:
            raise not_written(error) from error
        return name

    def _names(self) -> list[str]:
        there = self.models.iterdir() if self.models.is_dir() else ()
        return sorted(folder.name for folder in there if folder.is_dir() and is_name(folder.name))

    def _own(self, name: str) -> None:
        """UserError unless this model lies in the library."""
        if name in self._names():
            return
        if find_package(name) is not None:
            raise UserError(
                "This model is part of an installed package and was not used yet", "Uninstall the package instead."
            )
        raise self._unknown(name)

    def _unknown(self, name: str) -> UserError:
        known = [*self._names(), *(found.package.name for found in installed_packages())]
        hint = f"There are: {', '.join(sorted(set(known)))}." if known else "Import a model first."
        return UserError(f"There is no model called “{name[:80]}”", hint)

    def _info(self, folder: Path) -> ModelInfo:
        try:
            checkpoint = replace(open_checkpoint(folder), name=folder.name)
        except UserError as error:
            return _damaged(folder, error)
        return info_of(checkpoint, "library", self._fit(checkpoint.config))

    def _package_info(self, found: FoundPackage) -> ModelInfo:
        try:
            checkpoint = _named(found)
        except UserError as error:
            return replace(_damaged(found.files[0], error), name=found.package.name, title=found.package.title)
        info = info_of(checkpoint, "package", self._fit(checkpoint.config))
        return replace(info, ready=False, terms=found.terms)

    def _take_in(self, checkpoint: Checkpoint, name: str, note: str, source: Mapping[str, str]) -> Steps:
        parent = None if checkpoint.parent is None else {"name": checkpoint.parent}
        card = Card(name, checkpoint.title, checkpoint.stage, checkpoint.licence, parent, source)
        for done, total in take_in(checkpoint, self.models, card, _written_dtype(checkpoint)):
            yield done, total, note


def info_of(checkpoint: Checkpoint, source: Any, fit: Fit) -> ModelInfo:
    """What the library shows of an opened model."""
    return ModelInfo(
        name=checkpoint.name,
        title=checkpoint.title,
        architecture=checkpoint.config.architecture,
        parameters=checkpoint.config.parameters(),
        tokenizer=checkpoint.tokenizer_kind,
        vocabulary=checkpoint.config.vocab_size,
        context=checkpoint.config.context,
        stage=checkpoint.stage,
        parent=checkpoint.parent,
        bytes=checkpoint.bytes,
        source=source,
        path=checkpoint.path,
        licence=checkpoint.licence,
        has_template=checkpoint.template is not None,
        fit=fit,
    )


def _named(found: FoundPackage) -> Checkpoint:
    """A package opened in place, under the name we know it by."""
    package = found.package
    return replace(found.open(), name=package.name, title=package.title, licence=package.licence)


def _damaged(path: Path, error: UserError) -> ModelInfo:
    nothing = Fit("too big", 0, 0, 0, 0)
    return ModelInfo(
        path.name, path.name, "", 0, "sentencepiece", 0, 0, "", None, 0, "library", path, "", False, nothing,
        problem=error.message,
    )  # fmt: skip


def _written_dtype(checkpoint: Checkpoint) -> torch.dtype | None:
    """None keeps every bit. A large packed model is rounded to bfloat16, far finer than its packing was."""
    if checkpoint.unpacked_bytes <= max(LARGEST_IN_FLOAT32, 3 * checkpoint.bytes // 2):
        return None
    import torch

    return torch.bfloat16


def _kept_hashes(folder: Path) -> dict[Path, str]:
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


def _retitle(card: Path, name: str) -> None:
    """Set the name in nextword.json, aside and then in its place."""
    values = {**read_json(card).values, "name": name} if card.is_file() else {"name": name}
    aside = card.with_suffix(".new")
    write_file(aside, (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode())
    aside.replace(card)
