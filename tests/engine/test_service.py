from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch

from engine.errors import UserError
from engine.messages import (
    Cancel,
    Command,
    Continue,
    Event,
    Failed,
    Finished,
    Lane,
    Pause,
    Piece,
    Progress,
    Result,
    Terminal,
    Tokens,
)
from engine.service import Engine, Handlers, failure

PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Count(Command):
    steps: int
    pause_s: float = 0.0
    fail_at: int = -1
    error: type[BaseException] | None = None
    fail_on_close: bool = False


@dataclass(frozen=True, slots=True)
class CountBehind(Count):
    lane: ClassVar[Lane] = "background"


@dataclass(frozen=True, slots=True)
class CountQuickly(Count):
    lane: ClassVar[Lane] = "quick"


class Recorder:
    """Handlers whose jobs count, and everything that the engine says."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.closed: list[int] = []
        self.threads: set[str] = set()

    def count(self, command: Count) -> Iterator[Event]:
        try:
            for step in range(command.steps):
                time.sleep(command.pause_s)
                if step == command.fail_at and command.error is not None:
                    raise UserError("It does not fit", "Use less") if command.error is UserError else command.error()
                yield Progress(command.job, step + 1, command.steps)
        finally:
            self.closed.append(command.job)
            if command.fail_on_close:
                raise OSError("the disk is full")

    def post(self, event: Event) -> None:
        self.threads.add(threading.current_thread().name)
        self.events.append(event)

    def handlers(self) -> Handlers:
        return {Count: self.count, CountBehind: self.count, CountQuickly: self.count}

    def of(self, job: int) -> list[Event]:
        return [event for event in self.events if event.job == job]

    def ends(self, job: int) -> list[Event]:
        return [event for event in self.of(job) if isinstance(event, Terminal)]


def wait(condition: Callable[[], object]) -> None:
    limit = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.001)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def engine(recorder: Recorder) -> Iterator[Engine]:
    engine = Engine(recorder.handlers, recorder.post)
    engine.start()
    yield engine
    assert engine.close(PATIENCE_S)


@pytest.mark.parametrize(
    ("error", "hint", "report"),
    [(None, "", False), (UserError, "Use less", False), (ZeroDivisionError, "", True), (MemoryError, "Close", False)],
)
def test_every_job_ends_once_and_failures_go_by_blame(
    engine: Engine, recorder: Recorder, error: type[BaseException] | None, hint: str, report: bool
) -> None:
    engine.send(Count(1, 3, fail_at=1, error=error))
    engine.send(Count(2, 2))
    wait(lambda: recorder.ends(2))
    (end,) = recorder.ends(1)
    if error is None:
        assert end == Finished(1, "done")
    else:
        assert isinstance(end, Failed)
        assert hint in end.hint and bool(end.report) == report and end.message
    assert recorder.ends(2) == [Finished(2, "done")], "one job's failure is no other's"
    assert recorder.closed[0] == 1


def test_memory_that_torch_does_not_get_is_no_fault_of_ours() -> None:
    with pytest.raises(RuntimeError) as refused:
        torch.empty(1 << 60, dtype=torch.uint8)
    said = failure(1, refused.value)
    assert said.message == "The memory is full" and said.hint.startswith("Close other programs") and not said.report
    assert failure(1, RuntimeError("mat1 and mat2 shapes cannot be multiplied")).report


def test_stop_takes_effect_at_the_next_step_and_cleans_up(engine: Engine, recorder: Recorder) -> None:
    engine.send(Count(7, 100_000, pause_s=0.002))
    wait(lambda: recorder.events)
    engine.send(Cancel(7))
    wait(lambda: recorder.ends(7))
    assert recorder.events[-1] == Finished(7, "stopped") and recorder.closed == [7]


def test_a_job_that_fails_while_it_is_stopped_says_so_once(engine: Engine, recorder: Recorder) -> None:
    engine.send(Count(1, 100_000, pause_s=0.002, fail_on_close=True))
    wait(lambda: recorder.events)
    engine.send(Cancel(1))
    wait(lambda: recorder.ends(1))
    (end,) = recorder.ends(1)
    assert isinstance(end, Failed) and "the disk is full" in end.message and end.report


def test_stopping_what_is_over_or_never_was_changes_nothing(engine: Engine, recorder: Recorder) -> None:
    engine.send(Count(1, 1))
    engine.send(Cancel(1))
    engine.send(Cancel(99))
    engine.send(Count(2, 1))
    wait(lambda: recorder.ends(2))
    assert len(recorder.ends(1)) == 1 and not recorder.of(99)


def test_a_job_that_waits_its_turn_can_be_stopped_before_it_begins(engine: Engine, recorder: Recorder) -> None:
    engine.send(Count(1, 100_000, pause_s=0.002))
    engine.send(Count(2, 3))
    engine.send(Cancel(2))
    wait(lambda: recorder.ends(2))
    assert recorder.of(2) == [Finished(2, "stopped")]
    engine.send(Cancel(1))


def test_a_paused_job_waits_others_do_not_and_it_goes_on_where_it_was(engine: Engine, recorder: Recorder) -> None:
    engine.send(CountBehind(1, 60, pause_s=0.002))
    wait(lambda: len(recorder.of(1)) > 3)
    engine.send(Pause(1))
    engine.send(CountBehind(2, 5))
    wait(lambda: recorder.ends(2))
    held = len(recorder.of(1))
    engine.send(Count(3, 20, pause_s=0.002))
    wait(lambda: recorder.ends(3))
    assert len(recorder.of(1)) == held and not recorder.ends(1)
    engine.send(Continue(1))
    wait(lambda: recorder.ends(1))
    assert [e.done for e in recorder.of(1) if isinstance(e, Progress)] == list(range(1, 61))


def test_a_paused_job_can_be_stopped(engine: Engine, recorder: Recorder) -> None:
    engine.send(CountBehind(1, 100_000, pause_s=0.001))
    wait(lambda: recorder.of(1))
    engine.send(Pause(1))
    engine.send(Cancel(1))
    wait(lambda: recorder.ends(1))
    assert recorder.ends(1) == [Finished(1, "stopped")] and recorder.closed == [1]


def test_background_jobs_take_turns(engine: Engine, recorder: Recorder) -> None:
    engine.send(CountBehind(1, 300, pause_s=0.002))
    wait(lambda: len(recorder.of(1)) > 3)
    engine.send(CountBehind(2, 10))
    wait(lambda: recorder.ends(2))
    assert not recorder.ends(1)
    engine.send(Cancel(1))
    wait(lambda: recorder.ends(1))


def test_a_question_is_answered_in_the_middle_of_long_work(engine: Engine, recorder: Recorder) -> None:
    engine.send(CountBehind(1, 300, pause_s=0.002))
    wait(lambda: len(recorder.of(1)) > 3)
    engine.send(Count(2, 20))
    wait(lambda: recorder.ends(2))
    assert not recorder.ends(1)
    first = recorder.events.index(recorder.of(2)[0])
    assert [event.job for event in recorder.events[first : first + 21]] == [2] * 21, "nothing comes between"
    wait(lambda: recorder.ends(1))
    assert recorder.ends(1) == [Finished(1, "done")]


def test_a_quick_question_is_answered_between_two_tokens(engine: Engine, recorder: Recorder) -> None:
    engine.send(Count(1, 300, pause_s=0.002))
    wait(lambda: len(recorder.of(1)) > 3)
    engine.send(CountQuickly(2, 1))
    wait(lambda: recorder.ends(2))
    assert not recorder.ends(1)
    engine.send(Cancel(1))


def test_two_jobs_of_one_lane_come_one_after_the_other(engine: Engine, recorder: Recorder) -> None:
    engine.send(Count(1, 5))
    engine.send(Count(2, 5))
    wait(lambda: recorder.ends(2))
    assert [event.job for event in recorder.events] == [1] * 6 + [2] * 6


def test_closing_stops_all_jobs_and_runs_their_clean_up(recorder: Recorder) -> None:
    engine = Engine(recorder.handlers, recorder.post)
    engine.start()
    engine.send(CountBehind(1, 10**9, pause_s=0.001))
    wait(lambda: recorder.of(1))
    engine.send(Count(2, 10**9, pause_s=0.001))
    wait(lambda: recorder.of(2))
    assert engine.close(PATIENCE_S)
    assert {event.job for event in recorder.events if event == Finished(event.job, "stopped")} == {1, 2}
    assert recorder.threads == {"engine"} and engine.close()


def test_an_engine_that_cannot_start_tells_everyone_who_asks(recorder: Recorder) -> None:
    def broken() -> Handlers:
        raise ImportError("no torch here")

    engine = Engine(broken, recorder.post)
    engine.start()
    engine.send(Count(1, 1))
    engine.send(Count(2, 1))
    wait(lambda: recorder.ends(2))
    assert engine.close(PATIENCE_S)
    for job in (1, 2):
        (end,) = recorder.of(job)
        assert isinstance(end, Failed) and "no torch here" in end.report


def test_events_merge_without_losing_a_token() -> None:
    first, second = Tokens(1, (Piece(1, "a", 0.0, 0.0),)), Tokens(1, (Piece(2, "b", 0.0, 0.0),))
    merged = first.merge(second)
    assert merged is not None and [piece.text for piece in merged.pieces] == ["a", "b"]
    assert Progress(1, 1, 9).merge(Progress(1, 5, 9)) == Progress(1, 5, 9)
    assert first.merge(Progress(1, 1, 1)) is None and Progress(1, 1, 1).merge(first) is None
    assert Result(1, 1).merge(Result(1, 1)) is None
