"""A whole text under the loaded model: every token with its numbers and its place in the text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.errors import UserError
from engine.messages import Generate, Message, Sampling, ScoreText, TextScore
from engine.paths import Paths
from engine.run.session import Session
from tests.engine.run.staged import answer, events_of, load, staged

MIXED = "The cat 👋 sat\n on <|im_end|> the  mat. Было 日本語."


@pytest.fixture
def session(paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    yield from staged(paths, tmp_path, monkeypatch)


@pytest.mark.parametrize("name", ["mine", "base", "bytes"])
def test_numbers_are_those_of_one_pass_over_the_whole_text(session: Session, name: str) -> None:
    load(session, name)
    loaded = session.require()
    found = answer(session, ScoreText(2, MIXED), TextScore)
    ids = [*loaded.start, *(token.id for token in found.tokens)]
    assert [token.id for token in found.tokens] == loaded.tokenizer.encode(MIXED) and found.windows == 1
    with torch.inference_mode():
        logprobs = loaded.model(torch.tensor([ids]))[0].log_softmax(-1)
    offset = len(loaded.start)
    for n, token in enumerate(found.tokens):
        if n + offset == 0:
            assert (token.logprob, token.rank, token.entropy) == (None, None, None)
            continue
        row = logprobs[n + offset - 1]
        assert token.logprob == pytest.approx(float(row[token.id]), abs=1e-4)
        assert token.rank == 1 + int((row > row[token.id]).sum())
        assert token.entropy == pytest.approx(float(-(row.exp() * row).sum()), abs=1e-4)
    known = [token.logprob for token in found.tokens if token.logprob is not None]
    assert found.perplexity == pytest.approx(math.exp(-sum(known) / len(known)), rel=1e-5)


@pytest.mark.parametrize("name", ["base", "bytes"])
def test_every_character_belongs_to_a_token(session: Session, name: str) -> None:
    load(session, name)
    found = answer(session, ScoreText(2, MIXED), TextScore)
    assert {n for token in found.tokens for n in range(token.start, token.end)} == {*range(len(MIXED))}
    assert [token.start for token in found.tokens] == sorted(token.start for token in found.tokens)
    assert found.round_trip and all(token.piece for token in found.tokens)


def test_a_text_that_its_tokens_do_not_give_back_is_said(session: Session) -> None:
    assert not answer(session, ScoreText(2, "half an emoji \ud83d"), TextScore).round_trip


def test_longer_texts_are_read_in_windows_and_said_so(session: Session) -> None:
    text = "The cat sat on the mat. " * 60
    found = answer(session, ScoreText(2, text), TextScore)
    assert found.windows > 3 and all(token.logprob is not None for token in found.tokens)
    assert found.tokens[-1].end == len(text) and found.perplexity is not None and found.bits_per_byte is not None


def test_what_was_read_for_the_chat_stays_read(session: Session) -> None:
    ask = Generate(2, (Message("user", "Who is it?"),), Sampling(temperature=0.0), max_new_tokens=3)
    events_of(session, ask)
    before = list(session.require().prefix.ids)
    answer(session, ScoreText(3, "The cat"), TextScore)
    assert session.require().prefix.ids == before != []


def test_an_empty_text_and_no_model_are_refused(session: Session, paths: Paths) -> None:
    with pytest.raises(UserError, match="empty"):
        events_of(session, ScoreText(2, ""))
    assert answer(session, ScoreText(2, "a"), TextScore).tokens
    with pytest.raises(UserError, match="No model is loaded"):
        events_of(Session(paths), ScoreText(2, "a"))
