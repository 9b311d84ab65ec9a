"""Trained lenses in the cache folder, one for each model by the hash of its weights. Knows files, not training."""

from __future__ import annotations

from pathlib import Path

import safetensors
import torch
from safetensors.torch import save
from torch import Tensor

from engine.formats.intake import not_written
from engine.formats.tensor_writer import write_file
from engine.messages import LensState
from engine.model.config import ModelConfig
from engine.run.lens import Maps
from engine.run.lens_training import Trained

VERSION = 1
"""Of everything that the maps follow from: with another one they are trained anew."""


class KeptLens:
    """The lens of one model: there, or not yet."""

    def __init__(self, folder: Path, sha256: str, config: ModelConfig) -> None:
        self._path = folder / f"lens-{VERSION}-{sha256[:32]}.safetensors"
        layers, hidden = config.layers, config.hidden_size
        self._shapes = {
            "turn": (layers, hidden, hidden),
            "shift": (layers, hidden),
            "divergence": (layers,),
            "plain": (layers,),
        }

    def state(self) -> LensState:
        """Reads a few numbers only."""
        found = self._read("divergence", "plain")
        if found is None:
            return LensState(False)
        return LensState(True, tuple(found["divergence"].tolist()), tuple(found["plain"].tolist()))

    def maps(self, device: torch.device) -> Maps | None:
        """None where it was not trained yet, or the file is not whole."""
        found = self._read("turn", "shift")
        return None if found is None else Maps(found["turn"].to(device), found["shift"].to(device))

    def keep(self, trained: Trained) -> None:
        """Written aside and renamed. Raises UserError: a lens that is not kept was trained for nothing."""
        tensors = {
            "turn": trained.maps.turn,
            "shift": trained.maps.shift,
            "divergence": torch.tensor(trained.divergence),
            "plain": torch.tensor(trained.plain),
        }
        aside = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_file(aside, save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}))
            aside.replace(self._path)
        except OSError as error:
            aside.unlink(missing_ok=True)
            raise not_written(error, "The cache folder") from error

    def _read(self, *names: str) -> dict[str, Tensor] | None:
        try:
            with safetensors.safe_open(self._path, "pt") as file:
                if any(tuple(file.get_slice(name).get_shape()) != shape for name, shape in self._shapes.items()):
                    return None
                return {name: file.get_tensor(name) for name in names}
        except (OSError, safetensors.SafetensorError):  # not there, or half of it
            return None
