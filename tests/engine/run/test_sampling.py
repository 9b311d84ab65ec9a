from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.errors import UserError
from engine.messages import Sampling
from engine.run import sampling
from engine.run.few import pick_of_few
from engine.run.outlook import ByNumpy
from engine.run.sampling import STAGES, make_sampler, stages

Shared = Callable[[str], Path]
NEUTRAL = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0)
STEPS: dict[str, Callable[[Tensor, float], Tensor]] = {
    "temperature": sampling.temperature,
    "top_k": lambda logits, k: sampling.top_k(logits, int(k)),
    "top_p": sampling.top_p,
    "min_p": sampling.min_p,
}


def probabilities(logits: Tensor) -> list[float]:
    return logits.double().softmax(-1).tolist()


def chain(logits: Tensor, options: Sampling, seen: list[int], prompt: int = 0) -> Tensor:
    for stage in stages(options, seen, prompt):
        logits = stage.apply(logits)
    return logits


def applied(name: str, logits: Tensor, seen: list[int]) -> Tensor:
    """A peer's case by its name: `top_k_5`, `repetition_1.1`, `chain_rep1.2_temp0.8_topk10_topp0.9`."""
    step, _, value = name.rpartition("_")
    if name.startswith("chain"):
        penalty, heat, k, p = map(float, re.findall(r"[\d.]+", name))
        options = replace(NEUTRAL, repetition_penalty=penalty, temperature=heat, top_k=int(k), top_p=p)
        return chain(logits, options, seen)
    if step == "repetition":
        return chain(logits, replace(NEUTRAL, repetition_penalty=float(value)), seen)
    return STEPS[step](logits, float(value))


def test_every_step_and_their_chain_equal_transformers(shared: Shared) -> None:
    cases = json.loads(shared("data/peer_expected/transformers_sampler_vectors_a.json").read_text())["cases"]
    compared = 0
    for case in cases:
        logits = torch.tensor(case["logits"])
        for name in case.keys() - {"logits", "history", "softmax", "note"}:
            if name.endswith("_number_kept"):  # all alike: which ones are kept is nobody's promise
                kept = applied(name.removesuffix("_number_kept"), logits, [])
                assert int(kept.isfinite().sum()) == case[name]
                continue
            got = probabilities(applied(name, logits, case["history"]))
            assert got == pytest.approx(case[name], abs=2e-6), name
            compared += 1
    assert compared > 90


@pytest.mark.parametrize("step", ["temp", "top_k", "top_p", "min_p"])
def test_every_step_equals_llama_cpp(shared: Shared, step: str) -> None:
    cases = json.loads(shared("data/peer_expected/llama_cpp_sampling_basic.json").read_text())[step]
    for case in cases:
        value = case[{"temp": "temp", "top_k": "k"}.get(step, "p")]
        logits = torch.tensor(case["probs"]).log()
        if value == 0 and step == "temp":
            assert make_sampler(Sampling(temperature=0.0), 0).pick(logits, []) == case["expected"].index(1.0)
            continue
        got = [p for p in probabilities(STEPS["temperature" if step == "temp" else step](logits, value)) if p > 0]
        assert sorted(got) == pytest.approx(sorted(case["expected"]), abs=1e-5), case


def test_steps_equal_transformers_own_tests(shared: Shared) -> None:
    cases: dict[str, Any] = json.loads(shared("data/peer_expected/transformers_logits_process_basic.json").read_text())
    for case in cases["top_k"]:
        kept = sampling.top_k(torch.tensor(case["logits"], dtype=torch.float32), case["k"])
        assert [int(v == -math.inf) for v in kept.tolist()] == case["removed"]
    for case in cases["top_p"]:
        kept = sampling.top_p(torch.tensor(case["probs"]).log(), case["p"])
        assert kept.exp().tolist() == pytest.approx(case["expected"], abs=1e-3)


def test_penalties_by_hand() -> None:
    logits = torch.tensor([2.0, -2.0, 1.0, 0.5])
    assert sampling.repetition_penalty(logits, torch.tensor([0, 1]), 2.0).tolist() == [1.0, -4.0, 1.0, 0.5]
    options = replace(NEUTRAL, presence_penalty=0.5, frequency_penalty=0.25)
    assert chain(logits, options, [3, 0, 0, 2], prompt=1).tolist() == [1.0, -2.0, 0.25, 0.5]
    assert logits.tolist() == [2.0, -2.0, 1.0, 0.5]


def test_the_prompt_counts_as_repeated_but_not_as_written() -> None:
    logits = torch.tensor([2.0, 1.0])
    assert chain(logits, replace(NEUTRAL, repetition_penalty=2.0), [0], prompt=1).tolist() == [1.0, 1.0]
    assert chain(logits, replace(NEUTRAL, presence_penalty=2.0), [0], prompt=1).tolist() == [2.0, 1.0]


def test_stages_have_the_order_that_is_shown() -> None:
    assert [stage.name for stage in stages(Sampling(), [])] == list(STAGES)


LOGITS = st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=40, unique=True)
OPTIONS = st.builds(
    Sampling,
    temperature=st.sampled_from([1e-30, 0.1, 0.7, 1.0, 3.0]),
    top_k=st.sampled_from([0, 1, 3, 100]),
    top_p=st.sampled_from([1e-6, 0.3, 0.95, 1.0]),
    min_p=st.sampled_from([0.0, 0.05, 0.9, 1.0]),
    repetition_penalty=st.sampled_from([1.0, 1.3]),
    presence_penalty=st.sampled_from([0.0, 1.0]),
)


@settings(deadline=None)
@given(values=LOGITS, options=OPTIONS, seed=st.integers(0, 2**31 - 1))
def test_what_is_picked_is_always_left_by_the_chain(values: list[float], options: Sampling, seed: int) -> None:
    logits = torch.tensor(values)
    picked = make_sampler(options, seed).pick(logits, [0, 0])
    left = chain(logits, options, [0, 0])
    assert left.isfinite().any() and left[picked] > -math.inf


@settings(deadline=None, max_examples=300)
@given(
    values=st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=60),
    options=OPTIONS,
    greedy=st.booleans(),
    seed=st.integers(0, 2**31 - 1),
    more=st.integers(0, 5),
)
def test_of_the_likeliest_alone_the_same_is_picked(
    values: list[float], options: Sampling, greedy: bool, seed: int, more: int
) -> None:
    """Some are equally likely, and some fewer than there are wanted."""
    options = replace(options, temperature=0.0) if greedy else options
    logits = torch.tensor([float(v) for v in values]).round(decimals=1)
    slow, fast = make_sampler(options, seed), make_sampler(options, seed)
    found = ByNumpy(fast.enough + more)(logits.numpy())
    for _ in range(3):
        assert fast.pick(logits, [0, 0], 1, (found.ids, found.logits)) == slow.pick(logits, [0, 0], 1)


def test_the_default_sampler_looks_at_no_vocabulary() -> None:
    logits = torch.randn(1000, generator=torch.Generator().manual_seed(0))
    for options in (Sampling(), Sampling(temperature=0.0)):
        sampler = make_sampler(options, 1)
        found = ByNumpy(sampler.enough)(logits.numpy())
        assert sampler.pick(torch.empty(0), [], 0, (found.ids, found.logits)) in found.ids


def test_few_are_nearly_always_enough_and_say_what_all_do() -> None:
    """With logits as a model's: some choices are open, some are not."""
    generator = torch.Generator().manual_seed(0)
    told = 0
    for number in range(400):
        logits = torch.randn(3000, generator=generator) * (1 + number % 5)
        slow, fast = make_sampler(Sampling(), number), make_sampler(Sampling(), number)
        found = ByNumpy(fast.enough)(logits.numpy())
        point = float(torch.rand((), generator=torch.Generator().manual_seed(number), dtype=torch.float64))
        few = pick_of_few(Sampling(), found.ids, found.logits, point)
        told += few is not None
        picked = slow.pick(logits, [])
        assert few in (None, picked) and fast.pick(logits, [], 0, (found.ids, found.logits)) == picked
    assert told > 380


def test_picks_come_as_often_as_their_probability() -> None:
    logits = torch.tensor([0.1, 0.2, 0.7]).log()
    sampler = make_sampler(NEUTRAL, 1)
    picks = [sampler.pick(logits, []) for _ in range(4000)]
    assert [picks.count(i) / 4000 for i in range(3)] == pytest.approx([0.1, 0.2, 0.7], abs=0.03)


def test_a_seed_gives_the_same_picks_again_and_leaves_the_global_generator_alone() -> None:
    logits = torch.randn(50, generator=torch.Generator().manual_seed(0))
    state = torch.get_rng_state()

    def picks(seed: int) -> list[int]:
        sampler = make_sampler(NEUTRAL, seed)
        return [sampler.pick(logits, []) for _ in range(30)]

    assert picks(7) == picks(7) != picks(8)
    assert torch.equal(torch.get_rng_state(), state)


def test_temperature_0_takes_the_likeliest_after_penalties() -> None:
    logits = torch.tensor([1.0, 3.0, 2.9])
    assert make_sampler(Sampling(temperature=0.0), 0).pick(logits, []) == 1
    assert make_sampler(Sampling(temperature=0.0, repetition_penalty=1.5), 0).pick(logits, [1]) == 2


@pytest.mark.parametrize(
    "bad",
    [
        {"temperature": -0.1},
        {"temperature": math.nan},
        {"temperature": math.inf},
        {"top_k": -1},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"top_p": math.nan},
        {"min_p": -0.1},
        {"min_p": 2.0},
        {"repetition_penalty": 0.0},
        {"presence_penalty": math.inf},
        {"frequency_penalty": math.nan},
        {"seed": -1},
        {"seed": 1 << 63},
    ],
)
def test_options_that_mean_nothing_are_refused_in_a_sentence(bad: dict[str, float]) -> None:
    with pytest.raises(UserError) as caught:
        make_sampler(replace(Sampling(), **bad), 0)
    assert caught.value.hint
