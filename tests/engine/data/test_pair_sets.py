"""Sets of pairs and what runs over them came to, on a real database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.pair_sets import KEPT_AFTER_DELETE_S, PairSets
from engine.data.pairs.pair import Pair
from engine.data.schema import MIGRATIONS
from engine.data.store import Connection, open_store
from engine.data.taught_runs import TaughtRuns
from engine.messages import Answered, Message, Recall, TeachOutcome, TeachSettings, Unrelated

LIFT = Pair("Is there a lift?", "Yes, behind the front desk.")
FILMS = Pair("Where do I return films?", "In the grey box\nby the door.")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    connection = open_store(tmp_path / "store.sqlite3", MIGRATIONS)
    yield connection
    connection.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sets(db: Connection, clock: Clock) -> PairSets:
    return PairSets(db, clock)


def test_pairs_are_kept_as_typed_and_in_order(sets: PairSets) -> None:
    desk = sets.create("Library desk")
    earlier = (Message("user", "Hello"), Message("assistant", "Hello, how can I help?"))
    ids = sets.add(desk, [LIFT, FILMS, Pair("And at night?", "Ring twice.", "You are brief.", earlier)])
    assert sets.ids(desk) == ids == sorted(ids)
    first, second, third = sets.read(ids)
    assert (first.pair, second.answer) == (LIFT, "In the grey box\nby the door.")
    assert third.earlier == earlier and third.system == "You are brief."
    assert third.lesson.id == ids[2] and third.lesson.earlier == earlier
    assert [(one.title, one.pairs) for one in sets.list()] == [("Library desk", 3)]


@given(st.text(), st.text())
@settings(max_examples=25, deadline=None)
def test_any_text_can_be_kept(question: str, answer: str) -> None:
    db = open_store(Path(":memory:"), MIGRATIONS)
    sets = PairSets(db)
    ids = sets.add(sets.create("Any"), [Pair(question, answer)])
    (kept,) = sets.read(ids)
    assert kept.question == question.replace("\0", "\ufffd") and kept.answer == answer.replace("\0", "\ufffd")
    db.close()


def test_half_a_character_is_replaced_and_stops_nothing(sets: PairSets) -> None:
    (one,) = sets.add(sets.create("Half"), [Pair("\ud83d", "yes")])
    assert sets.read([one])[0].question == "?"


def test_a_removed_pair_comes_back_to_its_place(sets: PairSets) -> None:
    desk = sets.create("Library desk")
    ids = sets.add(desk, [LIFT, FILMS, LIFT])
    sets.remove([ids[1]])
    assert sets.ids(desk) == [ids[0], ids[2]] and sets.set_of(ids[1]) is None
    sets.bring_back([ids[1]])
    assert sets.ids(desk) == ids and sets.set_of(ids[1]) == desk


def test_a_number_is_never_given_twice(sets: PairSets, clock: Clock) -> None:
    desk = sets.create("Library desk")
    (last,) = sets.add(desk, [LIFT])
    sets.remove([last])
    clock.now += KEPT_AFTER_DELETE_S + 10
    sets.recover()
    assert sets.read([last]) == []
    assert sets.add(desk, [LIFT])[0] > last, "a reply may still name the old one"


def test_search_finds_any_part_in_any_case(sets: PairSets) -> None:
    desk = sets.create("Praxis")
    ids = sets.add(desk, [Pair("Wann öffnet die ÄRZTIN?", "Um 8."), Pair("Is it 100%?", "Nearly_so"), LIFT])
    assert sets.matching(desk, "ärzt") == [ids[0]]
    assert sets.matching(desk, "%") == [ids[1]], "nothing in it is a wildcard"
    assert sets.matching(desk, "FRONT desk") == [ids[2]]
    assert sets.matching(desk, "boat") == []


def test_sets_are_renamed_deleted_and_brought_back(sets: PairSets, clock: Clock) -> None:
    desk, other = sets.create("Library desk"), sets.create("Other")
    sets.add(desk, [LIFT])
    sets.rename(desk, "Front desk")
    assert [one.title for one in sets.list()] == ["Front desk", "Other"], "the one that was changed last is first"
    sets.delete(desk)
    assert [one.id for one in sets.list()] == [other] and sets.get(desk) is None
    sets.restore(desk)
    assert sets.get(desk) is not None
    sets.delete(desk)
    clock.now += KEPT_AFTER_DELETE_S + 10
    sets.recover()
    sets.restore(desk)
    assert sets.get(desk) is None


def test_what_was_being_typed_outlives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from engine.data.pair_sets import PairSets\n"
        "from engine.data.pairs.pair import Pair\n"
        "from engine.data.schema import MIGRATIONS\n"
        "from engine.data.store import open_store\n"
        "sets = PairSets(open_store(Path(sys.argv[1]), MIGRATIONS))\n"
        "(pair,) = sets.add(sets.create('Desk'), [Pair('Is there a lift?', 'Yes.')])\n"
        "sets.keep_draft(pair, 'answer', 'Yes, behind the fro')\n"
        "print('typed', flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline().strip() == "typed"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    db = open_store(path, MIGRATIONS)
    sets = PairSets(db)
    (desk,) = sets.list()
    ((pair, field, text),) = sets.drafts(desk.id)
    assert (field, text) == ("answer", "Yes, behind the fro")
    assert sets.read([pair])[0].answer == "Yes.", "what was there before is there too"
    sets.drop_draft(pair)
    assert sets.drafts(desk.id) == []
    db.close()


def test_settings_stay_with_their_set(sets: PairSets) -> None:
    desk = sets.create("Library desk")
    assert sets.settings(desk) == TeachSettings()
    sets.set_settings(desk, TeachSettings(epochs=12, method="lora"))
    assert sets.settings(desk) == TeachSettings(epochs=12, method="lora")


def test_a_hundred_thousand_pairs_are_counted_searched_and_read_quickly(sets: PairSets) -> None:
    large = sets.create("Large")
    sets.add(large, (Pair(f"Question {n}?", f"Answer {n}.") for n in range(100_000)))
    began = time.thread_time()
    ids = sets.ids(large)
    assert len(ids) == 100_000
    assert len(sets.read(ids[50_000:50_100])) == 100
    assert time.thread_time() - began < 0.5
    assert len(sets.matching(large, "answer 99999")) == 1


OUTCOME = TeachOutcome(
    name="library-desk-v1",
    base="smollm2-135m",
    seconds=171.0,
    steps=150,
    best_step=108,
    stopped_by="done",
    recall_before=0.1,
    recall=Recall(0.8, 0.7, 0.9),
    rephrased=Recall(0.6, 0.7, 0.8),
    bits_before=1.0,
    bits_after=1.01,
    answers=(Answered(1, "Is there a lift?", "Yes.", "I do not know.", "Yes.", "learned", 0.93),),
    unrelated=(Unrelated("What is the capital of Peru?", "Lima.", "Lima.", True, True),),
)


def test_a_run_is_shown_again_as_it_ended(db: Connection, sets: PairSets) -> None:
    runs = TaughtRuns(db)
    desk = sets.create("Library desk")
    run = runs.begin(desk, "library-desk-v1", "Library desk v1", TeachSettings(epochs=3))
    assert runs.last(desk) is None, "it has not ended"
    found = runs.unfinished("library-desk-v1")
    assert found is not None and found.settings.epochs == 3 and found.pair_set == desk
    runs.end(run, replace(OUTCOME, name="library-desk-v1-2"), {1: ("half", 0.4), 2: ("", None)})
    last = runs.last(desk)
    assert last is not None and last.outcome == replace(OUTCOME, name="library-desk-v1-2")
    assert last.earlier_states == {1: ("half", 0.4), 2: ("", None)} and last.name == "library-desk-v1-2"
    runs.set_undone(run, True)
    assert runs.last(desk) is None and runs.versions(desk) == 1
    runs.set_undone(run, False)
    assert runs.last(desk) is not None
    assert runs.knows("library-desk-v1-2") and not runs.knows("library-desk-v1")
    runs.rename("library-desk-v1-2", "front-desk")
    renamed = runs.last(desk)
    assert renamed is not None and renamed.name == "front-desk"
    assert renamed.outcome == replace(OUTCOME, name="front-desk")
    runs.forget(run)
    assert runs.get(run) is None


def test_a_store_of_the_first_version_is_brought_along(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    old = open_store(path, MIGRATIONS[:1])
    old.execute("INSERT INTO chat (title, created_at, updated_at) VALUES ('Old', 1, 1)")
    old.close()
    db = open_store(path, MIGRATIONS)
    assert db.execute("SELECT title FROM chat").fetchone()[0] == "Old"
    assert PairSets(db).list() == []
    assert path.with_name("store.sqlite3.version-1").exists(), "a copy from before is kept"
    db.close()
