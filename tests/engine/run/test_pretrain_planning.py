"""A plan promises what the run is then told to be. How near a computer comes to it: `benchmarks/pretrain_plan.py`."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import UserError
from engine.messages import CorpusReport, PretrainPlan, PretrainSettings
from engine.model.presets import SIZES
from engine.run import pretrain_planning
from engine.run.pretrain_planning import plan
from engine.run.probing_speed import Speed
from engine.run.watching import is_watched, watched_steps
from tests.engine.formats.taught import finished

REPORT = CorpusReport(
    fingerprint="", folder=Path(), sources=(), left_out=(), left_out_bytes=0, documents=9, bytes=40_000_000,
    words=7_000_000, different_words=50_000, repeated=0.0, held_out=0.02, frequent=(), suggested_vocabulary=4096,
)  # fmt: skip
SETTINGS = PretrainSettings(precision="float32", vocabulary=4096)


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> PretrainPlan:
    """Ten minutes, on a computer whose updates take as long as a thousand tokens."""
    return plan_on(monkeypatch, replace(SETTINGS, minutes=10.0))


def plan_on(monkeypatch: pytest.MonkeyPatch, settings: PretrainSettings) -> PretrainPlan:
    def probe(*_: object) -> Generator[None, None, Speed]:
        yield
        return Speed(token=5e-4, update=0.5)

    monkeypatch.setattr(pretrain_planning, "probe", probe)
    return finished(plan(REPORT, settings))


def test_as_many_minutes_as_told_are_planned_updates_and_looks_included(planned: PretrainPlan) -> None:
    assert [one.preset for one in planned.sizes] == list(SIZES)
    for one in planned.sizes:
        assert one.seconds == pytest.approx(600, rel=0.05), one


def test_longer_runs_and_larger_models_take_more(monkeypatch: pytest.MonkeyPatch, planned: PretrainPlan) -> None:
    memory = [one.memory for one in planned.sizes]
    assert memory == sorted(memory) and memory[0] > 400 << 20
    half = plan_on(monkeypatch, replace(SETTINGS, minutes=10.0, precision="bfloat16"))
    assert all(one.memory < other.memory for one, other in zip(half.sizes, planned.sizes, strict=True))
    longer = plan_on(monkeypatch, replace(SETTINGS, minutes=20.0))
    assert all(one.tokens > 1.5 * other.tokens for one, other in zip(longer.sizes, planned.sizes, strict=True))


def test_watched_steps_are_counted() -> None:
    for steps in (1, 2, 9, 10, 11, 499, 500, 1000):
        assert watched_steps(steps) == sum(map(is_watched, range(steps + 1)))


def test_a_precision_that_cannot_be_is_refused() -> None:
    with pytest.raises(UserError, match="Training in int4"):
        finished(plan(REPORT, replace(SETTINGS, precision="int4")))
