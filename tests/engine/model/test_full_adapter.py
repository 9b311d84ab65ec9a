"""An adapter that can be any change learns what the layers themselves would learn."""

from __future__ import annotations

import pytest
import torch

from engine.model.lora import ALL_LINEAR, full_adapter, linear_of, merged, only
from tests.engine.formats.taught import IDS, logits, model_of
from tests.tiny import CONFIGS, tiny_checkpoint


@pytest.mark.parametrize("architecture", sorted(CONFIGS))
def test_its_gradients_are_those_of_the_weights(architecture: str) -> None:
    model = model_of(tiny_checkpoint(architecture))
    names = [f"layers.{layer}.{target}" for layer in range(model.config.layers) for target in ALL_LINEAR]
    weights = [linear_of(model, name).weight.requires_grad_(True) for name in names]
    plain = model(IDS)
    slow = torch.autograd.grad(plain.logsumexp(-1).sum(), weights)
    adapter = full_adapter(model)
    learned = list(adapter.parameters())
    with only(model, adapter):
        said = model(IDS)
        found = torch.autograd.grad(said.logsumexp(-1).sum(), learned)
    assert torch.equal(said, plain) and len(learned) == len(weights) == len(adapter.deltas)
    for one, other in zip(found, slow, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


def test_a_step_on_it_is_a_step_on_the_weights() -> None:
    model = model_of(tiny_checkpoint("qwen3"))
    adapter = full_adapter(model)
    changes = [torch.randn(one.shape, generator=torch.Generator().manual_seed(n)) / 10
               for n, one in enumerate(adapter.parameters())]  # fmt: skip
    with torch.no_grad():
        for learned, change in zip(adapter.parameters(), changes, strict=True):
            learned.copy_(change)
        with only(model, adapter):
            expected = model(IDS)
        for (name, delta), change in zip(adapter.deltas.items(), changes, strict=True):
            weight = linear_of(model, name).weight
            assert torch.equal(merged(weight, [delta]), weight + change)
            weight.copy_(weight + change)
    torch.testing.assert_close(logits(model), expected, atol=1e-4, rtol=1e-4)
