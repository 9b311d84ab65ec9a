from __future__ import annotations

import json
import math
from collections.abc import Callable, Generator
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UserError
from engine.paths import Paths
from engine.run.loaded import Loaded
from engine.run.prefix import Prefix
from engine.run.score import CHUNK, next_tokens, score, windows
from engine.text.fast import FastTokenizer
from tests.engine.formats.real_models import packaged
from tests.engine.run.test_session import LoadModel, Session, run
from tests.fakes import byte_level_json, tiny_model

R = TypeVar("R")
TOKENIZER = FastTokenizer(byte_level_json())
MODEL = tiny_model(TOKENIZER.vocab_size, context=300)
IDS = (TOKENIZER.encode("hello world, how are you?") * 10)[: CHUNK + 40]


def finished(work: Generator[tuple[int, int], None, R]) -> R:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def all_logprobs(ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return MODEL(torch.tensor([ids]))[0].log_softmax(-1)


def test_scores_are_the_model_s_log_probabilities_chunk_by_chunk() -> None:
    got = finished(score(IDS, Prefix(MODEL), TOKENIZER, 300))
    logprobs = all_logprobs(IDS)
    expected = [float(logprobs[n, IDS[n + 1]]) for n in range(len(IDS) - 1)]
    assert got.tokens[0].logprob is None and [t.id for t in got.tokens] == IDS
    assert [t.logprob for t in got.tokens[1:]] == pytest.approx(expected, abs=1e-4)
    assert got.perplexity == pytest.approx(math.exp(-sum(expected) / len(expected)), rel=1e-4)
    size = sum(len(TOKENIZER.token_bytes(i)) for i in IDS[1:])
    assert got.bits_per_byte == pytest.approx(-sum(expected) / math.log(2) / size, rel=1e-4)
    for n, token in enumerate(got.tokens[1:]):
        assert token.rank == 1 + int((logprobs[n] > logprobs[n, token.id]).sum())


def test_a_single_token_has_no_score() -> None:
    got = finished(score(IDS[:1], Prefix(MODEL), TOKENIZER, 300))
    assert len(got.tokens) == 1 and got.perplexity is None and got.bits_per_byte is None


def test_the_next_token_s_distribution_is_whole() -> None:
    prefix = Prefix(MODEL)
    got = next_tokens(IDS, TOKENIZER.vocab_size, prefix, TOKENIZER, 300)
    logprobs = all_logprobs(IDS)[-1]
    assert [a.logprob for a in got.items] == pytest.approx(logprobs.sort(descending=True).values.tolist(), abs=1e-4)
    assert sum(math.exp(a.logprob) for a in got.items) == pytest.approx(1.0, abs=1e-5)
    assert got.entropy == pytest.approx(float(-(logprobs.exp() * logprobs).sum()), abs=1e-4)
    assert next_tokens(IDS, 3, prefix, TOKENIZER, 300).items == got.items[:3]


def test_texts_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(UserError, match="empty"):
        finished(score([], Prefix(MODEL), TOKENIZER, 300))
    for ids in ([], [1] * 302):
        with pytest.raises(UserError):
            next_tokens(ids, 5, Prefix(MODEL), TOKENIZER, 300)
    with pytest.raises(UserError, match="comes before the text is 299 tokens long"):
        finished(score([1] * 310, Prefix(MODEL), TOKENIZER, 300, head=299))


@given(st.integers(2, 400), st.integers(0, 5), st.integers(8, 60))
def test_windows_score_every_token_once_and_begin_with_half_of_the_last(length: int, head: int, context: int) -> None:
    cut = windows(max(length, head + 1), head, context)
    assert [n for one in cut for n in range(one.new, one.end)] == [*range(max(head, 1), max(length, head + 1))]
    assert all(head + one.end - one.begin <= context for one in cut)
    assert all(one.new - one.begin == (context - head) // 2 == before.end - one.begin for before, one in pairwise(cut))


@pytest.mark.parametrize("head", [0, 1, 7])
def test_a_long_text_is_scored_as_its_windows_read_anew(head: int) -> None:
    ids, context = IDS[:100], 40
    got = finished(score(ids, Prefix(MODEL), TOKENIZER, context, head))
    cut = windows(len(ids), head, context)
    assert got.windows == len(cut) > 3
    for one in cut:
        read = [*ids[:head], *ids[one.begin : one.end]]
        logprobs = all_logprobs(read)
        for n in range(one.new, one.end):
            expected = float(logprobs[head + n - one.begin - 1, ids[n]])
            assert got.tokens[n].logprob == pytest.approx(expected, abs=1e-4)
    known = [t.logprob for t in got.tokens if t.logprob is not None]
    assert len(known) == len(ids) - max(head, 1)
    assert got.perplexity == pytest.approx(math.exp(-sum(known) / len(known)), rel=1e-6)


@pytest.mark.parametrize(("name", "path"), [("smollm2-135m", "expected/smollm2.json")])
def test_a_real_model_scores_as_in_transformers(name: str, path: str, shared: Callable[[str], Path]) -> None:
    real = packaged(name)
    for entry in json.loads(shared(path).read_text("utf-8"))["score"]:
        ids = entry["token_ids"]
        got = finished(score(ids, Prefix(real.model), real.tokenizer, 2048, len(ids) - len(entry["logprob"])))
        known = [token.logprob for token in got.tokens if token.logprob is not None]
        assert known == pytest.approx(entry["logprob"], abs=2e-3)


def test_the_tiny_real_checkpoint_scores_as_in_transformers(shared: Callable[[str], Path], paths: Paths) -> None:
    session = Session(paths)
    run(session, LoadModel(1, str(shared("data/checkpoints/stories260K/hf"))))
    loaded: Loaded = session.require()
    expected = json.loads(shared("data/peer_expected/stories260K_transformers.json").read_text("utf-8"))
    for entry in expected["prompts"]:
        got = next_tokens(entry["ids"], 10, loaded.prefix, loaded.tokenizer, 512)
        wanted = {top["id"]: top["p"] for top in entry["top10"]}
        assert {a.id: math.exp(a.logprob) for a in got.items} == pytest.approx(wanted, abs=2e-4)
