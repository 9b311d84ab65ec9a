"""Write safetensors files a tensor at a time: one file, or shards with an index where it grows large.

Knows bytes, not architectures. The layout is that of github.com/huggingface/safetensors, README, "Format".
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from engine.formats.tensor_files import INDEX, SINGLE

if TYPE_CHECKING:
    from torch import Tensor

STEP = 32 << 20
SHARD_BYTES = 4_000_000_000
DTYPES = {
    "torch.float64": "F64", "torch.float32": "F32", "torch.float16": "F16", "torch.bfloat16": "BF16",
    "torch.int64": "I64", "torch.uint8": "U8",
}  # fmt: skip


class TensorWriter:
    """Writes into a folder that nobody reads yet; `finish` gives the files their names."""

    def __init__(
        self, folder: Path, shapes: Mapping[str, tuple[int, ...]], shard_bytes: int = SHARD_BYTES, single: str = SINGLE
    ) -> None:
        self._folder = folder
        self._single = single
        self._shard_bytes = shard_bytes
        # The header stands before the data, but is known after it: room for every name is kept free.
        self._room = 256 + sum(len(name) + 16 * len(shape) + 96 for name, shape in shapes.items())
        self._room += -self._room % 8
        self._shards: list[dict[str, Any]] = []
        self._file: BinaryIO | None = None
        self._at = 0
        self._total = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, name: str, tensor: Tensor) -> Iterator[int]:
        """Yields the bytes written since the last yield: an embedding can take seconds."""
        if self._file is None or (self._at and self._at + tensor.nbytes > self._shard_bytes):
            self._next_shard()
        assert self._file is not None
        data = _bytes_of(tensor)
        for start in range(0, len(data), STEP):
            yield self._file.write(data[start : start + STEP])
        stop = self._at + tensor.nbytes
        entry = {"dtype": DTYPES[str(tensor.dtype)], "shape": list(tensor.shape), "data_offsets": [self._at, stop]}
        self._shards[-1][name] = entry
        self._at, self._total = stop, self._total + tensor.nbytes

    def finish(self) -> list[Path]:
        """Complete the last file and name all of them; returns every file written."""
        self._close_shard()
        count = len(self._shards)
        if count == 1:
            self._part(1).rename(self._folder / self._single)
            return [self._folder / self._single]
        names = [f"model-{n:05}-of-{count:05}.safetensors" for n in range(1, count + 1)]
        for n, name in enumerate(names, 1):
            self._part(n).rename(self._folder / name)
        weight_map = {tensor: name for name, shard in zip(names, self._shards, strict=True) for tensor in shard}
        index = {"metadata": {"total_size": self._total}, "weight_map": weight_map}
        write_file(self._folder / INDEX, (json.dumps(index, indent=2) + "\n").encode())
        return [*(self._folder / name for name in names), self._folder / INDEX]

    def _part(self, number: int) -> Path:
        return self._folder / f"part-{number}.safetensors"

    def _next_shard(self) -> None:
        self._close_shard()
        self._shards.append({})
        self._at = 0
        self._file = self._part(len(self._shards)).open("wb")
        self._file.seek(8 + self._room)

    def _close_shard(self) -> None:
        if self._file is None:
            return
        # Without this entry older versions of Transformers refuse the file.
        header = json.dumps({"__metadata__": {"format": "pt"}, **self._shards[-1]}, separators=(",", ":")).encode()
        self._file.seek(0)
        self._file.write(self._room.to_bytes(8, "little") + header.ljust(self._room))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None


def write_tensors(path: Path, tensors: Mapping[str, Tensor], notes: Mapping[str, str]) -> None:
    """One file with `notes` as its metadata, on the disk when this returns. Holds no second copy of the tensors."""
    largest_first = sorted(tensors.items(), key=lambda item: -item[1].itemsize)  # so that each begins at its alignment
    header: dict[str, Any] = {"__metadata__": dict(notes)}
    at = 0
    for name, tensor in largest_first:
        offsets = [at, at + tensor.nbytes]
        header[name] = {"dtype": DTYPES[str(tensor.dtype)], "shape": list(tensor.shape), "data_offsets": offsets}
        at = offsets[1]
    told = json.dumps(header, separators=(",", ":")).encode()
    told += b" " * (-len(told) % 8)
    with path.open("wb") as file:
        file.write(len(told).to_bytes(8, "little") + told)
        for _, tensor in largest_first:
            file.write(_bytes_of(tensor))
        file.flush()
        os.fsync(file.fileno())


def _bytes_of(tensor: Tensor) -> memoryview:
    """Its numbers in memory, or a copy of them where they do not lie in a row on the processor."""
    import torch

    return tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data


def write_file(path: Path, data: bytes) -> None:
    """A small file, on the disk when this returns."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
