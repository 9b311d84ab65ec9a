"""Packed weights in the cache folder, by the hash of the model's weights, so that a model is searched once and not at
each start. Knows files and the layout of `packed`, not who loads a model.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import safetensors
import torch
from torch import Tensor

from engine.formats.tensor_writer import write_tensors
from engine.model.config import ModelConfig
from engine.model.step.packed import BLOCK, LAYOUT, TOGETHER, Kind, Matrix, Packed

NAME = f"packed-{LAYOUT}-"
MOST = 3
"""Models whose weights are kept, the ones that were used last."""
SHARE = 0.1
"""Of the free disk that one may take."""
BYTES = {Kind.BLOCKS_INT8: BLOCK + 2, Kind.BLOCKS_INT4: BLOCK // 2 + 4}
"""Of a block of one row."""
KINDS = {Kind.BLOCKS_INT8: torch.uint8, Kind.BLOCKS_INT4: torch.uint8, Kind.BFLOAT16: torch.bfloat16}
"""What is kept, and of which type its numbers are: what takes as much as it did, or is made as fast as it is read, is
not."""


def key_of(sha256: str, files: Sequence[Path], rounded: str = "") -> str:
    """Of the weights in these files, which a library knows the hash of: it was theirs when they came into it.

    With the name of the precision that they were rounded to.
    """
    seen = [(path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    which = (sha256, seen, rounded) if rounded else (sha256, seen)
    return hashlib.sha256(repr(which).encode()).hexdigest()


class KeptPacking:
    """The packed weights of one model: there, or not yet."""

    def __init__(self, folder: Path, key: str, config: ModelConfig) -> None:
        """See `key_of`."""
        self._path = folder / f"{NAME}{key[:32]}.safetensors"
        self._shapes = config.shapes()

    def read(self) -> Packed:
        """Empty where nothing was kept yet, or the file is not whole."""
        try:
            with safetensors.safe_open(self._path, "pt") as file:
                notes = file.metadata() or {}
                kinds, rounding = (json.loads(notes.get(note, "{}")) for note in ("kinds", "rounding"))
                # Copied, as what is mapped from a file is read slower, and must not change under the step.
                found = {name: self._matrix(name, Kind(kind), file.get_tensor(name)) for name, kind in kinds.items()}
            rounding = {name: float(lost) for name, lost in rounding.items() if name in found}
            self._path.touch()
        # Not there, or not as it was written.
        except (OSError, ValueError, KeyError, TypeError, AttributeError, safetensors.SafetensorError):
            return Packed({})
        return Packed(found, rounding)

    def _matrix(self, name: str, kind: Kind, rows: Tensor) -> Matrix:
        """Raises ValueError where the step would read beside it."""
        count, columns = self._shapes[name]
        blocks = BYTES.get(kind)
        shape = (count, columns) if blocks is None else (count // TOGETHER, TOGETHER * (columns // BLOCK) * blocks)
        if tuple(rows.shape) != shape or rows.dtype is not KINDS[kind]:
            raise ValueError(f"{name} is not what was kept")
        return Matrix(kind, rows.clone(), columns)

    def keep(self, packed: Packed) -> None:
        """Where the disk has room: without them only the next start is slower."""
        matrices = {name: matrix for name, matrix in packed.matrices.items() if matrix.kind in KINDS}
        kinds = {name: int(matrix.kind) for name, matrix in matrices.items()}
        rounding = {name: lost for name, lost in packed.rounding.items() if name in matrices}
        notes = {"kinds": json.dumps(kinds), "rounding": json.dumps(rounding)}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            room = shutil.disk_usage(self._path.parent).free
        except OSError:  # not writable
            return
        if matrices and packed.nbytes <= SHARE * room:
            self._write({name: matrix.rows for name, matrix in matrices.items()}, notes)

    def _write(self, rows: dict[str, Tensor], notes: dict[str, str]) -> None:
        aside = self._path.with_suffix(".new")
        try:
            write_tensors(aside, rows, notes)
            aside.replace(self._path)
            self._sweep()
        except OSError:  # full, or another one is open and cannot be removed
            aside.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Older ones, those of another layout, and what was left half-written."""
        kept = self._path.parent.glob(f"{NAME}*.safetensors")
        newest = sorted(kept, key=lambda path: -path.stat().st_mtime)[:MOST]
        for path in self._path.parent.glob("packed-*"):
            if path not in newest:
                path.unlink(missing_ok=True)
