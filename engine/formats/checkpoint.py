"""Any model on disk: opened by what it is, loaded a tensor at a time.

The one door for files from outside: what comes through it is checked, and pickle is not let in.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import UserError
from engine.formats.fields import unreadable
from engine.formats.gguf import open_gguf
from engine.formats.hf import open_folder
from engine.formats.opened import Checkpoint, TokenIds
from engine.formats.tensor_files import LFS, find_tensor_files, read_headers

if TYPE_CHECKING:
    import torch

    from engine.model.transformer import Transformer

Take = Callable[["Transformer", str, "torch.Tensor"], Iterator["torch.Tensor | None"]]
"""Gives the weight again after each part of its work, and last what is to be put into the model."""

__all__ = ["Checkpoint", "TokenIds", "load_model", "open_checkpoint"]

PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib"})


def open_checkpoint(path: Path) -> Checkpoint:
    """A folder, a .safetensors file in its folder, or a .gguf file. Reads no weights."""
    try:
        return _open(path)
    except OSError as error:
        raise unreadable(path, error) from error


def _open(path: Path) -> Checkpoint:
    if path.is_dir():
        return _open_directory(path)
    if not path.exists():
        raise UserError(f"There is no file “{path.name}”", "Look whether it was moved or renamed.")
    with path.open("rb") as file:
        head = file.read(len(LFS))
    if head[:4] == b"GGUF":
        return open_gguf(path)
    if head == LFS:
        raise UserError(
            f"{path.name} is a placeholder: the weights themselves were not downloaded",
            "Run “git lfs pull” in its folder, or download the file by itself.",
        )
    if path.suffix.lower() in PICKLES or head[:2] in (b"PK", b"\x80\x02", b"\x80\x04"):
        raise _pickle(path)
    if path.name.endswith((".safetensors", ".safetensors.index.json")) or path.name == "config.json":
        return _open_beside(path)
    raise UserError(
        f"{path.name} is not a model Nextword can open",
        "Choose a .gguf file, a .safetensors file, or the folder that holds config.json.",
    )


def _open_directory(folder: Path) -> Checkpoint:
    if (folder / "config.json").is_file():
        _refuse_pickle_only(folder)
        return open_folder(folder)
    if (folder / "adapter_config.json").is_file():
        raise UserError(f"{folder.name} is an adapter, which works only on top of its base", "Import it first.")
    packed = sorted(folder.glob("*.gguf"))
    if len(packed) == 1:
        return open_gguf(packed[0])
    if packed:
        raise UserError(f"{folder.name} holds {len(packed)} GGUF files", "Choose one of the files.")
    _refuse_pickle_only(folder)
    raise UserError(
        f"{folder.name} holds no model: config.json is missing", "Choose the folder that holds config.json."
    )


def _open_beside(path: Path) -> Checkpoint:
    """The model that a single file of a folder belongs to."""
    if not (path.parent / "config.json").is_file():
        if path.suffix == ".safetensors":
            read_headers([path])  # a damaged file is said to be damaged, not to lack company
        raise UserError(
            f"{path.name} is only the weights of a model: there is no config.json beside it",
            "Put it into one folder with config.json and its tokenizer.",
        )
    return open_folder(path.parent)


def _refuse_pickle_only(folder: Path) -> None:
    if list(folder.glob("*.safetensors")) or (folder / "model.safetensors.index.json").is_file():
        return
    pickles = [file for file in sorted(folder.iterdir()) if file.suffix.lower() in PICKLES and "model" in file.name]
    if pickles:
        raise _pickle(pickles[0])


def _pickle(path: Path) -> UserError:
    return UserError(
        f"{path.name} is a pickle file, which can run programs when it is opened, so Nextword never reads one",
        "Choose the same model as .safetensors or .gguf.",
    )


def load_model(
    checkpoint: Checkpoint, device: str, dtype: torch.dtype, take: Take | None = None
) -> Generator[tuple[int, int], None, Transformer]:
    """Load one tensor a step, yielding (done, total) in bytes of the model in memory; returns it, ready to read.

    Linear and embedding weights become `dtype`; norms stay float32. `take` gets each of them first, works on it in
    steps, and returns what is to be put into the model, or None where it has seen to that.
    """
    import torch  # two seconds, and only whoever loads a model needs it

    from engine.model.transformer import Transformer

    model = Transformer.empty(checkpoint.config)
    total = checkpoint.config.parameters() * dtype.itemsize
    done = 0
    for name, tensor in checkpoint.tensors():
        kept = torch.float32 if name.endswith("norm.weight") else dtype
        moved = tensor.to(device=device, dtype=kept)
        wanted: torch.Tensor | None = moved
        for now in () if take is None else take(model, name, moved):
            wanted = now
            yield min(done, total), total
        if wanted is not None:  # what lies in a mapped file is copied, so that the file can be let go
            model.put(name, wanted.clone() if wanted.data_ptr() == tensor.data_ptr() else wanted)
        done += tensor.numel() * dtype.itemsize
        yield min(done, total), total
    return model.eval()


def weight_files(checkpoint: Checkpoint) -> list[Path]:
    """The files that hold the weights."""
    return [checkpoint.path] if checkpoint.path.is_file() else find_tensor_files(checkpoint.path)
