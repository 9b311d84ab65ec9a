"""Runs of pre-training that are over in a second: a few stories, a small vocabulary, a very small model."""

from __future__ import annotations

import random
from pathlib import Path

from engine.messages import Event, PretrainSettings, Result, TextSource
from engine.paths import Paths
from engine.run.session import Session

NAMES = ("Anna", "Ben", "Clara", "David", "Emma", "Finn")
THINGS = ("cat", "dog", "boat", "house", "garden", "apple", "river", "book")
VERBS = ("likes", "sees", "paints", "finds", "carries", "washes")


def story(number: int) -> str:
    """Ten plain sentences."""
    luck = random.Random(number)
    return " ".join(
        f"{luck.choice(NAMES)} {luck.choice(VERBS)} the {luck.choice(THINGS)} near the {luck.choice(THINGS)}."
        for _ in range(10)
    )


def write_stories(folder: Path, count: int = 60) -> tuple[TextSource, ...]:
    """A folder of text files, one story each."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"story-{number:03}.txt").write_text(story(number), encoding="utf-8")
    return (TextSource("Stories", folder),)


SMALL = PretrainSettings(
    "tiny", vocabulary=400, tokens=12_000, layers=2, width=64, context=32, batch=512, precision="float32", seed=3,
    prompts=("Anna likes",),
)  # fmt: skip


def session_in(folder: Path) -> Session:
    return Session(Paths.under(folder))


def result(events: list[Event]) -> object:
    """What the last `Result` among them carries."""
    return next(event.value for event in reversed(events) if isinstance(event, Result))
