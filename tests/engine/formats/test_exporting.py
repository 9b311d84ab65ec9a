"""What leaves the library opens elsewhere with the same logits, or nothing is written at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from engine.errors import UserError
from engine.formats import intake, packages
from engine.formats.checkpoint import open_checkpoint
from engine.formats.exporting import export, merge
from engine.formats.lessons import read_lessons
from engine.formats.library import Library
from engine.paths import Paths
from tests.engine.formats.taught import IDS, LESSONS, finished, logits, model_of, random_adapter, taught
from tests.tiny import TEMPLATE, write_tiny_checkpoint

os.environ["HF_HUB_OFFLINE"] = "1"
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def library(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Library:
    """An empty one: no package is installed."""
    monkeypatch.setattr(packages, "PACKAGES", ())
    return Library(paths)


@torch.inference_mode()
def theirs(folder: Path) -> torch.Tensor:
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()(IDS).logits


def same(ours: torch.Tensor, others: torch.Tensor, atol: float = 1e-4) -> None:
    torch.testing.assert_close(ours, others, atol=atol, rtol=1e-4)


@pytest.mark.parametrize("architecture", ["llama", "mistral", "qwen2", "qwen3", "gemma3"])
def test_a_merged_folder_opens_in_transformers(architecture: str, library: Library, tmp_path: Path) -> None:
    expected = taught(library, tmp_path, architecture)
    folder = finished(export(library, "mine", tmp_path / "deep" / "out", "hf"))
    assert folder == tmp_path / "deep" / "out"
    same(theirs(folder), expected)
    opened = open_checkpoint(folder)
    same(logits(model_of(opened)), expected)
    base = library.find("base")
    assert (opened.config, opened.token_ids, opened.template) == (base.config, base.token_ids, TEMPLATE)
    assert (opened.stage, opened.parent, opened.licence) == ("taught", "base", "CC0-1.0")
    assert read_lessons(folder) == LESSONS
    card = json.loads((folder / "nextword.json").read_text())
    assert card["parent"] == {"name": "base", "sha256": base.sha256} and card["source"]["adapter"] == "mine"
    assert card["notes"] == {"settings": {"rank": 4}, "results": {"recall": 1.0}}
    readme = (folder / "README.md").read_text()
    assert f"Made from: base (sha256 of its weights: {base.sha256})" in readme and "the adapter: mine" in readme
    generation = json.loads((folder / "generation_config.json").read_text())
    assert generation["eos_token_id"] == [2, 5]
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    assert tokenizer.chat_template.strip() == TEMPLATE.strip()
    if architecture not in ("qwen2", "gemma3"):  # whose own tokenizers are of another kind than the tiny one
        assert tokenizer("The cat sat.").input_ids == [1, *base.tokenizer().encode("The cat sat.")]
    assert list((tmp_path / "deep").iterdir()) == [folder]


def test_a_plain_model_is_exported_as_it_is(library: Library, tmp_path: Path) -> None:
    taught(library, tmp_path)
    (tmp_path / "out").mkdir()  # an empty folder is as good as none
    folder = finished(export(library, "base", tmp_path / "out", "hf"))
    before, after = (load_file(path / "model.safetensors") for path in (library.models / "base", folder))
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize(("precision", "atol"), [("float32", 1e-4), ("float16", 0.05), ("bfloat16", 0.4)])
def test_a_folder_gets_the_precision_that_was_asked_for(
    precision: str, atol: float, library: Library, tmp_path: Path
) -> None:
    expected = taught(library, tmp_path)
    folder = finished(export(library, "mine", tmp_path / "out", "hf", precision))
    assert load_file(folder / "model.safetensors")["model.layers.0.mlp.up_proj.weight"].dtype == getattr(
        torch, precision
    )
    assert json.loads((folder / "config.json").read_text())["torch_dtype"] == precision
    same(theirs(folder), expected, atol)


def test_what_was_merged_is_as_precise_as_its_base(library: Library, tmp_path: Path) -> None:
    """Added up in float32 and rounded once, to what the base is kept in."""
    source = write_tiny_checkpoint(tmp_path / "source")
    halves = finished(library.import_model(source, "wide"))
    finished(export(library, halves, tmp_path / "halves", "hf", "bfloat16"))
    base = library.find(finished(library.import_model(tmp_path / "halves", "base")))
    adapter = random_adapter(model_of(base))
    library.save_adapter("mine", adapter, base)
    name = finished(merge(library, "mine", "Whole One"))
    assert name == "whole-one"
    found, plain = dict(library.find(name).tensors()), dict(base.tensors())
    delta = adapter.deltas["layers.0.mlp.up"]
    wanted = plain["layers.0.mlp.up.weight"].float() + delta.scale * (delta.up @ delta.down).detach()
    assert torch.equal(found["layers.0.mlp.up.weight"], wanted.bfloat16())
    assert torch.equal(found["embed.weight"], plain["embed.weight"])
    info = library.info(name)
    assert (info.stage, info.parent, info.problem) == ("taught", "base", "")
    assert finished(library.verify(name)).intact


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "gemma3"])
def test_an_exported_adapter_opens_in_peft(architecture: str, library: Library, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    expected = taught(library, tmp_path, architecture)
    folder = finished(export(library, "mine", tmp_path / "out", "peft"))
    base = transformers.AutoModelForCausalLM.from_pretrained(library.models / "base")
    with torch.inference_mode():
        same(peft.PeftModel.from_pretrained(base, folder).eval()(IDS).logits, expected)
    name = finished(library.import_model(folder, "again"))  # and comes back into the library
    again = library.open_adapter(name)
    assert (again.base, again.notes["settings"], read_lessons(again.path)) == ("base", {"rank": 4}, LESSONS)
    same(logits(model_of(library.find(name))), expected)


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3", "gemma3"])
def test_a_gguf_file_holds_base_and_adapter(architecture: str, library: Library, tmp_path: Path) -> None:
    expected = taught(library, tmp_path, architecture)
    path = finished(export(library, "mine", tmp_path / "out", "gguf", "float32"))
    assert path == tmp_path / "out" / "mine-F32.gguf"
    opened = open_checkpoint(path)
    same(logits(model_of(opened)), expected)
    assert (opened.title, opened.template, opened.token_ids.eos) == ("Mine", TEMPLATE, (2, 5))
    for precision, name in (("auto", "F16"), ("bfloat16", "BF16"), ("int8", "Q8_0")):
        path = finished(export(library, "mine", tmp_path / "out", "gguf", precision))
        assert path.name == f"mine-{name}.gguf"
        assert (logits(model_of(open_checkpoint(path))) - expected).abs().mean() < 0.1
    given = tmp_path / "own name.gguf"
    assert finished(export(library, "base", given, "gguf")) == given


# ---- what goes wrong ----------------------------------------------------------------
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))


def failing(code: int) -> Callable[[pytest.MonkeyPatch], None]:
    def fail(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    return lambda monkeypatch: monkeypatch.setattr("os.fsync", fail)


DISKS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "full before": (full, r"GB on the disk, and 0\.0 GB are free"),
    "full while writing": (failing(errno.ENOSPC), "The disk is full"),
    "fails": (failing(errno.EIO), "could not be written"),
    "forbidden": (failing(errno.EACCES), "The folder to export to may not be written to"),
}


@pytest.mark.parametrize("disk", DISKS)
@pytest.mark.parametrize("kind", ["hf", "peft", "gguf"])
def test_a_disk_that_fails_leaves_nothing(
    kind: Any, disk: str, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught(library, tmp_path)
    break_disk, says = DISKS[disk]
    with monkeypatch.context() as broken:
        break_disk(broken)
        with pytest.raises(UserError, match=says):
            finished(export(library, "mine", tmp_path / "out" / "deep", kind))
    assert not (tmp_path / "out").exists() and not list(tmp_path.rglob(".partial-*"))
    finished(export(library, "mine", tmp_path / "out", kind))


@pytest.mark.parametrize("kind", ["hf", "peft", "gguf"])
def test_a_stopped_export_leaves_nothing(kind: Any, library: Library, tmp_path: Path) -> None:
    taught(library, tmp_path)
    before = sorted(tmp_path.rglob("*"))
    job = export(library, "mine", tmp_path / "out", kind)
    next(job)
    job.close()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", ["hf", "peft"])
def test_nothing_that_is_there_is_written_over(kind: Any, library: Library, tmp_path: Path) -> None:
    taught(library, tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("dear")
    with pytest.raises(UserError, match="“out” is not empty"):
        finished(export(library, "mine", tmp_path / "out", kind))
    with pytest.raises(UserError, match=r"“letter\.txt” is a file"):
        finished(export(library, "mine", tmp_path / "out" / "letter.txt", kind))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["letter.txt"]


def test_a_gguf_file_that_is_there_stays(library: Library, tmp_path: Path) -> None:
    taught(library, tmp_path)
    finished(export(library, "mine", tmp_path / "out", "gguf"))
    with pytest.raises(UserError, match=r"“mine-F16\.gguf” is there already"):
        finished(export(library, "mine", tmp_path / "out", "gguf"))


@pytest.mark.parametrize("kind", ["hf", "peft", "gguf"])
def test_a_folder_below_a_file_is_said(kind: Any, library: Library, tmp_path: Path) -> None:
    taught(library, tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError) as refused:
        finished(export(library, "mine", tmp_path / "file" / "out", kind))
    assert refused.value.hint and (tmp_path / "file").read_text() == "x"


def test_an_export_cannot_be_merged_from_what_is_no_adapter(library: Library, tmp_path: Path) -> None:
    taught(library, tmp_path)
    with pytest.raises(UserError, match="whole model, not an adapter"):
        finished(merge(library, "base", "x"))
    with pytest.raises(UserError, match="already a model called “base”"):
        finished(merge(library, "mine", "base"))
    with pytest.raises(UserError, match="whole model, not an adapter"):
        finished(export(library, "base", tmp_path / "out", "peft"))
