"""All linear layers of a small model are taught, with the same steps, files and looks as an adapter of low rank."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.errors import UserError
from engine.messages import LoadModel, PlanTeaching, Result, Steps, Teach, TeachOutcome, TeachPlan, TeachSettings
from engine.model.lora import merged
from engine.paths import Paths
from engine.run import planning
from engine.run.session import Session
from tests.engine.run.taught import LESSONS, folder_of, less_of_everything, session_with

WHOLE = TeachSettings("full", epochs=2, learning_rate=1e-3, seed=7)


@pytest.fixture
def session(paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    less_of_everything(monkeypatch)
    return session_with(paths, folder_of(tmp_path / "models"))[0]


def outcome(session: Session, command: Teach) -> TeachOutcome:
    (found,) = [event.value for event in session.handlers()[Teach](command) if isinstance(event, Result)]
    assert isinstance(found, TeachOutcome)
    return found


def matrices(session: Session, name: str) -> dict[str, torch.Tensor]:
    return load_file(session.library.models / name / "adapter_model.safetensors")


def test_what_was_taught_whole_is_kept_loaded_and_the_same_after_a_cut(session: Session) -> None:
    assert outcome(session, Teach(1, "whole", LESSONS, WHOLE)).steps == 4
    running = session.handlers()[Teach](Teach(1, "cut", LESSONS, WHOLE))
    next(event for event in running if isinstance(event, Steps) and event.rows[-1].step == 3)
    running.close()  # type: ignore[attr-defined]
    outcome(session, Teach(1, "cut", (), TeachSettings(), resume=True))
    whole, cut = matrices(session, "whole"), matrices(session, "cut")
    assert all(torch.equal(one, cut[name]) for name, one in whole.items())
    reads = {
        name: one for name, one in whole.items() if name.endswith(("q_proj.lora_A.weight", "up_proj.lora_A.weight"))
    }
    assert reads and all(torch.equal(one, torch.eye(32)) for one in reads.values())
    before = session.require().model.layers[0].mlp.up.weight.clone()  # type: ignore[union-attr]
    for _ in session.load(LoadModel(2, "whole", threads=1)):
        continue
    (adapter,) = session.require().adapters
    change = merged(before, [adapter.deltas["layers.0.mlp.up"]]) - before
    assert int(torch.linalg.matrix_rank(change)) > 16, "more than an adapter of low rank can be"


def test_only_small_models_are_taught_whole(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    (plan,) = [
        e.value for e in session.handlers()[PlanTeaching](PlanTeaching(1, LESSONS, WHOLE)) if isinstance(e, Result)
    ]
    assert isinstance(plan, TeachPlan) and plan.method == "full" and plan.rank == 32 and plan.seconds > 0
    monkeypatch.setattr(planning, "FULL_UP_TO", 10)
    with pytest.raises(UserError, match="too large"):
        outcome(session, Teach(1, "whole", LESSONS, WHOLE))
    assert outcome(session, Teach(1, "small", LESSONS, replace(WHOLE, method="auto"))).name == "small"
