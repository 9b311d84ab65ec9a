"""Weights in safetensors files: one, or shards with an index. Checked before they are read.

Knows files, not architectures.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from engine.errors import UserError
from engine.formats.fields import AGAIN, read_json, unreadable

if TYPE_CHECKING:
    from torch import Tensor

FLOATS = frozenset({"F64", "F32", "F16", "BF16"})
SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
LFS = b"version https://git-lfs"


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """Where a tensor is, and what it is, out of the header alone."""

    file: Path
    shape: tuple[int, ...]
    dtype: str


def find_tensor_files(folder: Path) -> list[Path]:
    """The weight files of a folder. UserError where there are none, or the index names files outside of it."""
    if (folder / INDEX).is_file():
        return _shards(folder)
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    alone = sorted(folder.glob("*.safetensors"))
    if len(alone) == 1:
        return alone
    raise UserError(
        f"{folder.name} holds no weights: {SINGLE} is missing", "Copy all files of the model into one folder."
    )


def _shards(folder: Path) -> list[Path]:
    weight_map = read_json(folder / INDEX).inner("weight_map").values
    names = {name for name in weight_map.values() if isinstance(name, str)}
    if not names or len(names) > 10_000 or any(not isinstance(name, str) for name in weight_map.values()):
        raise UserError(f"{INDEX} is damaged", AGAIN)
    for name in sorted(names):
        if Path(name).name != name or name in ("", ".", "..") or "\\" in name:
            raise UserError(
                f"{INDEX} names a file outside of its folder: {name[:60]}", "Do not use this model; get another copy."
            )
        if not (folder / name).is_file():
            raise UserError(f"A part of this model is missing: {name}", "Copy all files of the model into one folder.")
    return [folder / name for name in sorted(names)]


def read_headers(files: list[Path]) -> dict[str, TensorInfo]:
    """Name -> what it is, of every tensor in the files. Reads headers only."""
    found: dict[str, TensorInfo] = {}
    for file in files:
        with _open(file, "numpy") as opened:
            for name in opened.keys():  # noqa: SIM118 - not a mapping
                part = opened.get_slice(name)
                if name in found:
                    raise UserError(f"Two files of this model hold the weight {name[:60]}", AGAIN)
                found[name] = TensorInfo(file, tuple(part.get_shape()), part.get_dtype())
    return found


def read_tensor(name: str, info: TensorInfo, opened: dict[Path, Any]) -> Tensor:
    """The tensor itself, a view of the mapped file. `opened` keeps files open between calls."""
    if info.dtype not in FLOATS:
        raise UserError(
            f"The weights of this model are stored as {info.dtype}, which Nextword does not read",
            "Choose the model in F32, F16 or BF16, or a GGUF file of it.",
        )
    if info.file not in opened:
        opened[info.file] = _open(info.file, "pt")
    try:
        return opened[info.file].get_tensor(name)
    except SafetensorError as error:
        raise _damaged(info.file) from error


def _open(file: Path, framework: str) -> Any:
    try:
        with file.open("rb") as start:
            head = start.read(len(LFS))
        if head == LFS:
            raise UserError(
                f"{file.name} is a placeholder: the weights themselves were not downloaded",
                "Run “git lfs pull” in its folder, or download the file by itself.",
            )
        return safe_open(file, framework=framework)
    except OSError as error:
        raise unreadable(file, error) from error
    except SafetensorError as error:
        raise _damaged(file) from error


def _damaged(file: Path) -> UserError:
    return UserError(f"{file.name} is damaged, incomplete or no safetensors file", AGAIN)
