"""How sizes and verdicts are said."""

from __future__ import annotations

import pytest

from desktop.models import wording
from engine.messages import ModelInfo, Progress
from tests.desktop.models.scripted import fit, model


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_100_000, "1.1 MB"), (98_362_432, "98 MB"), (1_400_000_000, "1.4 GB")],
)
def test_amounts(size: int, said: str) -> None:
    assert wording.amount(size).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("parameters", "said"),
    [(260_000, "0.26 M"), (6_800_000, "6.8 M"), (134_515_008, "135 M"), (3_100_000_000, "3.1 B")],
)
def test_counts(parameters: int, said: str) -> None:
    assert wording.count(parameters).replace("\u00a0", " ") == said


def test_a_verdict_comes_with_its_numbers_and_says_that_they_are_estimates() -> None:
    assert wording.need(fit("fits")).replace("\u00a0", " ") == "chat takes about 600 MB"
    too_big = wording.need(fit("too big", 11_400_000_000))
    assert too_big.replace("\u00a0", " ") == "needs about 11.4 GB, 9.4 GB are free"


@pytest.mark.parametrize(
    ("info", "said"),
    [
        (model(), "Chat"),
        (model(stage="taught", parent="SmolLM2"), "Taught from SmolLM2"),
        (model(stage="preferred", parent="SmolLM2"), "Preferred, taught from SmolLM2"),
    ],
)
def test_lineage_is_said(info: ModelInfo, said: str) -> None:
    assert wording.kind(info) == said


def test_progress_says_how_far() -> None:
    assert wording.progress(Progress(1, 62_000_000, 98_000_000, "Copying")) == "62\u00a0MB of 98\u00a0MB"
