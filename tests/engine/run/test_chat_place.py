from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.errors import UserError
from engine.messages import (
    CardUsed,
    ChatChances,
    Event,
    Generate,
    Message,
    NextInChat,
    Piece,
    Result,
    Sampling,
    Tokens,
)
from engine.paths import Paths
from engine.run.chat_place import before, opening_of
from engine.run.leaning import leaning_on
from engine.run.session import Session
from tests.engine.run.taught import folder_of, session_with

TALK = (
    Message("system", "You know this house."),
    Message("user", "When are you open?"),
    Message("assistant", "From 10 to 2."),
    Message("user", "And on Sundays?"),
)
WARM = Sampling(temperature=1.0, seed=3, repetition_penalty=1.2)


@pytest.fixture(scope="module", params=["llama", "gemma3"])
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    root: Path = tmp_path_factory.mktemp("places")
    session, _ = session_with(Paths.under(root / "home"), folder_of(root, request.param))
    yield session


def look(session: Session, command: NextInChat) -> ChatChances:
    value = list(session.handlers()[NextInChat](command))[-1]
    assert isinstance(value, Result) and isinstance(value.value, ChatChances)
    return value.value


def pieces(events: list[Event]) -> list[Piece]:
    return [piece for event in events if isinstance(event, Tokens) for piece in event.pieces]


def test_every_place_of_a_reply_has_the_chances_of_its_receipt(session: Session) -> None:
    asked = Generate(1, TALK, WARM, 8)
    written = pieces(list(session.handlers()[Generate](asked)))
    for place, piece in enumerate(written):
        ids = tuple(one.id for one in written[:place])
        seen = look(session, NextInChat(2, TALK, WARM, ids, reserve=8))
        raw = {one.ids[0]: one.probability for one in seen.stages[0].items}
        kept = {a.id: math.exp(a.logprob) for a in piece.alternatives[: len(raw)]}
        assert raw == pytest.approx(kept, abs=1e-5)
        assert any(piece.id in one.ids for one in seen.stages[-1].items) or seen.stages[-1].candidates > 8
        assert sum(one.probability for one in seen.words.items) + seen.words.unexplored == pytest.approx(1, abs=1e-9)


def test_looking_along_while_a_reply_is_written_changes_nothing_of_it(session: Session) -> None:
    asked = Generate(1, TALK, WARM, 10)
    alone = pieces(list(session.handlers()[Generate](asked)))
    along: list[Piece] = []
    for event in session.handlers()[Generate](asked):
        if isinstance(event, Tokens):
            along += event.pieces
            ids = tuple(one.id for one in along)
            late = ids[: max(len(ids) - 3, 0)]  # the window hears of tokens a little later
            seen = look(session, NextInChat(2, TALK, WARM, late, reserve=10))
            alternatives = alone[len(late)].alternatives
            assert seen.stages[0].items[0].probability == pytest.approx(math.exp(alternatives[0].logprob), abs=1e-5)
    assert [one.id for one in along] == [one.id for one in alone]
    assert [one.logprob for one in along] == pytest.approx([one.logprob for one in alone], abs=1e-4)


def test_a_card_is_read_where_the_reply_leaned_on_it(session: Session) -> None:
    loaded = session.require()
    card = CardUsed(1, "When are you open?", "From 10 to 2.", 0.9)
    ids, prompt = before(loaded, NextInChat(1, TALK, WARM, (5, 6), cards=(card,)))
    assert ids == [*loaded.ids(leaning_on(card, TALK)), 5, 6] and prompt == len(ids) - 2


@pytest.mark.parametrize("draft", ["Hello there, may I", "x", "  two lines\nand a", "¿Qué? 🙂"])
def test_a_draft_is_read_as_it_will_be_when_it_is_sent(session: Session, draft: str) -> None:
    loaded = session.require()
    assert loaded.template is not None
    ids, prompt = before(loaded, NextInChat(1, TALK[:3], WARM, draft=draft))
    whole = [*TALK[:3], Message("user", draft)]
    assert prompt == len(ids)
    assert ids == loaded.template.render(whole, loaded.tokenizer, add_generation_prompt=False)[: len(ids)]
    own = b"".join(map(loaded.tokenizer.token_bytes, ids[len(opening_of(loaded, TALK[:3])) :]))
    assert own.decode().strip() == draft.strip()


def test_a_word_that_is_typed_is_completed_and_the_sampler_is_left_out(session: Session) -> None:
    typed = look(session, NextInChat(1, (), WARM, draft="The read"))
    assert typed.words.started == "read" and typed.stages == ()
    completed = [one.text for one in typed.words.items if one.text.startswith("read")]
    loaded = session.require()
    ids, _ = before(loaded, NextInChat(1, (), WARM, draft="The"))
    with torch.inference_mode():
        chances = loaded.model(torch.tensor([ids]))[0, -1].double().softmax(-1)
    spelled = [i for i in range(len(chances)) if loaded.tokenizer.token_bytes(i).startswith(b" read")]
    assert not spelled or completed


def test_a_model_without_a_template_goes_on_with_the_texts(session: Session) -> None:
    loaded = session.require()
    template, loaded.template = loaded.template, None
    try:
        ids, _ = before(loaded, NextInChat(1, TALK[1:3], WARM, draft="And"))
        assert ids == loaded.ids([*TALK[1:3], Message("user", "And")], raw=True)
    finally:
        loaded.template = template


def test_what_the_model_does_not_read_is_refused(session: Session) -> None:
    usual = NextInChat(1, TALK, WARM)
    context, vocabulary = session.require().info.context, session.require().model.config.vocab_size
    for change in ({"ids": (5,) * context}, {"ids": (vocabulary,)}, {"draft": "word " * context}, {"top": 0}):
        with pytest.raises(UserError):
            look(session, replace(usual, **change))  # pyright: ignore[reportArgumentType]
