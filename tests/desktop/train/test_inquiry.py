"""A question is asked once things are quiet, dropped when outdated, and not asked while nobody looks."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.train.inquiry import Inquiry
from engine.messages import Cancel, Failed, Finished, Progress, ReadPretraining, Result
from tests.desktop.train.scripted import Script

PAUSE_MS = 5


class Slow(Script):
    """Answers nothing by itself."""

    def send(self, command: object) -> None:
        self.sent.append(command)  # pyright: ignore[reportArgumentType]


@pytest.fixture
def engine(qapp: QApplication) -> Slow:
    bridge = Bridge()
    engine = Slow(bridge)
    bridge.attach(engine)
    return engine


@pytest.fixture
def inquiry(engine: Slow) -> Inquiry:
    inquiry = Inquiry(engine.bridge, ReadPretraining, PAUSE_MS)
    inquiry.wake(True)
    return inquiry


def names(engine: Slow) -> list[str]:
    return [one.name for one in engine.sent if isinstance(one, ReadPretraining)]


def answer(engine: Slow, value: object) -> None:
    job = engine.sent[-1].job
    engine.say(Result(job, value), Finished(job, "done"))
    engine.bridge.flush()


def test_only_the_last_of_several_changes_is_asked(engine: Slow, inquiry: Inquiry, qtbot: QtBot) -> None:
    for name in ("a", "b", "c"):
        inquiry.ask(name=name)
    assert names(engine) == []
    qtbot.waitUntil(lambda: bool(names(engine)))
    assert names(engine) == ["c"] and inquiry.waiting and not inquiry.fresh
    answer(engine, 3)
    assert inquiry.value == 3 and inquiry.fresh and not inquiry.waiting


def test_an_outdated_question_is_cancelled_and_its_answer_not_heard(engine: Slow, inquiry: Inquiry) -> None:
    inquiry.ask(name="a")
    inquiry.hurry()
    first = engine.sent[-1].job
    inquiry.ask(name="b")
    assert engine.sent[-1] == Cancel(first)
    engine.say(Result(first, "old"), Finished(first, "done"))
    engine.bridge.flush()
    assert inquiry.value is None and inquiry.waiting


def test_the_answer_of_before_stays_until_the_next_one(engine: Slow, inquiry: Inquiry) -> None:
    inquiry.ask(name="a")
    inquiry.hurry()
    answer(engine, 1)
    inquiry.ask(name="b")
    assert inquiry.value == 1 and not inquiry.fresh


def test_the_same_is_not_asked_twice(engine: Slow, inquiry: Inquiry) -> None:
    for _ in range(2):
        inquiry.ask(name="a")
        inquiry.hurry()
    assert names(engine) == ["a"]
    answer(engine, 1)
    inquiry.ask(name="a")
    inquiry.hurry()
    assert names(engine) == ["a"]


def test_asleep_it_asks_nothing_and_awake_again_it_does(engine: Slow, inquiry: Inquiry) -> None:
    inquiry.ask(name="a")
    inquiry.wake(False)
    inquiry.hurry()
    assert names(engine) == []
    inquiry.wake(True)
    inquiry.hurry()
    inquiry.wake(False)
    assert isinstance(engine.sent[-1], Cancel), "what was being answered takes no time from others"
    inquiry.wake(True)
    inquiry.hurry()
    assert names(engine) == ["a", "a"]


def test_a_failure_is_kept_and_takes_the_answer_away(engine: Slow, inquiry: Inquiry) -> None:
    inquiry.ask(name="a")
    inquiry.hurry()
    engine.say(Progress(engine.sent[-1].job, 1, 2, "Reading"))
    engine.bridge.flush()
    assert inquiry.progress is not None and inquiry.progress.done == 1
    engine.say(Failed(engine.sent[-1].job, "No"))
    engine.bridge.flush()
    assert inquiry.failed is not None and inquiry.value is None and not inquiry.fresh and not inquiry.waiting
    inquiry.ask(name="b")
    assert inquiry.failed is None
