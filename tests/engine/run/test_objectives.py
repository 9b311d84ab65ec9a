"""A long micro-batch learns the same with less memory."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.model.lora import new_adapter, only
from engine.paths import Paths
from engine.run import objectives
from engine.run.objectives import answer_loss
from engine.run.packing import Example, pack
from tests.engine.run.taught import folder_of, session_with


def test_long_micro_batches_spare_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = session_with(Paths.under(tmp_path / "home"), folder_of(tmp_path))[1].model
    packed = pack([Example(tuple(range(3, 40)), 5)])
    found = []
    for limit in (packed.tokens, packed.tokens - 1):
        monkeypatch.setattr(objectives, "SPARING_FROM", limit)
        adapter, kept = new_adapter(model, 2, 4.0, torch.Generator().manual_seed(3)), _Kept()
        with only(model, adapter):
            with torch.autograd.graph.saved_tensors_hooks(kept.keep, lambda tensor: tensor):
                loss = answer_loss(model, packed)
            loss.backward()
        found.append((loss.item(), [p.grad for p in adapter.parameters()], kept.numbers))
    (loss, gradients, kept_all), (same, again, spared) = found
    assert loss == same and spared < kept_all / 2
    assert all(a is not None and b is not None and torch.equal(a, b) for a, b in zip(gradients, again, strict=True))


class _Kept:
    numbers = 0

    def keep(self, tensor: torch.Tensor) -> torch.Tensor:
        self.numbers += tensor.numel()
        return tensor
