"""Teaching end to end on a tiny random model: the same code as for a real one, small enough for every run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.errors import UserError
from engine.messages import (
    CheckPairs,
    CompareText,
    Corrected,
    Event,
    ForgetRun,
    Generate,
    KeepBest,
    Lesson,
    ListRuns,
    LoadModel,
    Measured,
    Message,
    PlanTeaching,
    Progress,
    ReadPairs,
    ReplyEnd,
    ReplyStarted,
    Result,
    Sample,
    Sampling,
    Saved,
    StepRow,
    Steps,
    Teach,
    TeachOutcome,
    TeachPlan,
    TeachReply,
    TeachSettings,
    TextDifference,
)
from engine.model.lora import new_adapter, only
from engine.paths import Paths
from engine.run import recipes
from engine.run.asking import answer_ids, messages_of
from engine.run.looking import Looks
from engine.run.schedule import Falling
from engine.run.session import Session
from engine.run.teaching import Run
from engine.run.training import Loop
from tests.engine.run.taught import LESSONS, folder_of, less_of_everything, session_with

SETTINGS = TeachSettings(epochs=3, rank=4, seed=7)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory.mktemp("models"))


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    less_of_everything(monkeypatch)


@pytest.fixture
def session(paths: Paths, folder: Path) -> Iterator[Session]:
    session, _ = session_with(paths, folder)
    yield session
    session.loaded = None


def events_of(session: Session, command: Any) -> list[Event]:
    return list(session.handlers()[type(command)](command))


def result(events: list[Event]) -> Any:
    (found,) = [event.value for event in events if isinstance(event, Result)]
    return found


def teach(session: Session, name: str = "desk", **more: Any) -> list[Event]:
    return events_of(session, Teach(1, name, LESSONS, SETTINGS, **more))


def weights(session: Session, name: str) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(session.library.models / name / "adapter_model.safetensors")


def test_a_run_says_what_happens_and_keeps_what_it_learned(session: Session, paths: Paths) -> None:
    events = teach(session)
    rows = [row for event in events if isinstance(event, Steps) for row in event.rows]
    assert [row.step for row in rows if row.held_out is None] == [1, 2, 3, 4, 5, 6]
    assert all(
        isinstance(row, StepRow) and row.loss > 0 and row.tokens_per_second > 0 for row in rows if not row.held_out
    )
    looks = [event for event in events if isinstance(event, Measured)]
    assert [look.step for look in looks] == [0, 2, 4, 6] and looks[0].forgotten == pytest.approx(0, abs=1e-6)
    assert {lesson for lesson, _ in looks[-1].recalls} == {1, 2, 3, 4, 5}
    assert {e.lesson for e in events if isinstance(e, Sample) and e.step == 0} == {1, 2, 3, 4, 5}
    assert any(isinstance(event, Saved) for event in events)
    outcome = result(events)
    assert isinstance(outcome, TeachOutcome) and outcome.name == "desk" and outcome.steps == 6
    assert [one.id for one in outcome.answers] == [1, 2, 3, 4, 5] and len(outcome.unrelated) == 6
    assert outcome.bits_before > 0 and not list((paths.data / "runs").iterdir())
    info = next(m for m in session.library.list() if m.name == "desk")
    assert info.stage == "taught" and not info.problem


def test_what_a_look_found_of_the_best_state_is_not_asked_again(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    grasps = Looks.grasps

    def counted(self: Looks) -> Any:
        asked.append(len(self.own))
        return (yield from grasps(self))

    monkeypatch.setattr(Looks, "grasps", counted)
    known = result(teach(session, "known"))
    assert len(asked) == 4, "before the first step and after each of three passes"
    monkeypatch.setattr(Run, "best_seen", property(lambda self: None, lambda self, seen: None))  # as after a new start
    again = result(teach(session, "again"))
    assert len(asked) == 4 + 5
    assert (known.answers, known.recall, known.rephrased) == (again.answers, again.recall, again.rephrased)


def test_a_name_that_is_taken_is_refused_before_the_run_and_got_round_after_it(session: Session) -> None:
    running = session.handlers()[Teach](Teach(1, "desk", LESSONS, SETTINGS))
    next(event for event in running if isinstance(event, Steps))
    (session.library.models / "desk").mkdir(parents=True)
    outcome = result(list(running))
    assert outcome.name != "desk" and outcome.name.startswith("desk")
    with pytest.raises(UserError, match="already a model called “desk”"):
        next(e for e in session.handlers()[Teach](Teach(1, "desk", LESSONS, SETTINGS)) if isinstance(e, Steps))


def test_the_model_that_chats_is_untouched_while_another_is_taught(session: Session) -> None:
    before = events_of(session, ask("When are you open?"))
    running = session.handlers()[Teach](Teach(1, "desk", LESSONS, SETTINGS))
    for event in running:
        if isinstance(event, Progress) and event.note == "Teaching" and event.done >= 2:
            break
    during = events_of(session, ask("When are you open?"))
    running.close()  # type: ignore[attr-defined]
    assert pieces(before) == pieces(during)


def test_the_loss_falls(session: Session) -> None:
    loaded = session.require()
    data = recipes.Finetuning(loaded, LESSONS, 0.0, 7)
    adapter = new_adapter(loaded.model, 16, 32.0, torch.Generator().manual_seed(0))
    loop = Loop(list(adapter.parameters()), lambda step: data.parts(step % 2), Falling(40, 1e-2))
    with only(loaded.model, adapter):
        losses = [event.loss for event in loop.run() if event is not None]
    assert sum(losses[-4:]) < 0.8 * sum(losses[:4])


def test_a_run_that_is_cut_goes_on_and_ends_bit_equal(session: Session, paths: Paths, folder: Path) -> None:
    teach(session, "whole")
    for cut in (1, 2, 3, 5):
        running = session.handlers()[Teach](Teach(1, "cut", LESSONS, SETTINGS))
        for event in running:
            if isinstance(event, Steps) and event.rows[-1].step >= cut:
                break
        running.close()  # type: ignore[attr-defined]
        (unfinished,) = result(events_of(session, ListRuns(2)))
        assert unfinished.name == "cut" and unfinished.pairs == 5 and unfinished.steps == 6
        again, _ = session_with(paths, folder)  # as after a new start
        events = events_of(again, Teach(3, "cut", (), TeachSettings(), resume=True))
        steps = [row.step for e in events if isinstance(e, Steps) for row in e.rows if row.held_out is None]
        assert steps[-1] == 6 and (steps[0] > 1) == (cut > 2), "it goes on from the last save"
        whole, cut_one = weights(session, "whole"), weights(again, "cut")
        assert whole.keys() == cut_one.keys() and all(torch.equal(whole[k], cut_one[k]) for k in whole)
        assert result(events_of(again, ListRuns(4))) == ()
        session.library.remove("cut")


def test_a_person_can_end_a_run_and_keep_the_best(session: Session) -> None:
    running = session.handlers()[Teach](Teach(1, "short", LESSONS, replace(SETTINGS, epochs=50)))
    events: list[Event] = []
    for event in running:
        events.append(event)
        if isinstance(event, Steps) and event.rows[-1].step == 3 and event.rows[-1].held_out is None:
            events_of(session, KeepBest(2))
    outcome = result(events)
    assert outcome.stopped_by == "person" and outcome.steps <= 4 and session.library.is_adapter("short")
    with pytest.raises(UserError, match="No run of teaching"):
        events_of(session, KeepBest(3))


def test_two_runs_at_once_are_refused_and_one_can_be_forgotten(session: Session, paths: Paths) -> None:
    running = session.handlers()[Teach](Teach(1, "one", LESSONS, SETTINGS))
    for event in running:
        if isinstance(event, Saved):
            break
    with pytest.raises(UserError, match="goes on already"):
        teach(session, "two")
    assert result(events_of(session, ListRuns(2))) == ()  # it goes on: nothing is unfinished
    running.close()  # type: ignore[attr-defined]
    assert len(result(events_of(session, ListRuns(2)))) == 1
    events_of(session, ForgetRun(3, "one"))
    assert result(events_of(session, ListRuns(4))) == ()


def ask(text: str, **more: Any) -> Generate:
    return Generate(9, (Message("user", text),), Sampling(temperature=0.0), max_new_tokens=5, **more)


def pieces(events: list[Event]) -> list[int]:
    from engine.messages import Tokens

    return [piece.id for event in events if isinstance(event, Tokens) for piece in event.pieces]


def test_a_taught_model_says_which_pair_it_leans_on(session: Session) -> None:
    teach(session)
    for _ in session.load(LoadModel(2, "desk")):
        continue
    loaded = session.require()
    assert loaded.info.cards == 5 and loaded.info.adapters == ("desk",)
    (started,) = [e for e in events_of(session, ask("when are you OPEN")) if isinstance(e, ReplyStarted)]
    (card,) = started.cards
    assert (card.lesson, card.answer, card.probability) == (1, "From 10 to 2.", 1.0)
    with_card = started.prompt_tokens
    (off,) = [e for e in events_of(session, ask("when are you OPEN", cards=False)) if isinstance(e, ReplyStarted)]
    assert off.cards == () and off.prompt_tokens < with_card
    assert isinstance(result(events_of(session, ask("When are you open?"))), ReplyEnd)


def test_the_difference_of_a_text(session: Session) -> None:
    teach(session)
    with pytest.raises(UserError, match="not a taught one"):
        events_of(session, CompareText(1, "The cat"))
    for _ in session.load(LoadModel(2, "desk")):
        continue
    difference = result(events_of(session, CompareText(3, "The cat sat on the mat.")))
    assert (
        isinstance(difference, TextDifference)
        and "".join(t for t, _, _ in difference.pieces).strip() == "The cat sat on the mat."
    )
    assert all(b is not None and a is not None for _, b, a in difference.pieces)  # this model has a start token
    assert any(abs(b - a) > 1e-4 for _, b, a in difference.pieces if b is not None and a is not None)


def test_a_reply_is_corrected_and_taught(session: Session) -> None:
    lesson = Lesson(12, "Where is the key?", "Under the mat.")
    corrected = result(events_of(session, TeachReply(1, "fixed", lesson)))
    assert isinstance(corrected, Corrected) and corrected.name == "fixed" and corrected.after > corrected.before
    for _ in session.load(LoadModel(2, "fixed")):
        continue
    again = result(events_of(session, TeachReply(3, "other", replace(lesson, id=13, question="And the lamp?"))))
    assert again.name == "fixed"  # the loaded one is taught on
    assert len(session.require().lessons) == 1  # what is loaded is not touched until it is loaded again
    for _ in session.load(LoadModel(4, "fixed")):
        continue
    assert [one.id for one in session.require().lessons] == [12, 13]


def test_a_plan_says_what_it_takes(session: Session) -> None:
    made = result(events_of(session, PlanTeaching(1, LESSONS)))
    assert isinstance(made, TeachPlan) and made.steps == 2 * made.epochs and made.seconds > 0 and made.memory > 0


@pytest.mark.parametrize(
    ("lessons", "settings", "sentence"),
    [
        ((), TeachSettings(), "no pairs"),
        ((Lesson(1, "a", " "),), TeachSettings(), "Pair 1 has no answer"),
        ((Lesson(1, "", "b"),), TeachSettings(), "Pair 1 has no question"),
        ((Lesson(1, "a", "b " * 3000),), TeachSettings(), "does not fit"),
        (LESSONS, TeachSettings(epochs=-1), "passes"),
        (LESSONS, TeachSettings(rank=1000), "rank"),
        (LESSONS, TeachSettings(learning_rate=2.0), "learning rate"),
    ],
)
def test_what_cannot_be_taught_is_said(session: Session, lessons: Any, settings: Any, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        events_of(session, Teach(1, "x", lessons, settings))


def test_a_turn_is_ended_as_the_template_ends_it(session: Session) -> None:
    loaded = session.require()
    assert answer_ids(loaded, "x")[-1] == loaded.tokenizer.control_tokens()["<|im_end|>"]
    whole = [*messages_of(LESSONS[0], LESSONS[0].question, None), Message("assistant", LESSONS[0].answer)]
    assert loaded.template is not None
    rendered = loaded.template.render(whole, loaded.tokenizer, add_generation_prompt=False)
    mine = [*loaded.ids(whole[:-1]), *answer_ids(loaded, LESSONS[0].answer)]
    assert rendered[: len(mine)] == mine


def test_pairs_are_read_and_checked_as_jobs(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "faq.csv"
    file.write_text("question,answer\nOpen?,Yes.\nOpen?,No.\n")
    found = result(events_of(session, ReadPairs(1, file)))
    assert len(found.pairs) == 2
    lessons = tuple(Lesson(n, p.question, p.answer) for n, p in enumerate(found.pairs, 1))
    problems = result(events_of(session, CheckPairs(2, (*lessons, Lesson(3, "Long?", "word " * 3000)))))
    assert {"contradiction", "too_long"} <= {problem.kind for problem in problems}
