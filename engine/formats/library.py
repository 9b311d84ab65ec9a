"""The models and adapters on this computer: list, find, import, keep, verify, rename, remove, restore.

Whether a model fits into memory it is told by whoever asks.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import UserError
from engine.formats.adapters import TAUGHT, OpenedAdapter, adapter_bytes, write_adapter
from engine.formats.card import CARD, Card, change_card, rename_parent
from engine.formats.checkpoint import Checkpoint, open_checkpoint
from engine.formats.intake import not_written, sweep, take_in, write_aside
from engine.formats.lessons import read_lessons
from engine.formats.listing import FitOf, Source, adapter_info, damaged, info_of, unmeasured, without_base
from engine.formats.naming import check_name, is_name, slug
from engine.formats.packages import FoundPackage, find_package, installed_packages
from engine.formats.peft import is_adapter, read_adapter
from engine.formats.shelf import Shelf, folder_of, package_checkpoint
from engine.formats.shipped import shipped
from engine.formats.verifying import kept_hashes, verified
from engine.messages import Lesson, ModelInfo, Verification
from engine.paths import Paths

if TYPE_CHECKING:
    import torch

    from engine.model.lora import Adapter

Steps = Generator[tuple[int, int, str], None, Any]
LARGEST_IN_FLOAT32 = 4_000_000_000
"""Bytes. A packed model that would take more is written in bfloat16."""


class Library:
    """`paths.models` and the installed packages. Removed models wait in `paths.data / "bin"`.

    `fit` says whether a model of a config fits into memory, which this room does not know.
    """

    def __init__(self, paths: Paths, fit: FitOf = unmeasured) -> None:
        self._fit = fit
        self._shelf = Shelf(paths)
        self.models = paths.models
        self.bin = paths.data / "bin"
        sweep(self.models)

    def list(self) -> list[ModelInfo]:
        """Every model, by name; headers only. A damaged one has its `problem` set."""
        names = self._shelf.names()
        infos = [self._info(self.models / name) for name in names]
        for found in installed_packages():
            if found.package.name not in names:
                infos.append(self._package_info(found))
        infos += [self._shipped_info(name) for name in shipped() if name not in names]
        return sorted(infos, key=lambda info: info.name)

    def find(self, name_or_path: str) -> Checkpoint:
        """A model by its name, or opened in place by its path; an adapter as if it were merged into its base.

        UserError where there is none.
        """
        return self._shelf.find(name_or_path)

    def is_adapter(self, name_or_path: str) -> bool:
        return self._shelf.adapter_folder(name_or_path) is not None

    def open_adapter(self, name_or_path: str) -> OpenedAdapter:
        """An adapter that knows the name of its base. UserError where it is none, or its base is gone or changed."""
        folder = self._shelf.adapter_folder(name_or_path)
        if folder is None:
            self._shelf.find(name_or_path)  # says so where there is nothing at all
            raise UserError(f"“{name_or_path[:80]}” is a whole model, not an adapter", "Choose one that was taught.")
        return self._shelf.open_adapter(folder)[0]

    def info(self, name: str) -> ModelInfo:
        """One model as the list shows it. UserError where it cannot be opened."""
        source: Source = "library" if name in self._shelf.names() else "file"
        folder = self._shelf.adapter_folder(name)
        if folder is not None:
            return self._adapter_info(folder, source)
        checkpoint, package = self.find(name), None if source == "library" else find_package(name)
        if package is not None:
            return self._package_info(package)
        if name in shipped() and source != "library":
            return self._shipped_info(name)
        return info_of(checkpoint, source, self._fit(checkpoint.config))

    def inspect(self, path: Path) -> ModelInfo:
        """What a file or folder holds, before it is imported. UserError where it is no model."""
        if is_adapter(folder_of(path)):
            return self._adapter_info(folder_of(path), "file")
        checkpoint = open_checkpoint(path)
        return info_of(checkpoint, "file", self._fit(checkpoint.config))

    def ready(self, name: str) -> Steps:
        """Convert a package model on its first use; nothing to do for all others. Yields (done, total, note)."""
        package = None if name in self._shelf.names() else find_package(name)
        if package is not None:
            checkpoint, known = package_checkpoint(package), package.package
            source = {"package": known.parts[0][0], "file": known.file}
            yield from self._take_in(checkpoint, name, f"Preparing {known.title} for its first use", source)

    def import_model(self, path: Path, name: str | None = None) -> Steps:
        """Copy a file or folder into the library, yielding (done, total, note); returns its name."""
        if is_adapter(folder_of(path)):
            return (yield from self._import_adapter(folder_of(path), name))
        checkpoint = open_checkpoint(path)
        name = self._shelf.new_name(slug(checkpoint.name), name)
        source = dict(checkpoint.origin) or {"file": checkpoint.path.name}
        yield from self._take_in(checkpoint, name, f"Importing {checkpoint.title}", source)
        return name

    def free_name(self, proposed: str) -> str:
        """One like the proposed that no model has."""
        return self._shelf.new_name(proposed)

    def check_free(self, name: str) -> None:
        """UserError where a model has this name."""
        self._shelf.new_name(name, name)

    def save_adapter(
        self,
        name: str,
        adapter: Adapter,
        base: Checkpoint,
        *,
        title: str = "",
        settings: Mapping[str, Any] | None = None,
        results: Mapping[str, Any] | None = None,
        lessons: Sequence[Lesson] = (),
        base_sha256: str = "",
        replacing: bool = False,
    ) -> str:
        """Keep what was taught, whole or not at all; returns the name. `settings` and `results` go to its notes.

        With `replacing` an adapter of this name makes room. UserError where the name is taken or the disk fails.
        """
        kept = replacing and self.is_adapter(name) and name in self._shelf.names()
        name = name if kept else self._shelf.new_name(name, name)
        parent = {"name": self._shelf.key(base), "sha256": base_sha256 or base.sha256}
        told = {**(settings or {}), **({"for_cards": True} if adapter.for_cards else {})}
        notes = {"settings": told, "results": dict(results or {})}
        card = Card(name, title or name, TAUGHT, base.licence, parent, notes=notes)
        for _ in self._keep_adapter(adapter, base, card, lessons, replacing=kept):
            continue
        return name

    def save_model(
        self, checkpoint: Checkpoint, card: Card, lessons: Sequence[Lesson] = (), dtype: torch.dtype | None = None
    ) -> Steps:
        """Keep a whole model as `card.name`, yielding (done, total, note); returns the name.

        Weights keep the precision they are given in, or get `dtype`. UserError where the name is taken.
        """
        card = replace(card, name=self._shelf.new_name(card.name, card.name))
        for done, total in take_in(checkpoint, self.models, card, dtype, lessons):
            yield done, total, f"Keeping {card.title}"
        return card.name

    def verify(self, name: str) -> Generator[tuple[int, int, str], None, Verification]:
        """Compare every file with the hash that was kept of it, yielding (done, total, note)."""
        if name in self._shelf.names():
            return (yield from verified(name, kept_hashes(self.models / name)))
        if name in shipped():
            return (yield from verified(name, kept_hashes(shipped()[name])))
        package = find_package(name)
        if package is None:
            raise self._shelf.unknown(name)
        return (yield from verified(name, dict(zip(package.files, package.hashes, strict=True))))

    def rename(self, name: str, new_name: str) -> str:
        """Returns the new name as it is kept; what was made from the model names it so from now on.

        UserError where it is taken, or there is no such model.
        """
        self._shelf.own(name)
        new_name = check_name(new_name, self._shelf.taken() - {name})
        if new_name == name:
            return name
        try:
            change_card(self.models / name / CARD, name=new_name)
            (self.models / name).rename(self.models / new_name)
            for card in (*self.models.glob(f"*/{CARD}"), *self.bin.glob(f"*/{CARD}")):
                rename_parent(card, name, new_name)
        except OSError as error:
            raise not_written(error) from error
        return new_name

    def remove(self, name: str) -> None:
        """Into the bin, where an older one of this name makes room for it."""
        self._shelf.own(name)
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

    def _info(self, folder: Path) -> ModelInfo:
        try:
            if is_adapter(folder):
                return self._listed_adapter(folder)
            checkpoint = replace(open_checkpoint(folder), name=folder.name)
        except UserError as error:
            return damaged(folder, error)
        return info_of(checkpoint, "library", self._fit(checkpoint.config))

    def _listed_adapter(self, folder: Path) -> ModelInfo:
        alone = self._shelf.adapter_alone(folder)
        try:
            opened, base = self._shelf.with_base(alone)
        except UserError as error:
            return without_base(alone, error)
        return adapter_info(opened, base, "library", self._fit(base.config))

    def _adapter_info(self, folder: Path, source: Source) -> ModelInfo:
        opened, base = self._shelf.open_adapter(folder)
        return adapter_info(opened, base, source, self._fit(base.config))

    def _package_info(self, found: FoundPackage) -> ModelInfo:
        try:
            checkpoint = package_checkpoint(found)
        except UserError as error:
            return replace(damaged(found.files[0], error), name=found.package.name, title=found.package.title)
        info = info_of(checkpoint, "package", self._fit(checkpoint.config))
        return replace(info, ready=False, terms=found.terms)

    def _shipped_info(self, name: str) -> ModelInfo:
        try:
            checkpoint = self.find(name)
        except UserError as error:
            return replace(damaged(shipped()[name], error), name=name)
        return info_of(checkpoint, "shipped", self._fit(checkpoint.config))

    def _take_in(self, checkpoint: Checkpoint, name: str, note: str, source: Mapping[str, str]) -> Steps:
        parent = None if checkpoint.parent is None else {"name": checkpoint.parent}
        card = Card(name, checkpoint.title, checkpoint.stage, checkpoint.licence, parent, source)
        lessons = read_lessons(checkpoint.path)
        for done, total in take_in(checkpoint, self.models, card, _written_dtype(checkpoint), lessons):
            yield done, total, note

    def _import_adapter(self, folder: Path, name: str | None) -> Steps:
        opened, base = self._shelf.open_adapter(folder)
        name = self._shelf.new_name(slug(opened.name), name)
        parent = {"name": opened.base, "sha256": base.sha256}
        card = Card(name, opened.title, TAUGHT, base.licence, parent, {"file": folder.name}, opened.notes)
        adapter = read_adapter(opened.peft, base.config)
        for done, total in self._keep_adapter(adapter, base, card, read_lessons(folder)):
            yield done, total, f"Importing {opened.title}"
        return name

    def _keep_adapter(
        self, adapter: Adapter, base: Checkpoint, card: Card, lessons: Sequence[Lesson], *, replacing: bool = False
    ) -> Generator[tuple[int, int], None, None]:
        def write(folder: Path) -> Generator[tuple[int, int], None, None]:
            return write_adapter(folder, adapter, base.config, card, lessons)

        yield from write_aside(self.models / card.name, adapter_bytes(adapter), write, replacing=replacing)


def _written_dtype(checkpoint: Checkpoint) -> torch.dtype | None:
    """None keeps every bit. A large packed model is rounded to bfloat16, far finer than its packing was."""
    if checkpoint.unpacked_bytes <= max(LARGEST_IN_FLOAT32, 3 * checkpoint.bytes // 2):
        return None
    import torch

    return torch.bfloat16
