"""Adapters on the loaded model: they bring their base along, stack, and come off again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.errors import UserError
from engine.formats import packages
from engine.formats.library import Library
from engine.messages import (
    Event,
    ExportModel,
    Generate,
    LoadedModel,
    LoadModel,
    MergeModel,
    Message,
    ModelInfo,
    Progress,
    Result,
    Sampling,
    Tokens,
)
from engine.paths import Paths
from engine.run.session import Session
from tests.engine.formats.taught import IDS, LESSONS, logits, model_of, random_adapter, taught, with_base
from tests.engine.run.test_session import run, value_of
from tests.tiny import write_tiny_checkpoint

ASK = Generate(9, (Message("user", "What is the capital of France?"),), Sampling(temperature=0.0), max_new_tokens=12)


@pytest.fixture
def session(paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """Base “base” with the adapters “mine” and “other”, and “base-qwen3-0” beside them."""
    monkeypatch.setattr(packages, "PACKAGES", ())
    library = Library(paths)
    taught(library, tmp_path)
    base = library.find("base")
    library.save_adapter("other", random_adapter(model_of(base), seed=5), base, title="Other", lessons=LESSONS[:1])
    with_base(library, tmp_path, "qwen3")
    session = Session(paths)
    yield session
    session.loaded = None


def load(session: Session, name: str, *adapters: str, **how: object) -> LoadedModel:
    return value_of(run(session, LoadModel(1, name, adapters=adapters, **how)), LoadedModel)  # type: ignore[arg-type]


def loaded_logits(session: Session) -> torch.Tensor:
    with torch.inference_mode():
        return session.require().model(IDS)


def said(session: Session) -> list[int]:
    events: list[Event] = run(session, ASK)
    return [piece.id for event in events if isinstance(event, Tokens) for piece in event.pieces]


def test_an_adapter_brings_its_base_along(session: Session) -> None:
    base = load(session, "base")
    plain = loaded_logits(session)
    info = load(session, "mine")
    assert (info.name, info.title, info.base, info.adapters, info.cards) == ("mine", "Mine", "base", ("mine",), 2)
    assert info.sha256 != base.sha256 and len(info.sha256) == 64
    assert (base.base, base.adapters, base.cards) == ("", (), 0)
    assert (info.context, info.parameters, info.precision) == (base.context, base.parameters, base.precision)
    loaded = session.require()
    assert (loaded.lessons, len(loaded.adapters), loaded.checkpoint.name) == (LESSONS, 1, "base")
    expected = logits(model_of(session.library.find("base")), *loaded.adapters)
    torch.testing.assert_close(loaded_logits(session), expected, atol=0, rtol=0)
    assert (plain - expected).abs().max() > 0.05
    torch.testing.assert_close(logits(model_of(session.library.find("mine"))), expected, atol=1e-4, rtol=1e-4)


def test_the_same_base_is_not_loaded_again(session: Session) -> None:
    load(session, "base")
    model, plain, before = session.require().model, loaded_logits(session), said(session)
    events = run(session, LoadModel(2, "mine"))
    assert session.require().model is model and not any(isinstance(event, Progress) for event in events)
    with_adapter = said(session)
    assert with_adapter != before  # what was read before the adapter is not used after it
    load(session, "base")
    assert session.require().model is model and said(session) == before
    torch.testing.assert_close(loaded_logits(session), plain, atol=0, rtol=0)
    load(session, "mine", precision="bfloat16")
    assert session.require().model is not model and session.require().model.dtype == torch.bfloat16
    load(session, "base-qwen3-0")
    assert session.require().info.base == "" and session.require().adapters == []


def test_adapters_of_one_base_are_stacked(session: Session) -> None:
    info = load(session, "mine", "other")
    assert (info.name, info.adapters, info.base, info.cards) == ("other", ("mine", "other"), "base", 2)
    stacked = loaded_logits(session)
    assert load(session, "base", "mine", "other").sha256 == info.sha256
    torch.testing.assert_close(loaded_logits(session), stacked, atol=0, rtol=0)
    assert load(session, "other", "mine").sha256 != info.sha256
    torch.testing.assert_close(loaded_logits(session), stacked, atol=1e-4, rtol=1e-4)
    assert load(session, "mine").sha256 != info.sha256


def test_what_does_not_belong_together_is_said(session: Session, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="only once"):
        load(session, "mine", "mine")
    with pytest.raises(UserError, match="“mine” belongs on “base”, not on “base-qwen3-0”"):
        load(session, "base-qwen3-0", "mine")
    with pytest.raises(UserError, match="whole model, not an adapter"):
        load(session, "base", "base-qwen3-0")
    with pytest.raises(UserError, match="no model called “nobody”"):
        load(session, "base", "nobody")
    session.library.remove("base")
    with pytest.raises(UserError, match="on top of “base”, which is not in the library"):
        load(session, "mine")
    assert session.loaded is None


def test_a_model_opened_in_place_can_carry_an_adapter(session: Session, tmp_path: Path) -> None:
    path = write_tiny_checkpoint(tmp_path / "elsewhere", "gemma3")
    (path / "nextword.json").unlink()
    info = load(session, str(path))
    loaded = session.require()
    adapter = random_adapter(loaded.model)
    session.library.save_adapter("far", adapter, loaded.checkpoint, base_sha256=info.sha256)
    assert load(session, "far").base == str(path)
    expected = logits(model_of(session.library.find(str(path))), adapter)
    torch.testing.assert_close(loaded_logits(session), expected, atol=0, rtol=0)


def test_exporting_and_merging_are_jobs(session: Session, tmp_path: Path) -> None:
    load(session, "mine")
    expected = loaded_logits(session)
    events = run(session, ExportModel(2, "mine", tmp_path / "out"))
    assert value_of(events, type(tmp_path)) == tmp_path / "out" and any(isinstance(e, Progress) for e in events)
    assert load(session, str(tmp_path / "out")).cards == 2
    torch.testing.assert_close(loaded_logits(session), expected, atol=1e-4, rtol=1e-4)
    events = run(session, MergeModel(3, "mine", "whole"))
    info = value_of(events, ModelInfo)
    assert (info.name, info.stage, info.parent) == ("whole", "taught", "base") and isinstance(events[-1], Result)
    merged = load(session, "whole")
    assert (merged.base, merged.adapters, merged.cards) == ("", (), 2)
    torch.testing.assert_close(loaded_logits(session), expected, atol=1e-4, rtol=1e-4)
