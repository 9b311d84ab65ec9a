"""A reply is the same whoever reads its tokens, and the compiled step takes over only between replies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.messages import Generate, LoadedModel, LoadModel, Message, ReplyEnd, Result, Sampling, Tokens
from engine.model.step.packed import Kind, Packed, multiplied
from engine.model.step.rounding import quantized
from engine.model.step.unpacked import unpacked
from engine.paths import Paths
from engine.run import kernels
from engine.run.kernels import VARIANTS, Kernels, folder_in
from engine.run.quick import FEW_PARTS, MOST, PARTS
from engine.run.sampling import Sampler
from engine.run.session import Session
from tests.tiny import write_tiny_checkpoint

ASK = (Message("user", "What is the capital of France?"),)


class There(Kernels):
    """As if all were in the cache, or nothing: the first call compiles, here."""

    there = True

    def ready(self, cache: str) -> bool:
        return self.there


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_checkpoint(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def session(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setattr("engine.run.session.Kernels", There)
    session = Session(paths, new_seed=lambda: 123)
    yield session
    session.loaded = None


def load(session: Session, folder: Path, precision: str = "auto") -> str:
    (event,) = [e for e in session.load(LoadModel(1, str(folder), precision=precision)) if isinstance(e, Result)]
    assert isinstance(event.value, LoadedModel)
    return event.value.precision


def reply(session: Session, temperature: float = 0.0) -> tuple[list[int], str]:
    events = list(session.generate(Generate(2, ASK, Sampling(temperature=temperature), max_new_tokens=40)))
    assert isinstance(events[-1], Result) and isinstance(events[-1].value, ReplyEnd)
    pieces = [piece for event in events if isinstance(event, Tokens) for piece in event.pieces]
    return [piece.id for piece in pieces], "".join(piece.text for piece in pieces)


@pytest.mark.parametrize("precision", ["float32", "int8", "int4"])  # in bfloat16 torch rounds between the operations
@pytest.mark.parametrize("temperature", [0.0, 0.9])
def test_a_reply_is_the_same_by_torch_and_by_the_compiled_step(
    precision: str, temperature: float, session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(session, folder, precision) == precision
    quick = reply(session, temperature)
    assert session.loaded is not None and session.loaded.prefix._quick is not None
    assert session.loaded.prefix._quick._step is not None
    monkeypatch.setattr(There, "there", False)
    session.loaded.forget()
    slow = reply(session, temperature)
    assert session.loaded.prefix._quick is not None and session.loaded.prefix._quick._step is None
    assert quick == slow


def test_it_takes_over_between_replies_and_goes_on_with_what_was_read(
    session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(There, "there", False)
    load(session, folder)
    assert session.loaded is not None
    first = reply(session)
    prefix = session.loaded.prefix
    monkeypatch.setattr(There, "there", True)
    assert reply(session) == first
    assert session.loaded.prefix is prefix and prefix._quick is not None and prefix._quick._step is not None


def test_int8_rounds_the_weights_that_torch_reads_with_too(session: Session, folder: Path) -> None:
    load(session, folder, "float32")
    assert session.loaded is not None
    exact = {name: weight.clone() for name, weight in multiplied(session.loaded.model).items()}
    load(session, folder, "int8")
    for name, weight in multiplied(session.loaded.model).items():
        assert torch.equal(weight, unpacked(quantized(exact[name]))) and not torch.equal(weight, exact[name])
    load(session, folder, "float32")
    assert all(torch.equal(weight, exact[name]) for name, weight in multiplied(session.loaded.model).items())


def test_nothing_is_copied_where_memory_is_short(
    session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.device.memory", lambda: (1 << 20, 1 << 10))
    monkeypatch.setattr("engine.run.session.refuse_too_big", lambda *_: None)
    load(session, folder, "float32")
    assert session.loaded is not None and session.loaded.packed is None
    assert reply(session)[0]


@pytest.mark.parametrize("there", [True, False])
def test_the_step_is_in_memory_before_the_first_question(
    there: bool, session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(There, "there", there)
    load(session, folder)
    assert session.loaded is not None
    assert session.loaded.prefix.compiled is there and session.loaded.prefix.ids == []
    assert session.loaded.prefix._cache.length == 0


@pytest.mark.parametrize("there", [True, False])
def test_beside_the_compiled_step_torch_keeps_to_one_thread(
    there: bool, session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only while a token is picked: what torch reads by itself it reads with all of them, also afterwards."""
    picking: list[int] = []
    monkeypatch.setattr(There, "there", there)
    picked = Sampler.pick

    def pick(*given: Any) -> int:
        picking.append(torch.get_num_threads())
        return picked(*given)

    monkeypatch.setattr(Sampler, "pick", pick)
    load(session, folder)
    torch.set_num_threads(2)
    assert reply(session)[0]
    assert set(picking) == {1 if there else 2} and torch.get_num_threads() == 2


# ---- between starts --------------------------------------------------------------------
def test_a_second_start_looks_at_no_weight_and_says_the_same(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: Paths
) -> None:
    folder = write_tiny_checkpoint(tmp_path / "tiny")
    (file,) = folder.glob("*.safetensors")
    save_file({name: weight.bfloat16().float() for name, weight in load_file(file).items()}, file)
    load(session, folder)
    first = reply(session)
    assert session.loaded is not None and session.loaded.packed is not None
    weights = {name: weight.clone() for name, weight in multiplied(session.loaded.model).items()}
    assert session.loaded.packed.kinds == {Kind.BFLOAT16}
    session.loaded = None
    assert len(list(paths.cache.glob("packed-*"))) == 1
    monkeypatch.setattr(Packed, "take", lambda *_, **__: pytest.fail("it was packed again"))
    load(session, folder)
    assert reply(session) == first
    assert session.loaded is not None
    for name, weight in multiplied(session.loaded.model).items():
        assert torch.equal(weight, weights[name])


def test_int8_is_not_kept_since_it_is_rounded_as_fast(session: Session, tmp_path: Path, paths: Paths) -> None:
    load(session, write_tiny_checkpoint(tmp_path / "tiny"), "int8")
    assert reply(session)[0] and not list(paths.cache.glob("packed-*"))


def test_int4_is_fitted_once_and_is_not_what_is_read_in_another_precision(
    session: Session, tmp_path: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_tiny_checkpoint(tmp_path / "tiny")
    load(session, folder, "float32")
    exact = reply(session)
    load(session, folder, "int4")
    first, packed = reply(session), session.require().packed
    assert packed is not None and Kind.BLOCKS_INT4 in packed.kinds
    monkeypatch.setattr("engine.model.step.rounding.fitted", lambda *_: pytest.fail("it was fitted again"))
    load(session, folder, "float32")
    assert reply(session) == exact
    load(session, folder, "int4")
    again = session.require().packed
    assert reply(session) == first and again is not None and again is not packed
    assert again.rounding == packed.rounding and len(again.rounding) == len(again.matrices)


# ---- the cache -------------------------------------------------------------------------
def test_every_variant_is_made_in_a_process_of_its_own(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(kernels.COMPILE)
    made = Kernels(paths.cache)
    made.begin()
    if made._process is not None:  # otherwise an earlier run of the tests made them
        made._process.join(300)
        assert made._process.exitcode == 0
    assert all(made.ready(variant) for variant in VARIANTS)
    again = Kernels(paths.cache)
    again.begin()
    assert again._process is None


def test_a_folder_that_cannot_be_written_leaves_it_to_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    monkeypatch.setenv(kernels.ROOT, str(tmp_path / "cache"))
    monkeypatch.delenv(kernels.COMPILE)
    monkeypatch.setenv(kernels.FOLDER, "")
    made = Kernels(tmp_path)
    made.begin()
    assert made._process is not None
    made._process.join(120)
    assert made._process.exitcode not in (0, None)
    assert not any(made.ready(variant) for variant in VARIANTS)
    made.begin()
    assert made._process.exitcode is not None, "it is not tried again and again"


def test_another_source_or_processor_is_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """numba itself would take what it made of an older file that the step only calls."""
    before = folder_in(tmp_path)
    assert folder_in(tmp_path) == before
    monkeypatch.setattr(kernels, "_processor", lambda: "another one")
    assert folder_in(tmp_path) != before
    monkeypatch.undo()
    root = tmp_path / "engine" / "run" / "kernels.py"
    shutil.copytree(Path(kernels.__file__).parent.parent / "model" / "step", tmp_path / "engine" / "model" / "step")
    monkeypatch.setattr(kernels, "__file__", str(root))
    assert folder_in(tmp_path) == before
    (tmp_path / "engine" / "model" / "step" / "parts.py").touch()
    assert folder_in(tmp_path) != before


def test_what_an_earlier_version_made_is_swept_and_nothing_else(tmp_path: Path) -> None:
    for name in ("kernels-old", "kernels-new", "corpus"):
        (tmp_path / name).mkdir()
    kernels._sweep(tmp_path / "kernels-new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus", "kernels-new"]


IDS = [1 + n * 7 % 200 for n in range(PARTS + 50)]


@pytest.mark.parametrize("precision", ["int8", "int4"])
@pytest.mark.parametrize("past", [0, 30])
def test_a_long_prompt_is_read_by_torch_while_its_weights_go_on_resting(
    precision: str, past: int, session: Session, folder: Path
) -> None:
    load(session, folder, precision)
    loaded = session.require()
    ids, before = IDS[: past + FEW_PARTS + 40], loaded.model.nbytes
    loaded.prefix.reuse(ids)
    assert loaded.prefix.compiled and loaded.model.resting, "they were never put into the model"
    if past:
        loaded.prefix.read(ids[:past])
    found = loaded.prefix.read(ids[past:])
    assert loaded.prefix.ids == ids and loaded.prefix._cache.length == len(ids)
    assert loaded.model.resting and loaded.model.nbytes == before
    with torch.inference_mode():
        exact = loaded.model(torch.tensor([ids]))[0, -1]
    assert not loaded.model.resting and (found - exact).abs().max() < 1e-3


def test_all_logits_of_a_text_are_read_in_parts_and_of_a_longer_one_with_weights_that_stay(
    session: Session, folder: Path
) -> None:
    load(session, folder, "int8")
    loaded = session.require()
    loaded.prefix.reuse(IDS[:200])
    found = loaded.prefix.read(IDS[:200], every=True)
    assert loaded.model.resting and found.shape[0] == 200 > MOST
    loaded.prefix.cut(0)
    assert loaded.prefix.read(IDS[: PARTS + 1], every=True)[:200].sub(found).abs().max() < 1e-3
    assert not loaded.model.resting


@pytest.mark.skipif(not Path("/proc/self/maps").is_file(), reason="only Linux says what is mapped")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_what_takes_no_less_packed_lies_in_memory_once_and_not_in_the_file(
    precision: str, session: Session, folder: Path
) -> None:
    load(session, folder, precision)
    loaded = session.require()
    assert loaded.packed is not None and not loaded.model.resting
    for name, matrix in loaded.packed.matrices.items():
        assert matrix.rows.data_ptr() == loaded.model.get_parameter(name).data_ptr()
    mapped = [line for line in Path("/proc/self/maps").read_text().splitlines() if str(folder) in line]
    assert not mapped, "a file that is mapped cannot be replaced while the model is loaded"
