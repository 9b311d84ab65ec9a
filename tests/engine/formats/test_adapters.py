"""Adapters are things in the library: kept whole, found with their base, and said to be without it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.errors import UserError
from engine.formats import packages
from engine.formats.adapters import load_adapter, load_cards
from engine.formats.library import Library
from engine.messages import Fit
from engine.paths import Paths
from tests.engine.formats.taught import LESSONS, finished, logits, model_of, random_adapter, taught


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
