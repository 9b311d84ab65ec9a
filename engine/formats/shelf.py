"""What lies under which name: in the library's folder, in installed packages, or in place under a path.

Opens, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engine.errors import UserError
from engine.formats.adapters import OpenedAdapter, merged_with, open_adapter_folder
from engine.formats.bases import find_base
from engine.formats.checkpoint import open_checkpoint
from engine.formats.naming import check_name, free_name, is_name
from engine.formats.opened import Checkpoint
from engine.formats.packages import FoundPackage, find_package, installed_packages
from engine.formats.peft import CONFIG, WEIGHTS, is_adapter
from engine.formats.shipped import open_shipped, shipped
from engine.paths import Paths


class Shelf:
    """`paths.models`, the installed packages, and what ships with the app."""

    def __init__(self, paths: Paths) -> None:
        self.models = paths.models

    def names(self) -> list[str]:
        """Of the library's own folders."""
        there = self.models.iterdir() if self.models.is_dir() else ()
        return sorted(folder.name for folder in there if folder.is_dir() and is_name(folder.name))

    def taken(self) -> set[str]:
        return {*self.names(), *(found.package.name for found in installed_packages()), *shipped()}

    def new_name(self, proposed: str, given: str | None = None) -> str:
        """A free one like the proposed, or the one that was given. UserError where that is taken or empty."""
        taken = self.taken()
        return free_name(proposed, taken) if given is None else check_name(given, taken)

    def own(self, name: str) -> None:
        """UserError unless this model lies in the library."""
        if name in self.names():
            return
        if find_package(name) is not None:
            raise UserError(
                "This model is part of an installed package and was not used yet", "Uninstall the package instead."
            )
        if name in shipped():
            raise UserError("This model ships with Nextword", "Export it to have a copy that can be changed.")
        raise self.unknown(name)

    def unknown(self, name: str) -> UserError:
        known = self.taken()
        hint = f"There are: {', '.join(sorted(known))}." if known else "Import a model first."
        return UserError(f"There is no model called “{name[:80]}”", hint)

    def find(self, name_or_path: str) -> Checkpoint:
        """A whole model, or an adapter as if it were merged into its base. UserError where there is none."""
        folder = self.adapter_folder(name_or_path)
        if folder is not None:
            opened, base = self.open_adapter(folder)
            return merged_with(base, [opened])
        found = self.whole(name_or_path)
        if found is None:
            raise self.unknown(name_or_path)
        return found

    def whole(self, name_or_path: str) -> Checkpoint | None:
        """A model that is no adapter; None where there is nothing of this name."""
        if is_name(name_or_path) and (self.models / name_or_path).is_dir():
            return replace(open_checkpoint(self.models / name_or_path), name=name_or_path)
        package = find_package(name_or_path)
        if package is not None:
            return package_checkpoint(package)
        built_in = open_shipped(name_or_path)
        if built_in is not None:
            return built_in
        path = Path(name_or_path).expanduser()
        return open_checkpoint(path.absolute()) if path.exists() else None

    def adapter_folder(self, name_or_path: str) -> Path | None:
        """Where the adapter of this name or path lies; None where it is none."""
        if is_name(name_or_path) and (self.models / name_or_path).is_dir():
            folder = self.models / name_or_path
        else:
            folder = folder_of(Path(name_or_path).expanduser().absolute())
        return folder if is_adapter(folder) else None

    def open_adapter(self, folder: Path) -> tuple[OpenedAdapter, Checkpoint]:
        """The adapter and its base. UserError where it is damaged, or its base is gone or changed."""
        return self.with_base(self.adapter_alone(folder))

    def adapter_alone(self, folder: Path) -> OpenedAdapter:
        """It may have lost its base. UserError where it is damaged itself."""
        return open_adapter_folder(folder, folder.name if folder.parent == self.models else None)

    def with_base(self, opened: OpenedAdapter) -> tuple[OpenedAdapter, Checkpoint]:
        base = find_base(opened, self._named_base, self._wholes)
        return replace(opened, base=self.key(base)), base

    def key(self, model: Checkpoint) -> str:
        """What finds this model again: its name here, or its path."""
        if model.path == self.models / model.name:
            return model.name
        packaged = any(model.path == found.files[0] for found in installed_packages())
        return model.name if packaged or model.path in shipped().values() else str(model.path)

    def _named_base(self, name: str) -> Checkpoint | None:
        """A name of ours, or the path of a model that was taught in place; what strangers write is often neither."""
        ours = name in self.names() or name in shipped() or find_package(name) is not None
        known = ours or Path(name).is_absolute()
        if not known or self.adapter_folder(name) is not None:
            return None
        return self.whole(name)

    def _wholes(self) -> Iterator[Checkpoint]:
        """Every whole model that can be opened."""
        for name in sorted(self.taken()):
            if self.adapter_folder(name) is None:
                try:
                    found = self.whole(name)
                except UserError:
                    continue
                if found is not None:
                    yield found


def folder_of(path: Path) -> Path:
    """The folder that a chosen file of an adapter stands for."""
    return path.parent if path.name in (CONFIG, WEIGHTS) and path.is_file() else path


def package_checkpoint(found: FoundPackage) -> Checkpoint:
    """A package opened in place, under the name we know it by."""
    package = found.package
    return replace(found.open(), name=package.name, title=package.title, licence=package.licence)
