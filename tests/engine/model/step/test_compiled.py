"""The compiled step says what torch says over the same weights, for all architectures and kinds of weight."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engine.model.lora import attach, detach, new_adapter
from engine.model.step.compiled import CompiledStep
from engine.model.step.decoder import decode
from engine.model.step.outlook import outlook
from engine.model.step.packed import Kind, Packed, multiplied, pack
from engine.model.step.rounding import round_weights
from engine.model.transformer import Transformer
from engine.run.kernels import VARIANTS
from engine.run.outlook import Compiled
from tests.engine.formats.taught import finished
from tests.engine.model.step.test_packed import in_bfloat16, in_eight_bits, in_four_bits
from tests.engine.model.test_transformer import CONFIGS, random_model

MAKE = {Kind.BFLOAT16: in_bfloat16, Kind.BLOCKS_INT8: in_eight_bits, Kind.BLOCKS_INT4: in_four_bits}
READ = torch.randint(0, 40, (1, 280), generator=torch.Generator().manual_seed(2))
"""Past one part of what attention reads at a time."""


def packed(model: Transformer, kind: Kind) -> Packed:
    """The model with weights that this kind holds, and those."""
    if kind in MAKE:
        for number, (name, weight) in enumerate(multiplied(model).items()):
            model.put(name, MAKE[kind](weight, number))
    found = finished(round_weights(model, kind) if kind is Kind.INT8 else pack(model))
    assert found.kinds == {kind}
    return found


def told(model: Transformer, step: CompiledStep | None, read: int, write: int = 6, at_once: int = 1) -> Tensor:
    """Logits of the tokens after the first `read` ones, so many at a time."""
    with torch.inference_mode():
        cache = model.new_cache()
        model(READ[:, :read], cache)
        rows = []
        for ids in READ[:, read : read + write].split(at_once, 1):
            rows.append(model(ids, cache)[0] if step is None else step(ids[0].tolist(), cache, range(ids.shape[1])))
        assert cache.length == read + write
    return torch.cat(rows)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("name", CONFIGS)
def test_it_says_what_torch_says(name: str, kind: Kind, threads: int) -> None:
    config = replace(CONFIGS[name], context=512)
    if kind in (Kind.BLOCKS_INT8, Kind.BLOCKS_INT4):
        config = replace(config, hidden_size=64, intermediate_size=96, head_dim=32)
    model = random_model(config)
    step = CompiledStep(model, packed(model, kind), threads)
    for read in (1, 253):
        wanted = told(model, None, read, 11)
        for at_once in (1, 2, 11):  # the last is two fours and three more
            torch.testing.assert_close(told(model, step, read, 11, at_once), wanted, atol=3e-5, rtol=1e-4)


def test_a_model_in_bfloat16_is_read_where_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    """More exactly than by torch, which rounds between the operations; also where a matrix is looked at in parts."""
    monkeypatch.setattr("engine.model.step.packed.AT_ONCE", 64)
    model, exact = (random_model(CONFIGS["gemma3"], dtype) for dtype in (torch.bfloat16, torch.float32))
    for name, parameter in model.named_parameters():
        exact.put(name, parameter.detach().float())
    found = finished(pack(model))
    assert found.kinds == {Kind.BFLOAT16}
    for name, weight in multiplied(model).items():
        assert found.matrices[name].rows.data_ptr() == weight.data_ptr()
    step = CompiledStep(model, found, 2)
    ours, theirs, wanted = told(model, step, 20), told(model, None, 20), told(exact, None, 20)
    torch.testing.assert_close(ours, wanted, atol=0.15, rtol=0.05)
    assert (ours - wanted).abs().mean() < (theirs - wanted).abs().mean()


@pytest.mark.parametrize("kind", [Kind.FLOAT32, Kind.INT8])
def test_adapters_are_on_top_and_come_off_again(kind: Kind) -> None:
    model = random_model(CONFIGS["llama, own head, biases"])
    found = packed(model, kind)
    plain = told(model, None, 9)
    adapters = [new_adapter(model, rank, 2.0 * rank) for rank in (2, 5)]
    for adapter in adapters:
        for parameter in adapter.parameters():
            torch.nn.init.normal_(parameter, std=0.1, generator=torch.Generator().manual_seed(3))
        attach(model, adapter)
    both = told(model, None, 9)
    assert (both - plain).abs().max() > 0.1
    for at_once in (1, 6):
        ours = told(model, CompiledStep(model, found, 2), 9, at_once=at_once)
        torch.testing.assert_close(ours, both, atol=3e-5, rtol=1e-4)
    for adapter in adapters:
        detach(model, adapter)
    torch.testing.assert_close(told(model, CompiledStep(model, found, 2), 9), plain, atol=3e-5, rtol=1e-4)


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_not_hidden(broken: float) -> None:
    model = random_model(CONFIGS["llama"])
    found = packed(model, Kind.FLOAT32)
    with torch.no_grad():
        model.get_parameter("layers.1.mlp.down.weight")[3, 4] = broken
    assert not told(model, None, 5).isfinite().any()
    for at_once in (1, 3):
        assert not told(model, CompiledStep(model, found, 2), 5, at_once=at_once).isfinite().any()


@pytest.mark.parametrize("read", [3, 250, 2050])
@pytest.mark.parametrize("name", CONFIGS)
def test_a_tree_is_read_as_each_of_its_paths(name: str, read: int) -> None:
    """Behind a stem, across the ends of windows and of parts; only the places that are asked for."""
    model = random_model(replace(CONFIGS[name], context=4096))
    step = CompiledStep(model, packed(model, Kind.FLOAT32), 2)
    ids = torch.randint(0, 40, (1, read + 3), generator=torch.Generator().manual_seed(3))
    tree, parents = [5, 6, 7, 8, 9, 10, 11], [-1, 0, 0, -1, 3, 1, 5]
    paths = {0: [5], 5: [5, 6, 10], 6: [5, 6, 10, 11], 4: [8, 9]}
    with torch.inference_mode():
        plain, mine = model.new_cache(), model.new_cache()
        for cache in (plain, mine):
            model(ids[:, :read], cache)
        found = step.fan(ids[0, read:].tolist(), tree, parents, mine, [2, *(3 + place for place in paths)])
        assert mine.length == read + 3 + len(tree)
        torch.testing.assert_close(found[0], model(ids[:, read:], plain)[0, -1], atol=3e-5, rtol=1e-4)
        for row, path in zip(found[1:], paths.values(), strict=True):
            torch.testing.assert_close(row, model(torch.tensor([path]), plain)[0, -1], atol=3e-5, rtol=1e-4)
            plain.trim(read + 3)


def test_a_tree_may_stand_behind_nothing() -> None:
    model = random_model(CONFIGS["mistral"])
    step = CompiledStep(model, packed(model, Kind.FLOAT32), 2)
    with torch.inference_mode():
        found = step.fan([], [5, 6, 7], [-1, 0, -1], model.new_cache(), [0, 1, 2])
        for row, path in zip(found, ([5], [5, 6], [7]), strict=True):
            torch.testing.assert_close(row, model(torch.tensor([path]))[0, -1], atol=3e-5, rtol=1e-4)


def test_a_cache_that_grew_and_one_that_was_cut_are_followed() -> None:
    """By torch and by the step in turns, on the same cache."""
    model = random_model(replace(CONFIGS["gemma3"], context=1024))
    step = CompiledStep(model, packed(model, Kind.FLOAT32), 2)
    with torch.inference_mode():
        mixed, plain = model.new_cache(), model.new_cache()
        for begin, tokens in ((0, 250), (3, 200), (40, 230)):
            for cache in (mixed, plain):
                cache.trim(begin if cache.length else 0)
                model(READ[:, begin if cache.length else 0 : tokens], cache)
            for token in READ[0, :70].tolist():
                wanted = model(torch.tensor([[token]]), plain)[0, 0]
                torch.testing.assert_close(step([token], mixed)[0], wanted, atol=3e-5, rtol=1e-4)


@pytest.mark.parametrize("read", [2040, 2300])
def test_a_long_context_is_read_in_larger_parts(read: int) -> None:
    """Past the number from which on they are larger. Over a cache in bfloat16 it is as near to the truth as torch."""
    model = random_model(replace(CONFIGS["llama"], context=4096, hidden_size=64, head_dim=32))
    step = CompiledStep(model, packed(model, Kind.FLOAT32), 2)
    ids = torch.randint(0, 40, (1, read), generator=torch.Generator().manual_seed(3))
    kinds = (torch.float32, torch.float32, torch.bfloat16, torch.bfloat16)
    with torch.inference_mode():
        plain, mine, short, mine_short = caches = [model.new_cache(dtype=kind) for kind in kinds]
        for cache in caches:
            model(ids, cache)
        ours, theirs = [], []
        for token in READ[0, :20].tolist():
            wanted, rounded = (model(torch.tensor([[token]]), cache)[0, 0] for cache in (plain, short))
            torch.testing.assert_close(step([token], mine)[0], wanted, atol=3e-5, rtol=1e-4)
            ours.append((step([token], mine_short)[0] - wanted).abs().mean().item())
            theirs.append((rounded - wanted).abs().mean().item())
    assert sum(ours) < 1.1 * sum(theirs)


def test_nothing_is_compiled_but_what_the_smallest_model_compiled_before() -> None:
    """One token, and one kind of cache after the other, is all that `kernels.compile_all` does: whatever needed another
    variant would stop the first reply, and the window with it, for the better part of a minute."""
    for name in CONFIGS:
        model = random_model(replace(CONFIGS[name], context=512))
        step = CompiledStep(model, packed(model, Kind.FLOAT32), 2)
        for dtype in (torch.float32, torch.bfloat16):
            cache = model.new_cache(dtype=dtype)
            logits = step([1], cache)
            logits = step([1, 2, 3], cache, range(3))
            step(READ[0, :64].tolist(), cache)
            step.fan([1, 2], [3, 4], [-1, 0], cache, [3])
            Compiled(5)(logits[1].numpy())
    assert len(decode.signatures) == len(VARIANTS) and len(outlook.signatures) == 1
