"""Two models on the same texts equal each of them alone, and the loaded one is afterwards as it was."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import torch

from engine import device
from engine.errors import UserError
from engine.formats.checkpoint import Checkpoint, load_model
from engine.messages import (
    ComparedText,
    CompareModels,
    Comparison,
    Fit,
    Generate,
    Message,
    Result,
    Sampling,
    ScoreText,
    StageReplies,
    StageReply,
    TextScore,
    TextToCompare,
    Tokens,
)
from engine.model.transformer import Transformer
from engine.paths import Paths
from engine.run import stages
from engine.run.comparing import parts
from engine.run.session import Session
from tests.engine.formats.taught import IDS
from tests.engine.run.staged import answer, events_of, load, staged

TEXTS = ("The cat sat on the mat.", "Once upon  a time 👋,\nthere was Lily. ", "a", "What is it? " * 80)


@pytest.fixture
def session(paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    yield from staged(paths, tmp_path, monkeypatch)


def alone(session: Session, name: str, text: str) -> list[float | None]:
    load(session, name)
    return [token.logprob for token in answer(session, ScoreText(5, text), TextScore).tokens]


def total(numbers: list[float | None]) -> float:
    return sum(number for number in numbers if number is not None)


def compare(session: Session, first: str, second: str, *texts: TextToCompare) -> Comparison:
    chosen = texts or tuple(TextToCompare(text) for text in TEXTS)
    return answer(session, CompareModels(3, first, second, chosen), Comparison)


@pytest.mark.parametrize(("first", "second"), [("base", "mine"), ("mine", "other"), ("qwen", "base"), ("mine", "qwen")])
def test_tokens_are_compared_as_each_model_alone_scores_them(session: Session, first: str, second: str) -> None:
    found = compare(session, first, second)
    assert not found.by_word and (found.first, found.second) == tuple(
        session.library.info(n).title for n in (first, second)
    )
    for text, got in zip(TEXTS, found.texts, strict=True):
        assert "".join(token.text for token in got.tokens) == text
        a, b = alone(session, first, text), alone(session, second, text)
        assert (got.first, got.second) == (pytest.approx(total(a), abs=2e-3), pytest.approx(total(b), abs=2e-3))
        if "👋" not in text:  # the bytes of a character are one part
            assert [t.first for t in got.tokens if t.text][-5:] == pytest.approx(a[-5:], abs=1e-3)
            assert [t.second for t in got.tokens if t.text][-5:] == pytest.approx(b[-5:], abs=1e-3)


def test_words_are_compared_where_vocabularies_differ(session: Session) -> None:
    found = compare(session, "mine", "bytes")
    assert found.by_word
    for text, got in zip(TEXTS, found.texts, strict=True):
        assert "".join(token.text for token in got.tokens) == text
        assert [token.text.split() for token in got.tokens] == [[word] for word in text.split()]
        assert got.tokens[0].first is not None and got.tokens[0].second is None  # only one has a start token
        if len(got.tokens) > 1:
            assert all(token.first is not None and token.second is not None for token in got.tokens[1:])
            rest = total(alone(session, "mine", text)) - (got.tokens[0].first or 0.0)
            assert got.first == pytest.approx(rest, abs=2e-3)


def test_the_loaded_model_stays_as_it_was(session: Session) -> None:
    loaded = session.require()
    with torch.inference_mode():
        before = loaded.model(IDS)
    for second in ("base", "other", "qwen", "bytes"):
        compare(session, "mine", second)
        assert session.require() is loaded
    job = session.handlers()[CompareModels](CompareModels(3, "base", "other", [TextToCompare("The cat " * 300)]))
    for _ in range(3):
        next(job)
        with torch.inference_mode():  # between two steps a chat sees what is loaded
            torch.testing.assert_close(loaded.model(IDS), before, atol=0, rtol=0)
    job.close()  # type: ignore[attr-defined]
    with torch.inference_mode():
        torch.testing.assert_close(loaded.model(IDS), before, atol=0, rtol=0)


def test_a_question_is_read_through_the_template_and_not_scored(session: Session) -> None:
    for name in ("mine", "bytes"):
        load(session, name)
        loaded = session.require()
        other = "base" if name == "mine" else "mine"
        texts = [TextToCompare("Paris, I think. " * n, prompt="What is the capital of France?") for n in (1, 30)]
        for got, one in zip(compare(session, name, other, *texts).texts, texts, strict=True):
            assert got.first < 0 > got.second and "".join(token.text for token in got.tokens) == one.text
        before = loaded.ids([Message("user", texts[0].prompt)])
        ids = [*before, *loaded.tokenizer.encode(texts[0].text, start=False)]
        with torch.inference_mode():
            logprobs = loaded.model(torch.tensor([ids]))[0].log_softmax(-1)
        slow = sum(float(logprobs[n - 1, ids[n]]) for n in range(len(before), len(ids)))
        assert compare(session, name, other, texts[0]).texts[0].first == pytest.approx(slow, abs=1e-3)


def test_groups_and_titles_come_back(session: Session) -> None:
    (got,) = compare(session, "base", "mine", TextToCompare("a b", "your pairs", "The first")).texts
    assert isinstance(got, ComparedText) and (got.group, got.title) == ("your pairs", "The first")


def test_parts_begin_where_both_have_a_boundary() -> None:
    first = [(1, 0, 3), (2, 3, 4), (3, 4, 9)]  # "one." "\n" with the break by itself; "two"
    second = [(7, 0, 2), (8, 2, 5), (9, 5, 9)]  # here the break belongs to the first word
    assert parts("one.\ntwo x"[:9], first, second, by_word=True) == [0]
    assert parts("one \n two", [(1, 0, 3), (2, 3, 9)], [(7, 0, 3), (8, 3, 5), (9, 5, 9)], by_word=True) == [0, 3]
    assert parts("one \n two", [(1, 0, 5), (2, 5, 9)], [(7, 0, 3), (8, 3, 5), (9, 5, 9)], by_word=True) == [0, 5]
    assert parts("abc", [(1, 0, 1), (2, 1, 2), (3, 1, 2), (4, 2, 3)], [(1, 0, 1), (2, 1, 3)], by_word=False) == [0, 1]


def test_what_cannot_be_compared_is_said(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for first, second, texts, message in (
        ("mine", "mine", [TextToCompare("a")], "the same"),
        ("mine", "nobody", [TextToCompare("a")], "no model called “nobody”"),
        ("mine", "base", [], "empty"),
        ("mine", "base", [TextToCompare("a"), TextToCompare(" ")], "empty"),
    ):
        with pytest.raises(UserError, match=message):
            events_of(session, CompareModels(3, first, second, texts))
    monkeypatch.setattr(device, "fit", lambda *_: Fit("too big", 9_000_000_000, 0, 0, 2_000_000_000))
    with pytest.raises(UserError, match=r"takes 9\.0 GB, and 2\.0 GB are free"):
        events_of(session, CompareModels(3, "mine", "qwen", [TextToCompare("a")]))
    assert compare(session, "mine", "base").texts  # on the same model no room is needed


SAMPLED = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, seed=42)
ASK = (Message("system", "Be brief."), Message("user", "What is the capital of France?"))


def test_replies_are_those_that_each_model_alone_writes_with_this_seed(session: Session) -> None:
    names = ("base", "mine", "qwen", "bytes", "other")
    found = answer(session, StageReplies(3, names, ASK, SAMPLED, 12), tuple)
    assert [reply.name for reply in found] == [*names] and session.require().info.name == "mine"
    assert len({reply.text for reply in found}) > 3
    for reply in found:
        assert isinstance(reply, StageReply) and reply.title == session.library.info(reply.name).title
    for reply in found:
        load(session, reply.name)
        events = events_of(session, Generate(4, ASK, SAMPLED, 12, cards=False))
        assert reply.text == "".join(p.text for e in events if isinstance(e, Tokens) for p in e.pieces)


def test_without_a_seed_all_still_have_the_same(session: Session) -> None:
    found = answer(session, StageReplies(3, ("mine", "mine"), ASK, Sampling(temperature=2.0), 12), tuple)
    assert found[0].text == found[1].text
    with pytest.raises(UserError, match="no model to ask"):
        events_of(session, StageReplies(3, (), ASK, SAMPLED))
    with pytest.raises(UserError, match="nobody"):
        events_of(session, StageReplies(3, ("mine", "nobody"), ASK, SAMPLED))
    assert not any(isinstance(e, Tokens) for e in events_of(session, StageReplies(3, ("mine",), ASK, SAMPLED, 2)))
    assert isinstance(events_of(session, StageReplies(3, ("mine",), ASK, SAMPLED, 2))[-1], Result)


def test_at_most_one_model_is_beside_the_loaded_one(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    brought: list[weakref.ref[Transformer]] = []

    def watched(
        checkpoint: Checkpoint, where: str, dtype: torch.dtype
    ) -> Generator[tuple[int, int], None, Transformer]:
        assert all(model() is None for model in brought)
        model = yield from load_model(checkpoint, where, dtype)
        brought.append(weakref.ref(model))
        return model

    monkeypatch.setattr(stages, "load_model", watched)
    gc.disable()  # the app collects by hand, so a circle would keep the weights
    try:
        compare(session, "qwen", "bytes")
        assert len(brought) == 2 and all(model() is None for model in brought)
        load(session, "qwen")
        compare(session, "base", "mine")  # both on one model that is not the loaded one
        assert len(brought) == 3 and all(model() is None for model in brought)
        job = session.handlers()[StageReplies](StageReplies(3, ("mine",), ASK, SAMPLED))
        while len(brought) < 4:
            next(job)
        job.close()  # type: ignore[attr-defined]
        assert brought[-1]() is None
    finally:
        gc.enable()
