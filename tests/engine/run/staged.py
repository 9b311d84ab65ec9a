"""A session whose library has models to compare: “base” with the adapters “mine” and “other”, and two more models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from engine.formats import packages
from engine.formats.hf_write import Card, write_folder
from engine.formats.library import Library
from engine.formats.opened import Checkpoint, TokenIds
from engine.messages import Command, Event, LoadModel, Result
from engine.paths import Paths
from engine.run.session import Session
from engine.text.fast import FastTokenizer
from tests.engine.formats.taught import finished, model_of, random_adapter, taught, with_base
from tests.fakes import byte_level_json
from tests.tiny import TEMPLATE, tiny_checkpoint

V = TypeVar("V")


def byte_level_checkpoint() -> Checkpoint:
    """Another vocabulary, without a start token."""
    tokenizer = FastTokenizer(byte_level_json())
    end = tokenizer.control_tokens()["<|im_end|>"]
    return replace(
        tiny_checkpoint(seed=3),
        name="bytes",
        title="Bytes",
        token_ids=TokenIds(None, (end,), None, None, add_bos=False),
        template=TEMPLATE,
        tokenizer_kind="byte-level BPE",
        read_tokenizer=lambda: FastTokenizer(byte_level_json()),
        tokenizer_file=lambda: ("tokenizer.json", byte_level_json().encode()),
    )


def write(checkpoint: Checkpoint, folder: Path) -> Path:
    folder.mkdir(parents=True)
    for _ in write_folder(checkpoint, folder, Card(folder.name, checkpoint.title, checkpoint.stage, "CC0-1.0")):
        continue
    return folder


def staged(paths: Paths, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """Beside “base” and its adapters “qwen”, of the same vocabulary, and “bytes”, of another. “mine” is loaded."""
    monkeypatch.setattr(packages, "PACKAGES", ())
    library = Library(paths)
    taught(library, folder)
    base = library.find("base")
    library.save_adapter("other", random_adapter(model_of(base), seed=5), base, title="Other")
    library.rename(with_base(library, folder, "qwen3").name, "qwen")
    finished(library.import_model(write(byte_level_checkpoint(), folder / "bytes"), "bytes"))
    session = Session(paths)
    for _ in session.load(LoadModel(1, "mine", threads=1)):
        continue
    yield session
    session.loaded = None


def load(session: Session, name: str) -> None:
    for _ in session.load(LoadModel(1, name, threads=1)):
        continue


def events_of(session: Session, command: Command) -> list[Event]:
    return list(session.handlers()[type(command)](command))


def answer(session: Session, command: Command, kind: type[V]) -> V:
    """What the job ends with."""
    (value,) = [event.value for event in events_of(session, command) if isinstance(event, Result)]
    assert isinstance(value, kind)
    return value
