"""Where parameters are, how large they are, and what adapters changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.errors import UserError
from engine.messages import LoadModel, ParameterRow, Parameters, ReadParameters, UnloadModel
from engine.model.linear import Delta
from engine.model.lora import merged, new_adapter
from engine.paths import Paths
from engine.run.parameters import change, part_of, quantised_from, weight_of
from engine.run.session import Session
from tests.engine.run.inside import answer, events
from tests.engine.run.taught import folder_of, session_with
from tests.tiny import CONFIGS, tiny_checkpoint


@pytest.fixture(params=CONFIGS)
def session(request: pytest.FixtureRequest, paths: Paths, tmp_path: Path) -> Session:
    return session_with(paths, folder_of(tmp_path, request.param))[0]


def named(found: Parameters) -> dict[str, ParameterRow]:
    return {row.name: row for row in found.rows}


def test_every_number_of_the_model_is_counted_once(session: Session) -> None:
    loaded = session.require()
    found = answer(session, ReadParameters(1), Parameters)
    shapes = loaded.model.config.shapes()
    assert [(row.name, row.shape) for row in found.rows] == list(shapes.items())
    assert sum(row.count for row in found.rows) == loaded.info.parameters
    for row in found.rows:
        weight = loaded.model.get_parameter(row.name)
        assert row.norm == pytest.approx(float(weight.square().mean().sqrt()), rel=1e-5)
        assert (row.dtype, row.changed) == ("float32", None)
    assert {row.part for row in found.rows} == {
        "Embedding", "Attention", "MLP", "Norm", *(() if loaded.model.config.tied else ("Output",))
    }  # fmt: skip


def test_what_rounding_changed_is_the_distance_to_the_file(session: Session) -> None:
    exact = {name: p.detach().clone() for name, p in session.require().model.named_parameters()}
    path = str(session.require().checkpoint.path)
    for _ in session.load(LoadModel(1, path, precision="int8", threads=1)):
        continue
    found = named(answer(session, ReadParameters(2), Parameters))
    weights = {name: row for name, row in found.items() if row.rounded is not None}
    assert any(row.part == "MLP" for row in weights.values()) and all(row.part != "Norm" for row in weights.values())
    for name, row in weights.items():
        now = session.require().model.get_parameter(name).detach()
        assert row.rounded == pytest.approx(float((now - exact[name]).norm() / now.norm()), rel=1e-4)
        assert row.rounded is not None and 0 < row.rounded < 0.02


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("embed.weight", "Embedding"),
        ("layers.3.attention.query.bias", "Attention"),
        ("layers.3.attention.query_norm.weight", "Norm"),
        ("layers.3.mlp_post_norm.weight", "Norm"),
        ("layers.3.mlp.down.weight", "MLP"),
        ("norm.weight", "Norm"),
        ("head.weight", "Output"),
    ],
)
def test_the_part_is_read_off_the_name(name: str, part: str) -> None:
    assert part_of(name) == part


def random_adapter(session: Session, seed: int) -> list[Delta]:
    loaded = session.require()
    adapter = new_adapter(loaded.model, 2, 4.0, torch.Generator().manual_seed(seed), ("mlp.up", "attention.key"), [0])
    with torch.no_grad():
        for delta in adapter.deltas.values():
            delta.up.normal_(generator=torch.Generator().manual_seed(seed))
    session.library.save_adapter(f"lesson-{seed}", adapter, loaded.checkpoint, title=f"Lesson {seed}")
    return [adapter.deltas["layers.0.mlp.up"]]


def test_what_an_adapter_changed_is_measured_against_its_base(paths: Paths, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    session, _ = session_with(paths, folder)
    deltas = [*random_adapter(session, 1), *random_adapter(session, 2)]
    list(session.load(LoadModel(2, str(folder), adapters=("lesson-1", "lesson-2"), threads=1)))
    model = session.require().model
    weight = weight_of(model, "layers.0.mlp.up.weight")
    found = named(answer(session, ReadParameters(3), Parameters))
    with torch.no_grad():
        both = float((merged(weight, deltas) - weight).norm() / weight.norm())
        first = merged(weight, deltas[:1]) - weight
    assert found["layers.0.mlp.up.weight"].changed == pytest.approx(both, rel=1e-3)
    assert found["layers.0.mlp.down.weight"].changed is None and found["layers.1.mlp.up.weight"].changed is None
    row = found["lesson-1: layers.0.mlp.up"]
    assert (row.part, row.shape, row.count) == ("Adapter", (64, 2, 32), 2 * (64 + 32))
    assert row.norm == pytest.approx(float(first.square().mean().sqrt()), rel=1e-3)
    assert row.changed == pytest.approx(float(first.norm() / weight.norm()), rel=1e-3)
    assert sum(row.part == "Adapter" for row in found.values()) == 4


def random(rows: int, columns: int, generator: torch.Generator) -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.randn(rows, columns, generator=generator))


def test_a_change_is_measured_without_a_matrix_of_the_weights_size() -> None:
    generator = torch.Generator().manual_seed(0)
    deltas = [Delta(random(rank, 40, generator), random(50, rank, generator), 0.5) for rank in (3, 5)]
    with torch.no_grad():
        exact = sum(d.scale * (d.up @ d.down) for d in deltas)
    assert change(deltas) == pytest.approx(float(torch.as_tensor(exact).norm()), rel=1e-5)


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "Q4_1"),
        ("gemma-3-270m-Q4_K_M.gguf", "Q4_K_M"),
        ("model-q8_0.gguf", "Q8_0"),
        ("qwen3-4B-IQ4_XS.gguf", "IQ4_XS"),
        ("model.safetensors", ""),
        ("Qwen2.5-0.5B-f16.gguf", ""),
        ("", ""),
    ],
)
def test_the_kind_of_block_is_read_off_the_name_of_the_file(file: str, kind: str) -> None:
    assert quantised_from(replace(tiny_checkpoint(), origin={"file": file} if file else {})) == kind


def test_without_a_model_it_says_so(paths: Paths, tmp_path: Path) -> None:
    session, _ = session_with(paths, folder_of(tmp_path))
    list(session.unload(UnloadModel(9)))
    with pytest.raises(UserError, match="No model is loaded"):
        list(events(session, ReadParameters(1)))
