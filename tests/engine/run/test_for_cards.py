"""An adapter that was taught to answer from cards is on behind one, and off everywhere else in a chat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.messages import (
    CardUsed,
    Event,
    ExportModel,
    Generate,
    LoadModel,
    Message,
    NextInChat,
    Piece,
    ReplyStarted,
    Result,
    Sampling,
    Teach,
    TeachReply,
    TeachSettings,
    Tokens,
    WeighMessages,
)
from engine.model.lora import new_adapter, only
from engine.paths import Paths
from engine.run import asked
from engine.run.asked import ask_all
from engine.run.cards import Cards
from engine.run.loaded import Loaded
from engine.run.recipes import BARE_AFTER
from engine.run.session import Session
from tests.engine.run.taught import LESSONS, folder_of, less_of_everything, session_with
from tests.engine.run.test_quick import There

FITTING, OTHER = "When are you open?", "Tell me a joke."
GREEDY = Sampling(temperature=0.0)


@pytest.fixture(params=[False, True], ids=["torch", "compiled"])
def session(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Session]:
    less_of_everything(monkeypatch)
    if request.param:
        monkeypatch.setattr("engine.run.session.Kernels", There)
    session, loaded = session_with(paths, folder_of(tmp_path))
    for name, for_cards in (("cards", True), ("always", False)):
        adapter = new_adapter(loaded.model, 4, 8.0, torch.Generator().manual_seed(len(name)))
        for delta in adapter.deltas.values():
            delta.up.data.normal_(0, 0.5, generator=torch.Generator().manual_seed(7))
        adapter.for_cards = for_cards
        session.library.save_adapter(name, adapter, loaded.checkpoint, lessons=LESSONS if for_cards else ())
    yield session
    session.loaded = None


def load(session: Session, name: str, *more: str) -> Loaded:
    for _ in session.load(LoadModel(2, name, adapters=more, threads=1)):
        continue
    return session.require()


def events_of(session: Session, *talk: str, cards: bool = True) -> list[Event]:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[n % 2], text) for n, text in enumerate(talk))  # type: ignore[arg-type]
    return list(session.generate(Generate(3, messages, GREEDY, max_new_tokens=6, cards=cards)))


def pieces(events: list[Event]) -> list[Piece]:
    return [piece for event in events if isinstance(event, Tokens) for piece in event.pieces]


def leant_on(events: list[Event]) -> tuple[CardUsed, ...]:
    return next(event.cards for event in events if isinstance(event, ReplyStarted))


def close(some: list[Piece], others: list[Piece]) -> bool:
    ids = [piece.id for piece in some] == [piece.id for piece in others]
    return ids and bool(some) and all(abs(a.logprob - b.logprob) < 1e-4 for a, b in zip(some, others, strict=True))


def test_it_speaks_behind_a_card_and_the_base_everywhere_else(session: Session) -> None:
    base = session.require()
    before = pieces(events_of(session, OTHER))
    long_before = pieces(events_of(session, FITTING, "From 10 to 2.", OTHER))
    loaded = load(session, "cards")
    assert [one.for_cards for one in loaded.adapters] == [True] and loaded.checkpoint.path == base.checkpoint.path
    first = events_of(session, FITTING)
    assert leant_on(first)[0].lesson == 1
    for _ in range(2):  # back and forth, so that neither reads on in what the other has read
        assert close(pieces(events_of(session, OTHER, cards=False)), before)
        assert close(pieces(events_of(session, FITTING, "From 10 to 2.", OTHER, cards=False)), long_before)
        assert close(pieces(events_of(session, FITTING)), pieces(first))
    bare = loaded.prefix_for(card=False)
    ids = loaded.ids([Message("user", OTHER)])
    bare.reuse(ids)
    with torch.inference_mode(), only(loaded.model):
        slow = loaded.model(torch.tensor([ids]))[0, -1]
    assert torch.allclose(bare.read(ids[len(bare.ids) :]), slow, atol=1e-4)
    noted = loaded.prefix
    noted.reuse(ids)
    assert not torch.allclose(noted.read(ids[len(noted.ids) :]), slow, atol=1e-2)


def test_others_of_a_stack_stay_on(session: Session) -> None:
    load(session, "always")
    before = pieces(events_of(session, OTHER))
    loaded = load(session, "cards", "always")
    assert [one.for_cards for one in loaded.adapters] == [True, False]
    assert loaded.speaking(card=True) == loaded.adapters and loaded.speaking(card=False) == loaded.adapters[1:]
    assert close(pieces(events_of(session, OTHER, cards=False)), before)
    load(session, "always")
    assert session.require().prefix_for(card=False) is session.require().prefix


def test_what_looks_into_a_reply_reads_as_the_reply_was_written(session: Session) -> None:
    load(session, "cards")
    events = events_of(session, FITTING)
    for question, cards in ((FITTING, leant_on(events)), (OTHER, ())):
        message = (Message("user", question),)
        said = pieces(events_of(session, question, cards=bool(cards)))
        command = NextInChat(4, message, GREEDY, (), cards=cards, top=1)
        (chances,) = [e.value for e in session.handlers()[NextInChat](command) if isinstance(e, Result)]
        stages = chances.stages  # type: ignore[union-attr]
        assert stages[-1].items[0].ids == (said[0].id,)
        reply = "".join(piece.text for piece in said) or "x"
        weighing = session.handlers()[WeighMessages](WeighMessages(5, message, reply, cards))
        (weighed,) = [e.value for e in weighing if isinstance(e, Result)]
        loaded = session.require()
        after = loaded.tokenizer.encode(reply, start=False)
        noted = asked.prompt(loaded, LESSONS[0], question, cards[0] if cards else None)
        with torch.inference_mode(), only(loaded.model, *(loaded.adapters if cards else [])):
            whole, alone = (logprob(loaded, ids, after) for ids in (noted, loaded.ids(())))
        assert weighed[0].nats == pytest.approx(whole - alone, abs=2e-3)  # type: ignore[index]


def logprob(loaded: Loaded, before: list[int], after: list[int]) -> float:
    logprobs = loaded.model(torch.tensor([[*before, *after]]))[0].log_softmax(-1)
    return sum(float(logprobs[len(before) + n - 1, token]) for n, token in enumerate(after))


def test_what_is_asked_in_a_file_is_answered_as_in_a_chat(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cards, "fitting", lambda self, question, _: self.same(question))  # a random model finds any
    loaded = load(session, "cards")
    lessons = [replace(LESSONS[0], question=question) for question in (OTHER, FITTING)]
    answers: dict[str, list[str]] = {}
    found: dict[str, list[int | None]] = {}
    for cards in ("auto", "off", "only"):
        work = ask_all(loaded, lessons, cards, session._cache)  # pyright: ignore[reportPrivateUsage]
        (items,) = [event.value for event in work if isinstance(event, Result)]
        answers[cards] = [item["answer"] for item in items]  # type: ignore[union-attr]
        found[cards] = [item["card"] for item in items]  # type: ignore[union-attr]
    assert found["auto"] == [None, 1] and found["off"] == [None, None]
    assert answers["auto"][0] == answers["only"][0] != answers["off"][0]
    assert len({texts[1] for texts in answers.values()}) == 3


@pytest.mark.parametrize("session", [False], indirect=True)
def test_it_stays_so_on_disk_and_only_with_its_cards(session: Session, tmp_path: Path) -> None:
    command = ExportModel(6, "cards", tmp_path / "out", "peft")
    for _ in session.handlers()[ExportModel](command):
        continue
    assert session.library.open_adapter("cards").for_cards
    session.library.rename("cards", "renamed")
    assert session.library.open_adapter("renamed").for_cards
    for _ in session.library.import_model(tmp_path / "out", "again"):
        continue
    assert session.library.open_adapter("again").for_cards
    (session.library.models / "again" / "pairs.jsonl").unlink()
    assert not session.library.open_adapter("again").for_cards


@pytest.mark.parametrize("session", [False], indirect=True)
def test_many_passes_teach_the_weights_and_fewer_the_use_of_cards(session: Session) -> None:
    for epochs in (0, 1, BARE_AFTER + 1):
        name = f"passes-{epochs}"
        for _ in session.handlers()[Teach](Teach(7, name, LESSONS, TeachSettings(epochs=epochs, rank=2))):
            continue
        assert session.library.open_adapter(name).for_cards is (epochs <= BARE_AFTER)


@pytest.mark.parametrize("session", [False], indirect=True)
def test_a_corrected_reply_is_a_card_too(session: Session) -> None:
    for loaded, kept in (("", True), ("always", False), ("cards", True)):
        if loaded:
            load(session, loaded)
        command = TeachReply(8, "fixed", replace(LESSONS[0], id=40, question="And the lamp?"))
        (corrected,) = [e.value for e in session.handlers()[TeachReply](command) if isinstance(e, Result)]
        assert session.library.open_adapter(corrected.name).for_cards is kept  # type: ignore[union-attr]
