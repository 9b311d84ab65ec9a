from __future__ import annotations

import math
import random
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from engine.errors import UserError
from engine.messages import (
    ChatWhileTraining,
    Event,
    FinishNow,
    ForgetPretraining,
    Generate,
    ListPretrainings,
    LoadedModel,
    Message,
    Pretrain,
    PretrainHistory,
    PretrainOutcome,
    ReadPretraining,
    Sampling,
    Saved,
    TrainRow,
    TrainSteps,
    Watched,
    WatchPrompt,
)
from engine.run.session import Session
from tests.engine.run.pretrained import SMALL, result, session_in, write_stories

TITLE = "Little one"
NAME = "little-one"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, Path, list[Event]]:
    """A run from beginning to end."""
    root = tmp_path_factory.mktemp("pretraining")
    session = session_in(root / "home")
    sources = write_stories(root / "stories")
    return session, root, list(ask(session, Pretrain(1, TITLE, sources, SMALL)))


def ask(session: Session, command: object) -> list[Event]:
    return list(session.handlers()[type(command)](command))  # type: ignore[index]


def rows_of(events: list[Event]) -> list[TrainRow]:
    return [row for event in events if isinstance(event, TrainSteps) for row in event.rows]


def weights(root: Path, name: str = NAME) -> dict[str, torch.Tensor]:
    with safe_open(root / "home" / "data" / "models" / name / "model.safetensors", "pt") as file:
        return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118


def test_it_learns_and_its_model_is_in_the_library(done: tuple[Session, Path, list[Event]]) -> None:
    session, _, events = done
    outcome, rows = result(events), rows_of(events)
    assert isinstance(outcome, PretrainOutcome)
    assert (outcome.name, outcome.title, outcome.stopped_by) == (NAME, TITLE, "done")
    assert [row.step for row in rows] == list(range(24)) and rows[-1].tokens == 23 * 512 == outcome.tokens
    first, last = rows[0], rows[-1]
    assert first.held_out == pytest.approx(math.log(400), rel=0.1) and first.bits and last.bits
    assert last.bits < 0.7 * first.bits and outcome.bits <= last.bits + 0.05
    info = session.library.info(NAME)
    assert (info.stage, info.architecture, info.vocabulary, info.title) == ("base", "qwen3", 400, TITLE)


def test_the_same_seed_trains_the_same_model(done: tuple[Session, Path, list[Event]], tmp_path: Path) -> None:
    _, root, _ = done
    ask(session_in(tmp_path / "home"), Pretrain(1, TITLE, write_stories(tmp_path / "stories"), SMALL))
    assert all(torch.equal(tensor, weights(root)[key]) for key, tensor in weights(tmp_path).items())


def test_a_run_that_is_stopped_anywhere_goes_on_and_ends_bit_equal(
    done: tuple[Session, Path, list[Event]], tmp_path: Path
) -> None:
    """Closed between two events, again and again, each time with a new session as after a restart."""
    _, root, whole = done
    sources, luck, rows, stops = write_stories(tmp_path / "stories"), random.Random(1), [], 0
    while True:
        session = session_in(tmp_path / "home")
        begun = bool(result(ask(session, ListPretrainings(2))))
        job = session.handlers()[Pretrain](Pretrain(1, TITLE, sources, SMALL, resume=begun))
        events: list[Event] = []
        for event in job:
            events.append(event)
            if begun and luck.random() < 0.05:
                break
            if not begun and isinstance(event, Saved):
                break
        job.close()  # type: ignore[attr-defined]
        rows += rows_of(events)
        if any(isinstance(getattr(event, "value", None), PretrainOutcome) for event in events):
            break
        stops += 1
    assert stops >= 5
    assert all(torch.equal(tensor, weights(root)[key]) for key, tensor in weights(tmp_path).items())
    expected = {row.step: (row.loss, row.held_out, row.norm) for row in rows_of(whole)}
    assert all(expected[row.step] == (row.loss, row.held_out, row.norm) for row in rows)


def test_the_record_of_a_run_can_be_read_again(done: tuple[Session, Path, list[Event]]) -> None:
    session, _, events = done
    history = result(ask(session, ReadPretraining(2, NAME)))
    assert isinstance(history, PretrainHistory)
    assert list(history.rows) == rows_of(events)
    assert history.run.state == "done" and history.run.model == NAME and not history.run.running
    watched = [one for event in events if isinstance(event, Watched) for one in event.watched]
    assert list(history.watched) == watched and [one.step for one in watched] == [0, 1, 2, 3, 5, 7, 10, 20, 23]
    assert all(one.prompt == "Anna likes" and 0 < one.words[0][1] <= 1 for one in watched)
    assert watched[-1].entropy < watched[0].entropy == pytest.approx(math.log(400), rel=0.1)
    ask(session, ForgetPretraining(2, "nothing-there"))
    assert [run.name for run in result(ask(session, ListPretrainings(2)))] == [NAME]  # type: ignore[union-attr]


def test_a_name_that_is_taken_is_refused_before_anything_is_read(
    done: tuple[Session, Path, list[Event]], tmp_path: Path
) -> None:
    session, _, _ = done
    with pytest.raises(UserError, match="already a model called"):
        ask(session, Pretrain(3, TITLE, write_stories(tmp_path), SMALL))
    with pytest.raises(UserError, match="trained to its end"):
        ask(session, Pretrain(3, TITLE, resume=True))


def test_finishing_early_lets_the_rate_fall_and_keeps_a_model(tmp_path: Path) -> None:
    session = session_in(tmp_path / "home")
    job, rows = session.handlers()[Pretrain](Pretrain(1, TITLE, write_stories(tmp_path / "stories"), SMALL)), []
    outcome: object = None
    for event in job:
        rows += rows_of([event])
        if rows and rows[-1].step == 10 and rows[-1].steps != 12:
            ask(session, FinishNow(2))
        outcome = getattr(event, "value", outcome)
    assert isinstance(outcome, PretrainOutcome)
    assert outcome.stopped_by == "person" and outcome.steps == rows[-1].step == 12
    assert rows[-1].learning_rate < 0.6 * rows[-3].learning_rate


def test_one_chats_with_the_weights_while_they_learn(tmp_path: Path) -> None:
    session = session_in(tmp_path / "home")
    job = session.handlers()[Pretrain](Pretrain(1, TITLE, write_stories(tmp_path / "stories"), SMALL))
    with pytest.raises(UserError, match="No training goes on"):
        ask(session, ChatWhileTraining(2))
    for event in job:
        if rows_of([event]) and rows_of([event])[-1].step == 5:
            break
    info = result(ask(session, ChatWhileTraining(2)))
    assert isinstance(info, LoadedModel) and info.title == "Little one, step 5"
    events = ask(session, Generate(3, (Message("user", "Anna"),), Sampling(temperature=0.0), max_new_tokens=4))
    assert len(events) > 2
    watched = result(ask(session, WatchPrompt(4, "Ben sees")))
    assert watched.prompt == "Ben sees" and watched.step == 5  # type: ignore[union-attr]
    later = [one.prompt for event in job if isinstance(event, Watched) for one in event.watched]
    assert later.count("Ben sees") == later.count("Anna likes") >= 2
    assert session.require().info.title == "Little one, step 5"


def test_what_was_watched_after_the_last_save_is_kept_when_the_run_stops(tmp_path: Path) -> None:
    session = session_in(tmp_path / "home")
    job = session.handlers()[Pretrain](Pretrain(1, TITLE, write_stories(tmp_path / "stories"), SMALL))
    next(event for event in job if isinstance(event, Saved))
    ask(session, WatchPrompt(2, "Ben sees"))
    job.close()  # type: ignore[attr-defined]
    history = result(ask(session, ReadPretraining(3, NAME)))
    assert isinstance(history, PretrainHistory)
    assert "Ben sees" in {one.prompt for one in history.watched}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"preset": "giant"}, "no size called"),
        ({"width": 100}, "width of 100"),
        ({"vocabulary": 60_000}, "vocabulary"),
        ({"precision": "int4"}, "Training in int4"),
        ({"batch": 3}, "step of 3 tokens"),
        ({"tokens": -1}, "length"),
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path: Path, settings: dict[str, object], sentence: str) -> None:
    session = session_in(tmp_path / "home")
    told = SMALL.__class__(**{**{f: getattr(SMALL, f) for f in SMALL.__slots__}, **settings})  # type: ignore[arg-type]
    with pytest.raises(UserError, match=sentence):
        ask(session, Pretrain(1, TITLE, write_stories(tmp_path / "stories"), told))
    assert result(ask(session, ListPretrainings(2))) == ()


def test_infinite_numbers_stop_the_run_and_leave_the_last_save(tmp_path: Path) -> None:
    session = session_in(tmp_path / "home")
    job = session.handlers()[Pretrain](Pretrain(1, TITLE, write_stories(tmp_path / "stories"), SMALL))
    for event in job:
        if rows_of([event]) and rows_of([event])[-1].step == 5:
            run = session._pretraining._run
            assert run is not None
            run.save()
            run.model.embed.weight.data.fill_(float("nan"))
            break
    with pytest.raises(UserError, match="became infinite"):
        list(job)
    (left,) = result(ask(session, ListPretrainings(2)))  # type: ignore[misc]
    assert left.state == "unfinished" and left.step == 5
    again = session_in(tmp_path / "home")
    assert isinstance(result(ask(again, Pretrain(1, TITLE, resume=True))), PretrainOutcome)
