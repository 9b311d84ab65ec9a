from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import UserError
from engine.messages import AttentionMaps, ReadAttention, UnloadModel
from engine.paths import Paths
from engine.run import attention_maps
from engine.run.session import Session
from tests.engine.run.inside import answer, events
from tests.engine.run.taught import folder_of, session_with


@pytest.fixture(params=["llama", "gemma3"])
def session(request: pytest.FixtureRequest, paths: Paths, tmp_path: Path) -> Session:
    return session_with(paths, folder_of(tmp_path, request.param))[0]


def matrices(maps: AttentionMaps) -> np.ndarray:
    tokens = len(maps.pieces)
    return np.frombuffer(maps.weights, "<f4").reshape(maps.layers, maps.heads, tokens, tokens)


def test_every_row_is_shared_out_among_the_tokens_so_far(session: Session) -> None:
    maps = answer(session, ReadAttention(1, "The cat sat on the mat."), AttentionMaps)
    config = session.require().model.config
    assert (maps.layers, maps.heads, maps.cut) == (config.layers, config.heads, 0)
    assert maps.pieces[0] == "<s>" and "".join(maps.pieces[1:]) == " The cat sat on the mat."
    weights = matrices(maps)
    assert np.allclose(weights.sum(-1), 1, atol=1e-5)
    assert not np.triu(weights, 1).any()


def test_a_long_text_is_cut_to_its_end_and_says_so(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention_maps, "LONGEST", 20)
    text = "The cat sat on the mat. " * 9
    whole = list(session.require().start) + session.require().tokenizer.encode(text)
    maps = answer(session, ReadAttention(1, text), AttentionMaps)
    assert len(maps.pieces) == 20 and maps.cut == len(whole) - 20
    assert maps.pieces[0] == "<s>" and text.endswith("".join(maps.pieces[1:]))
    assert np.allclose(matrices(maps).sum(-1), 1, atol=1e-5)


def test_no_more_numbers_are_made_than_there_is_room_for(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    config = session.require().model.config
    monkeypatch.setattr(attention_maps, "MOST_NUMBERS", config.layers * config.heads * 100)
    assert len(answer(session, ReadAttention(1, "The cat sat on the mat."), AttentionMaps).pieces) == 10


def test_nothing_to_read_is_a_sentence(session: Session) -> None:
    with pytest.raises(UserError, match="text is empty"):
        list(events(session, ReadAttention(1, "")))
    list(session.unload(UnloadModel(1)))
    with pytest.raises(UserError, match="No model is loaded"):
        list(events(session, ReadAttention(1, "The cat")))


def test_what_was_read_before_is_not_disturbed(session: Session) -> None:
    """The maps have a cache of their own: a reply being written goes on from its own."""
    held = session.require().prefix
    held.read([1, 20, 30])
    answer(session, ReadAttention(1, "The cat sat on the mat."), AttentionMaps)
    assert held.ids == [1, 20, 30]
