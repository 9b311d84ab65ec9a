"""What a run wrote down, in order, also when it goes on from a save."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop.train.record import Record
from engine.messages import WatchedPrompt
from tests.desktop.train.scripted import PROMPT, history_of, rows, run_of, watched


def at(step: int, text: str = "", prompt: str = PROMPT) -> WatchedPrompt:
    return WatchedPrompt(step, prompt, text, (), 1.0)


def test_a_run_that_goes_on_from_a_save_repeats_no_step() -> None:
    record = Record()
    record.add_rows(rows(100, every=1))
    again = rows(80, first=61, every=1, worse=1.0)
    record.add_rows(again)
    assert [row.step for row in record.rows] == list(range(1, 81))
    assert record.rows[60:] == list(again), "what came last counts"
    assert record.training.ys == [row.loss for row in record.rows]
    assert [row.step for row in record.measured] == [row.step for row in record.rows if row.held_out is not None]


@given(st.lists(st.integers(0, 20), max_size=30))
def test_samples_stand_in_the_order_of_their_steps_and_the_newest_of_a_step_counts(steps: list[int]) -> None:
    record = Record()
    for number, step in enumerate(steps):
        record.add_watched((at(step, str(number)),))
    kept = record.by_prompt.get(PROMPT, [])
    assert [one.step for one in kept] == sorted(set(steps))
    newest = {step: str(number) for number, step in enumerate(steps)}
    assert {one.step: one.text for one in kept} == newest


def test_prompts_keep_the_order_in_which_they_came() -> None:
    record = Record()
    record.add_watched((at(0, prompt="B"), at(0, prompt="A"), at(1, prompt="B")))
    assert record.prompts == ["B", "A"]


def test_a_history_fills_it_anew() -> None:
    record = Record()
    record.add_rows(rows(9_000))
    record.read(history_of(run_of()))
    assert record.title == "Harbour nano" and record.vocabulary == 4_096
    assert record.step is not None and record.step.step == rows(6_200)[-1].step
    assert record.by_prompt[PROMPT] == list(watched(6_200))
    assert record.bits() == [row.bits for row in rows(6_200) if row.bits is not None][-1]
