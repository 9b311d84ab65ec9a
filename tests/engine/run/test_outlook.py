"""The compiled outlook is that of numpy, both are what double precision says, and receipts say the same."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.run.outlook import ByNumpy, Compiled, looking
from engine.run.receipt import ReceiptWriter
from engine.text.fast import FastTokenizer
from tests.fakes import byte_level_json


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 5000), st.integers(0, 60), st.integers(0, 10_000), st.sampled_from([0.0, 1e-3, 4.0, 50.0]))
def test_compiled_as_by_numpy(size: int, count: int, seed: int, scale: float) -> None:
    logits = scale * torch.randn(size, generator=torch.Generator().manual_seed(seed))
    _compare(logits.round(decimals=1), count)  # many are equal: the earlier come first


def test_a_real_vocabulary() -> None:
    logits = 3 * torch.randn(49_152, generator=torch.Generator().manual_seed(1))
    _compare(logits, 20)
    logits[:] = -torch.inf
    logits[[3, 40_000]] = torch.tensor([-7.0, 2.0])
    _compare(logits, 20)
    assert Compiled(4)(logits.numpy()).ids == [40_000, 3, 0, 1]


def test_one_object_for_vocabularies_of_several_sizes() -> None:
    look = Compiled(20)
    for size in (1000, 7, 1000):
        logits = torch.arange(float(size))
        assert look(logits.numpy()).ids == list(range(size))[::-1][:20]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_overflowed_is_known(compiled: bool, bad: float) -> None:
    logits = torch.zeros(300)
    assert not looking(3, compiled=compiled)(logits.numpy()).overflowed
    logits[7] = -math.inf
    assert not looking(3, compiled=compiled)(logits.numpy()).overflowed
    logits[200] = bad
    assert looking(3, compiled=compiled)(logits.numpy()).overflowed


@pytest.mark.parametrize("compiled", [False, True])
def test_a_receipt_has_the_numbers_of_log_softmax_also_where_some_tokens_are_impossible(compiled: bool) -> None:
    tokenizer = FastTokenizer(byte_level_json())
    look, writer = looking(40, compiled=compiled), ReceiptWriter(tokenizer, 7)
    for seed in range(5):
        logits = 6 * torch.randn(tokenizer.vocab_size, generator=torch.Generator().manual_seed(seed))
        logits[10:20] = -torch.inf
        kept = logits.clone()
        piece = writer.piece(look(logits.numpy()), float(logits[5]), 5, "a")
        exact = kept.double().log_softmax(-1)
        assert torch.equal(logits, kept)
        assert piece.logprob == pytest.approx(float(exact[5]), abs=1e-5)
        assert piece.entropy == pytest.approx(float(torch.special.entr(exact.exp()).sum()), abs=1e-5)
        assert [a.logprob for a in piece.alternatives] == pytest.approx(exact.topk(7).values.tolist(), abs=1e-5)
        assert writer.piece(look(logits.numpy()), float(logits[12]), 12, "").logprob == -math.inf


def _compare(logits: Tensor, count: int) -> None:
    fast, slow = Compiled(count)(logits.numpy()), ByNumpy(count)(logits.numpy())
    assert (fast.largest, fast.ids, fast.logits) == (slow.largest, slow.ids, slow.logits)
    exact = logits.double().log_softmax(-1)
    entropy = float(torch.special.entr(exact.exp()).sum())
    for found in (fast, slow):
        assert found.entropy == pytest.approx(entropy, abs=1e-5)
        assert found.normalizer == pytest.approx(float(logits.double().logsumexp(-1)), abs=1e-5)
