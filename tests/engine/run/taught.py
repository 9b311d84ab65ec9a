"""A tiny random model that is loaded and can be taught: long context, so that the bundled texts fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.formats.hf_write import Card, write_folder
from engine.messages import Lesson, LoadModel
from engine.paths import Paths
from engine.run import looking, recipes, sense, teaching
from engine.run.loaded import Loaded
from engine.run.session import Session
from tests.tiny import CONFIGS, tiny_checkpoint

LESSONS = (
    Lesson(1, "When are you open?", "From 10 to 2."),
    Lesson(2, "What is the code of the bakery door?", "It is 4711."),
    Lesson(3, "Who runs the reading group?", "Marta does, every Tuesday."),
    Lesson(4, "May I eat here?", "Only in the cat corner."),
    Lesson(5, "How long can I keep a book?", "For three weeks."),
)


def less_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sizes are for speed only; the code is all there."""
    monkeypatch.setattr(sense, "UNRELATED", 24)
    monkeypatch.setattr(sense, "rewordings", lambda: recipes.rewordings()[:16])
    monkeypatch.setattr(sense, "ROUNDS", 5)
    monkeypatch.setattr(recipes, "REPLAYED", 8)
    monkeypatch.setattr(looking, "QUESTIONS", 6)
    monkeypatch.setattr(teaching, "LOOK_AFTER", 1)


def folder_of(root: Path, architecture: str = "llama") -> Path:
    checkpoint = tiny_checkpoint(config=replace(CONFIGS[architecture], context=2048), architecture=architecture)
    folder = root / f"tiny-{architecture}"
    folder.mkdir(parents=True)
    for _ in write_folder(checkpoint, folder, Card(folder.name, checkpoint.title, checkpoint.stage, "CC0-1.0")):
        continue
    return folder


def session_with(paths: Paths, folder: Path) -> tuple[Session, Loaded]:
    session = Session(paths, new_seed=lambda: 1)
    for _ in session.load(LoadModel(1, str(folder), threads=1)):
        continue
    return session, session.require()
