"""The decoder agrees with itself however its input is cut, and leaves nothing behind when it should not."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.cache import KVCache
from engine.model.config import ModelConfig, RopeScaling
from engine.model.lora import new_adapter, only
from engine.model.transformer import Transformer

ROOT = Path(__file__).resolve().parents[3]
BASE = ModelConfig("llama", 40, 32, 48, layers=3, heads=4, kv_heads=2, head_dim=8, context=64)
CONFIGS = {
    "llama": BASE,
    "llama, own head, biases": replace(BASE, tied=False, qkv_bias=True, output_bias=True, mlp_bias=True),
    "mistral": replace(BASE, window=5, windowed_layers=(True, True, True)),
    "qwen3": replace(BASE, architecture="qwen3", qk_norm=True),
    "gemma3": replace(
        BASE,
        architecture="gemma3",
        qk_norm=True,
        post_norms=True,
        activation="gelu_tanh",
        embedding_scale=32**0.5,
        window=4,
        windowed_layers=(True, True, False),
        local_rope_theta=500.0,
        rope_scaling=RopeScaling("linear", 8.0),
    ),
}


def random_model(config: ModelConfig, dtype: torch.dtype = torch.float32) -> Transformer:
    model = Transformer.empty(config)
    generator = torch.Generator().manual_seed(5)
    for name, shape in config.shapes().items():
        tensor = torch.randn(shape, generator=generator) * 0.2
        model.put(name, tensor + 1 if "norm" in name else tensor.to(dtype))
    return model


MODELS = {name: random_model(config) for name, config in CONFIGS.items()}
IDS = torch.randint(0, 40, (1, 48), generator=torch.Generator().manual_seed(1))


@given(
    name=st.sampled_from(list(MODELS)),
    cuts=st.lists(st.integers(1, 47), unique=True, max_size=12).map(sorted),
)
@settings(deadline=None, max_examples=60)
def test_chunks_through_a_cache_give_the_logits_of_the_whole(name: str, cuts: list[int]) -> None:
    model = MODELS[name]
    with torch.inference_mode():
        whole = model(IDS)
        cache = model.new_cache()
        edges = [0, *cuts, 48]
        parts = [model(IDS[:, a:b], cache) for a, b in pairwise(edges)]
    assert cache.length == 48
    torch.testing.assert_close(torch.cat(parts, 1), whole, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("name", CONFIGS)
def test_one_token_at_a_time_gives_the_logits_of_the_whole(name: str) -> None:
    model = MODELS[name]
    with torch.inference_mode():
        cache = model.new_cache()
        steps = [model(IDS[:, i : i + 1], cache) for i in range(48)]
        torch.testing.assert_close(torch.cat(steps, 1), model(IDS), atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("name", CONFIGS)
def test_no_token_sees_a_later_one(name: str) -> None:
    changed = IDS.clone()
    changed[0, 30] = (changed[0, 30] + 1) % 40
    with torch.inference_mode():
        before, after = MODELS[name](IDS), MODELS[name](changed)
    assert torch.equal(before[:, :30], after[:, :30])
    assert not torch.allclose(before[:, 30:], after[:, 30:])


def test_a_window_hides_what_lies_outside_of_it() -> None:
    one_layer = random_model(replace(CONFIGS["mistral"], layers=1, windowed_layers=(True,)))
    changed = IDS.clone()
    changed[0, 10] = (changed[0, 10] + 1) % 40
    with torch.inference_mode():
        same = (one_layer(IDS) == one_layer(changed)).all(-1)[0]
    assert same.tolist() == [not 10 <= position < 15 for position in range(48)]


def test_a_batch_gives_what_its_rows_give() -> None:
    rows = torch.randint(0, 40, (3, 20), generator=torch.Generator().manual_seed(2))
    model = MODELS["gemma3"]
    with torch.inference_mode():
        cache = model.new_cache(3)
        model(rows[:, :12], cache)
        together = torch.cat([model(rows[:, i : i + 1], cache) for i in range(12, 20)], 1)
        alone = torch.cat([model(row[None])[:, 12:] for row in rows])
    torch.testing.assert_close(together, alone, atol=2e-5, rtol=1e-4)


def test_only_the_last_logits_are_those_of_the_last_token() -> None:
    with torch.inference_mode():
        last = MODELS["llama"](IDS, last_only=True)
        assert last.shape == (1, 1, 40)
        torch.testing.assert_close(last, MODELS["llama"](IDS)[:, -1:])


def test_a_trimmed_cache_goes_on_as_if_the_rest_had_never_been() -> None:
    model = MODELS["gemma3"]
    with torch.inference_mode():
        cache = model.new_cache()
        model(IDS, cache)
        cache.trim(9)
        torch.testing.assert_close(model(IDS[:, 20:25], cache), _after(model, IDS[:, :9], IDS[:, 20:25]))


def test_what_a_fork_reads_does_not_reach_the_other() -> None:
    model = MODELS["llama"]
    with torch.inference_mode():
        cache = model.new_cache()
        model(IDS[:, :10], cache)
        fork = cache.fork()
        model(IDS[:, 30:40], fork)
        assert (cache.length, fork.length) == (10, 20)
        torch.testing.assert_close(model(IDS[:, 10:14], cache), _after(model, IDS[:, :10], IDS[:, 10:14]))


def _after(model: Transformer, first: torch.Tensor, then: torch.Tensor) -> torch.Tensor:
    cache = model.new_cache()
    model(first, cache)
    return model(then, cache)


def test_the_cache_takes_the_bytes_that_its_config_says() -> None:
    cache = KVCache(BASE)
    with torch.inference_mode():
        MODELS["llama"](IDS[:, :1].expand(1, 256), cache)
    assert cache.nbytes == 256 * BASE.kv_bytes_per_token(4)


def test_the_cache_refuses_to_be_trimmed_to_what_it_does_not_hold() -> None:
    with pytest.raises(ValueError, match="cannot trim"):
        KVCache(BASE).trim(1)


def test_a_cache_longer_than_its_first_room_keeps_what_it_had() -> None:
    model = MODELS["mistral"]
    ids = torch.randint(0, 40, (1, 700), generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        cache = model.new_cache()
        parts = [model(ids[:, a : a + 100], cache) for a in range(0, 700, 100)]
        torch.testing.assert_close(torch.cat(parts, 1), model(ids), atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_weights_are_those_that_the_config_lists(name: str) -> None:
    state = MODELS[name].state_dict()
    assert {key: tuple(value.shape) for key, value in state.items()} == CONFIGS[name].shapes()
    assert CONFIGS[name].parameters() == sum(value.numel() for value in state.values())


def test_an_empty_model_takes_no_memory_until_it_is_filled() -> None:
    giant = replace(BASE, vocab_size=1 << 20, hidden_size=1 << 14)
    assert all(parameter.is_meta for parameter in Transformer.empty(giant).parameters())


def test_an_empty_model_is_built_without_the_symbolic_half_of_torch() -> None:
    """First values on the meta device import sympy and 800 modules more: two seconds before the first reply."""
    code = (
        "import sys, torch\n"
        "from engine.model.config import ModelConfig\n"
        "from engine.model.transformer import Transformer\n"
        "config = ModelConfig('llama', 40, 32, 48, layers=1, heads=4, kv_heads=2, head_dim=8, context=64)\n"
        "model = Transformer.empty(config)\n"
        "for name, shape in config.shapes().items(): model.put(name, torch.zeros(shape))\n"
        "with torch.inference_mode(): model(torch.tensor([[1, 2, 3]]), model.new_cache())\n"
        "print('sympy' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "False"


def test_bfloat16_weights_stay_close_to_float32_and_norms_stay_float32() -> None:
    rounded = random_model(CONFIGS["gemma3"], torch.bfloat16)
    assert rounded.norm.weight.dtype == torch.float32
    with torch.inference_mode():
        precise, coarse = MODELS["gemma3"](IDS), rounded(IDS)
        cache = rounded.new_cache()
        stepped = torch.cat([rounded(IDS[:, i : i + 1], cache) for i in range(48)], 1)
    assert coarse.dtype == torch.float32
    assert (precise - coarse).abs().mean() < 0.05 * precise.std()
    assert (stepped - coarse).abs().mean() < 0.05 * precise.std()


def test_the_tap_sees_the_stream_after_every_layer() -> None:
    seen: dict[str, tuple[int, ...]] = {}
    with torch.inference_mode():
        MODELS["llama"](IDS, tap=lambda name, x: seen.update({name: tuple(x.shape)}))
    assert seen == dict.fromkeys(["embed", "layers.0", "layers.1", "layers.2", "norm"], (1, 48, 32))


def test_gradients_reach_every_weight_after_the_model_has_generated() -> None:
    model = random_model(CONFIGS["gemma3"])
    with torch.inference_mode():
        model(IDS)
    model.requires_grad_(True)
    model(IDS).logsumexp(-1).sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in model.parameters())


def learned(model: Transformer, sparing: bool) -> tuple[list[torch.Tensor | None], int]:
    """Gradients of an adapter on every layer, and how many numbers were kept for them."""
    adapter, kept = new_adapter(model, 2, 4.0, torch.Generator().manual_seed(3)), []
    for delta in adapter.deltas.values():
        torch.nn.init.normal_(delta.up, generator=torch.Generator().manual_seed(4))

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept.append(tensor.numel())
        return tensor

    with only(model, adapter):
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            stream = model.read(IDS, sparing=sparing)
        stream.square().sum().backward()
    return [parameter.grad for parameter in adapter.parameters()], sum(kept)


@pytest.mark.parametrize("name", MODELS)
def test_sparing_memory_changes_no_gradient(name: str) -> None:
    gradients, kept = learned(MODELS[name], sparing=False)
    again, spared = learned(MODELS[name], sparing=True)
    assert all(a is not None and b is not None and torch.equal(a, b) for a, b in zip(gradients, again, strict=True))
    assert spared < kept / 4


def test_sparing_refuses_a_cache() -> None:
    model = MODELS["llama"]
    with pytest.raises(ValueError, match="cache"):
        model.read(IDS, model.new_cache(), sparing=True)
