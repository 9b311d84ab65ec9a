"""Guesses of what comes next: where they come from, and that nothing is written otherwise because of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.messages import Sampling
from engine.model.step.compiled import CompiledStep
from engine.model.step.packed import pack
from engine.model.transformer import Transformer
from engine.run.ahead import Ahead, Costs
from engine.run.drafts import Drafts
from engine.run.prefix import Prefix
from engine.run.sampling import make_sampler
from tests.engine.formats.taught import finished
from tests.engine.model.test_transformer import CONFIGS, random_model


def grown(*texts: Sequence[int], now: Sequence[int]) -> Drafts:
    drafts = Drafts(texts)
    drafts.grow(now)
    return drafts


# ---- where guesses come from ---------------------------------------------------------
def test_a_text_goes_on_as_it_did_before() -> None:
    assert grown(now=[1, 2, 3, 4, 5, 9, 2, 3]).guess(3) == ([4, 5, 9], 2)


def test_a_taught_text_is_followed_to_its_end_and_not_into_the_next() -> None:
    assert grown([1, 2, 3, 4], [5, 6], now=[0, 1, 2]).guess(9) == ([3, 4], 2)


def test_where_more_is_alike_counts_before_what_is_newer() -> None:
    assert grown([1, 2, 3, 4], [8, 2, 3, 5], now=[9, 1, 2, 3]).guess(1) == ([4], 3)
    assert grown([1, 2, 3, 4], [1, 2, 3, 5], now=[9, 1, 2, 3]).guess(1) == ([5], 3)


def test_texts_are_not_alike_across_their_beginnings() -> None:
    assert grown([4, 4], [1, 2, 3], now=[4, 4, 1, 2]).guess(1) == ([3], 2)


@pytest.mark.parametrize("now", [[], [1], [1, 2], [5, 6]])
def test_without_an_example_nothing_is_guessed(now: list[int]) -> None:
    assert grown([7, 8, 9], now=now).guess(4) == ([], 0)


def test_a_fork_grows_alone_and_learns_for_all() -> None:
    taught = Drafts([[1, 2, 3]])
    twin = taught.fork()
    twin.grow([5, 6, 5, 6])
    assert twin.guess(1) == ([5], 2) and taught.guess(1) == ([], 0)
    for _ in range(50):
        twin.learn(2, False)
    assert taught.right(2) < 0.01 < taught.right(3)


# ---- what is read along --------------------------------------------------------------
def prefix_of(model: Transformer, compiled: bool) -> Prefix:
    quick: Any = None
    if compiled:

        class Quick:
            step = CompiledStep(model, finished(pack(model)), 2)

            awake = True

            def wake(self) -> None: ...

            def __call__(self, *told: Any) -> Tensor:
                return self.step(*told)

        quick = Quick()
    return Prefix(model, quick)


def written(
    prefix: Prefix, sampling: Sampling, most: int, clock: Callable[[], float], taught: Sequence[int] = ()
) -> tuple[list[int], list[Tensor], Ahead]:
    """60 tokens behind a prompt, and the logits that they were picked from."""
    text, rows = [3, 1, 4, 1, 5, 9, 2, 6], []
    sampler = make_sampler(sampling, 7)
    logits = prefix.read(text[prefix.reuse(text) :])
    ahead = Ahead(prefix, grown(taught, now=text), most, clock=clock)
    while len(text) < 68:
        text.append(sampler.pick(logits, text, 8))
        rows.append(logits)
        logits = ahead.after(text, 68 - len(text))
        assert prefix.ids[: len(text)] == text and len(prefix.ids) <= 68
    return text, rows, ahead


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("sampling", [Sampling(temperature=0.0), Sampling(temperature=0.6), Sampling(0.8, top_k=5)])
@pytest.mark.parametrize("name", CONFIGS)
def test_what_is_written_is_the_same_with_guesses(name: str, sampling: Sampling, compiled: bool) -> None:
    """Where all passes take the same time, so that every guess is read, right or wrong."""
    model = random_model(replace(CONFIGS[name], context=128))
    alike = count(0.0, 1.0).__next__
    plain, wanted, alone = written(prefix_of(model, compiled), sampling, 0, alike)
    assert alone.guessed == 0
    for taught in ((), plain[8:]):
        text, rows, ahead = written(prefix_of(model, compiled), sampling, 15, alike, taught)
        assert text == plain
        torch.testing.assert_close(torch.stack(rows), torch.stack(wanted), atol=3e-5, rtol=1e-4)
    assert ahead.right > 20, "the text was taught"


def test_guesses_that_are_wrong_or_dear_are_soon_left() -> None:
    """A clock that says that each token takes as long as one alone."""
    model, now = random_model(CONFIGS["llama"]), 0.0
    prefix = Prefix(model)
    read = prefix.read

    def timed(ids: Sequence[int], *, every: bool = False) -> Tensor:
        nonlocal now
        now += len(ids)
        return read(ids, every=every)

    prefix.read = timed  # type: ignore[method-assign]
    plain, _, ahead = written(prefix, Sampling(temperature=0.0), 15, lambda: now)
    dear = ahead.guessed
    _, _, ahead = written(prefix, Sampling(temperature=0.0), 15, lambda: now, plain[8:])
    assert ahead.guessed <= 40 and dear <= 20, (ahead.guessed, dear)


def test_times_are_guessed_from_one_token_until_they_are_measured() -> None:
    costs = Costs()
    costs.learn(1, 2.0)
    assert costs.of(1) == 2.0 < costs.of(4) < costs.of(16) < 16 * 2.0
    costs.learn(4, 5.0)
    assert costs.of(4) == 5.0
    costs.learn(4, 6.0)
    assert 5.0 < costs.of(4) < 6.0
