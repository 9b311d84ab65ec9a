from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from engine import device, messages
from engine.errors import UserError
from engine.formats.library import Library
from engine.messages import (
    Command,
    CountTokens,
    Event,
    Generate,
    ImportModel,
    InspectFile,
    ListModels,
    LoadedModel,
    LoadModel,
    Message,
    ModelInfo,
    ModelList,
    Progress,
    RemoveModel,
    RenameModel,
    ReplyEnd,
    ReplyStarted,
    RestoreModel,
    Result,
    Sampling,
    TokenCount,
    Tokens,
    UnloadModel,
    Verification,
    VerifyModel,
)
from engine.paths import Paths
from engine.run.session import Session, prepare
from tests.tiny import write_tiny_checkpoint

V = TypeVar("V")
GREEDY = Sampling(temperature=0.0)
ASK = (Message("user", "What is the capital of France?"),)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_checkpoint(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def session(paths: Paths, folder: Path) -> Iterator[Session]:
    session = Session(paths, new_seed=lambda: 123)
    value_of(run(session, LoadModel(1, str(folder))), LoadedModel)
    yield session
    session.loaded = None


def run(session: Session, command: Command) -> list[Event]:
    return list(session.handlers()[type(command)](command))


def value_of(events: list[Event], kind: type[V]) -> V:
    (value,) = [event.value for event in events if isinstance(event, Result)]
    assert isinstance(value, kind)
    return value


def ids(events: list[Event]) -> list[int]:
    return [piece.id for event in events if isinstance(event, Tokens) for piece in event.pieces]


def prompt_of(events: list[Event]) -> ReplyStarted:
    (started,) = [event for event in events if isinstance(event, ReplyStarted)]
    return started


def test_every_command_has_a_handler(paths: Paths) -> None:
    kinds = [kind for kind in vars(messages).values() if isinstance(kind, type) and issubclass(kind, Command)]
    assert set(prepare(paths)) == {*kinds} - {Command} and len(kinds) > 10


def test_loading_says_how_far_it_is_and_what_was_decided(paths: Paths, folder: Path) -> None:
    events = run(Session(paths), LoadModel(1, str(folder), precision="bfloat16", threads=1, context=100))
    loaded = value_of(events, LoadedModel)
    assert (loaded.device, loaded.precision, loaded.threads, loaded.context) == ("cpu", "bfloat16", 1, 100)
    assert loaded.title == "Tiny llama" and len(loaded.sha256) == 64 and loaded.reason.endswith(".")
    steps = [event for event in events if isinstance(event, Progress)]
    assert len(steps) > 5 and all(step.done <= step.total and step.note for step in steps)


def test_a_model_is_named_by_the_same_hash_in_the_library_and_in_place(session: Session, folder: Path) -> None:
    name = value_of(run(session, ImportModel(2, folder, "mine")), ModelInfo).name
    (folder / "nextword.json").rename(folder / "away")
    try:
        in_place = value_of(run(session, LoadModel(3, str(folder))), LoadedModel)
    finally:
        (folder / "away").rename(folder / "nextword.json")
    assert in_place.sha256 == value_of(run(session, LoadModel(4, name)), LoadedModel).sha256


def test_the_context_is_never_longer_than_the_model_s(paths: Paths, folder: Path) -> None:
    session = Session(paths)
    assert value_of(run(session, LoadModel(1, str(folder), context=10**6)), LoadedModel).context == 256
    with pytest.raises(UserError, match="context"):
        run(session, LoadModel(1, str(folder), context=-1))


def test_a_load_that_fails_leaves_no_model_and_a_session_that_works(session: Session, folder: Path) -> None:
    with pytest.raises(UserError):
        run(session, LoadModel(2, "no-such-model"))
    with pytest.raises(UserError, match="No model is loaded"):
        run(session, Generate(3, ASK, GREEDY))
    run(session, LoadModel(4, str(folder)))
    assert ids(run(session, Generate(5, ASK, GREEDY, max_new_tokens=3)))


def test_a_model_that_does_not_fit_is_refused_before_it_is_loaded_and_the_old_one_stays(
    session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = session.require()
    config = old.checkpoint.config
    needed, free = device.fit(config, "bfloat16", config.context).needed, [1 << 20]
    monkeypatch.setattr(device, "memory", lambda: (1 << 40, free[0]))
    with pytest.raises(UserError, match=r"does not fit into memory: it takes about 0\.3 GB, and 0\.0 GB are free"):
        run(session, LoadModel(2, str(folder), precision="bfloat16"))
    assert session.loaded is old
    loading = session.load(LoadModel(2, str(folder), precision="bfloat16"))
    told = next(event for event in loading if isinstance(event, Result))
    assert told.value == old.info, "the window hears of it before the refusal"
    with pytest.raises(UserError, match="does not fit"):
        next(loading)
    assert session.loaded is old
    run(session, LoadModel(3, str(folder)))
    assert session.require().model is old.model, "what lies in memory already is not asked about"
    free[0] = needed - session.require().nbytes
    run(session, LoadModel(4, str(folder), precision="bfloat16"))
    assert session.require().model is not old.model, "what the old one gives back counts"


def test_a_load_that_is_stopped_leaves_no_model(session: Session, folder: Path) -> None:
    job = session.load(LoadModel(2, str(folder), precision="bfloat16"))
    next(job)
    job.close()  # type: ignore[attr-defined]
    assert session.loaded is None


def test_unloading_frees_the_weights(session: Session) -> None:
    run(session, Generate(2, ASK, GREEDY, max_new_tokens=3))
    model = weakref.ref(session.require().model)
    gc.disable()  # the app collects by hand, so a circle would keep the weights
    try:
        run(session, UnloadModel(3))
        assert model() is None
    finally:
        gc.enable()


def test_a_reply_reports_its_seed_and_the_prompt_and_how_it_ended(session: Session) -> None:
    events = run(session, Generate(2, ASK, Sampling(), max_new_tokens=5))
    started = prompt_of(events)
    assert (started.seed, started.context, started.dropped) == (123, 256, 0)
    assert started.prompt_tokens == len(session.require().ids(ASK))
    end = value_of(events, ReplyEnd)
    assert end.tokens_per_second > 0 and end.prompt_tokens_per_second > 0
    again = run(session, Generate(3, ASK, Sampling(seed=123), max_new_tokens=5))
    assert prompt_of(again).seed == 123 and ids(again) == ids(events)


def test_random_seeds_have_31_bits(paths: Paths, folder: Path) -> None:
    session = Session(paths)
    run(session, LoadModel(1, str(folder)))
    seeds = [prompt_of(run(session, Generate(2, ASK, Sampling(), max_new_tokens=1))).seed for _ in range(3)]
    assert len(set(seeds)) == 3 and all(0 <= seed < 1 << 31 for seed in seeds)


def test_raw_text_goes_on_without_the_template(session: Session) -> None:
    loaded = session.require()
    assert loaded.ids(ASK, raw=True) == [1, *loaded.tokenizer.encode(ASK[0].text)]
    assert loaded.ids(ASK)[:1] == [loaded.tokenizer.control_tokens()["<|im_start|>"]]
    raw = run(session, Generate(2, ASK, GREEDY, max_new_tokens=3, raw=True))
    assert prompt_of(raw).prompt_tokens == len(loaded.ids(ASK, raw=True))


def test_a_model_without_a_template_goes_on_writing(paths: Paths, tmp_path: Path) -> None:
    session = Session(paths)
    path = write_tiny_checkpoint(tmp_path / "base", template=None)
    assert not value_of(run(session, LoadModel(1, str(path))), LoadedModel).has_template
    talk = (Message("user", "Once upon"), Message("assistant", "a time"), Message("user", "there was"))
    loaded = session.require()
    assert loaded.ids(talk) == [1, *loaded.tokenizer.encode("Once upon\na time\nthere was")]


def test_a_reply_that_had_ended_goes_on_before_its_end(session: Session) -> None:
    loaded = session.require()
    end = loaded.tokenizer.control_tokens()["<|im_end|>"]
    words = tuple(loaded.tokenizer.encode("Paris", start=False))
    plain = run(session, Generate(2, ASK, GREEDY, max_new_tokens=4, reply_ids=words))
    ended = run(session, Generate(3, ASK, GREEDY, max_new_tokens=4, reply_ids=(*words, end, end)))
    assert ids(plain) == ids(ended)


LONG = tuple(Message(("user", "assistant")[n % 2], f"The cat sat on the mat {n}.") for n in range(21))


def test_counting_and_writing_leave_out_the_same_messages(session: Session) -> None:
    count = value_of(run(session, CountTokens(2, LONG, reserve=30)), TokenCount)
    assert count.dropped > 0 and count.dropped % 2 == 0 and count.prompt <= 226 and count.context == 256
    started = prompt_of(run(session, Generate(3, LONG, GREEDY, max_new_tokens=30)))
    assert (started.dropped, started.prompt_tokens) == (count.dropped, count.prompt)


def test_stop_at_the_end_of_the_context_refuses_and_still_counts(session: Session) -> None:
    count = value_of(run(session, CountTokens(2, LONG, overflow="stop")), TokenCount)
    assert count.prompt > count.context and count.dropped == 0
    with pytest.raises(UserError, match=f"{count.prompt} tokens.* 255"):
        run(session, Generate(3, LONG, GREEDY, overflow="stop"))


def test_nothing_to_answer_is_said(session: Session) -> None:
    for talk in ((), (Message("user", "  \n"),), (Message("system", "Be brief."),)):
        with pytest.raises(UserError, match="empty"):
            run(session, Generate(2, talk, GREEDY))
    assert value_of(run(session, CountTokens(3, ())), TokenCount) == TokenCount(0, 256, 0)


def test_the_library_s_commands_do_what_they_say(session: Session, folder: Path) -> None:
    assert value_of(run(session, InspectFile(2, folder)), ModelInfo).title == "Tiny llama"
    events = run(session, ImportModel(3, folder, "mine"))
    assert value_of(events, ModelInfo).name == "mine" and any(isinstance(e, Progress) for e in events)
    listed = value_of(run(session, ListModels(4)), ModelList)
    mine = next(model for model in listed.models if model.name == "mine")
    assert mine.fit.weights == mine.parameters * 4 and listed.memory_total > listed.memory_free > 0
    assert value_of(run(session, VerifyModel(5, "mine")), Verification).intact
    assert value_of(run(session, RenameModel(6, "mine", "yours")), ModelInfo).name == "yours"
    assert run(session, RemoveModel(7, "yours")) == []
    assert "yours" not in [model.name for model in session.library.list()]
    assert value_of(run(session, RestoreModel(8, "yours")), ModelInfo).name == "yours"


def test_an_import_that_is_stopped_leaves_nothing(session: Session, folder: Path, paths: Paths) -> None:
    job = session.jobs.import_model(ImportModel(2, folder, "half"))
    next(job)
    job.close()  # type: ignore[attr-defined]
    assert "half" not in [model.name for model in Library(paths).list()]
    assert not paths.models.exists() or not list(paths.models.iterdir())
