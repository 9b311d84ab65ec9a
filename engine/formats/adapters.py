"""Adapters as folders of ours: PEFT's two files, `nextword.json` and the pairs they were taught.

Knows one folder; which base it belongs to is looked up by whoever knows all models (`bases`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.formats.card import CARD, Card, write_card
from engine.formats.fields import Fields, read_json_or_nothing
from engine.formats.hashes import hash_files
from engine.formats.lessons import PAIRS, read_lessons, write_lessons
from engine.formats.opened import Checkpoint
from engine.formats.peft import PeftFolder, open_peft, our_layers, read_adapter, write_peft
from engine.messages import Lesson
from engine.model.config import ModelConfig

if TYPE_CHECKING:
    from torch import Tensor

    from engine.model.lora import Adapter
    from engine.model.transformer import Transformer

TAUGHT = "taught"


@dataclass(frozen=True, slots=True)
class OpenedAdapter:
    """An adapter on disk, of which no weights were read."""

    name: str
    title: str
    path: Path
    base: str
    """The library name of its base, or its path; what a strange folder says until the base was found."""
    base_sha256: str
    """Of the weights it was made for; empty where nobody kept it."""
    sha256: str
    """Of its own weights; empty where nobody kept it."""
    peft: PeftFolder
    card: Fields

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.path.iterdir() if path.is_file())

    @property
    def for_cards(self) -> bool:
        """See `Adapter.for_cards`; never without the cards."""
        return self.card.inner("notes").inner("settings").flag("for_cards", False) and (self.path / PAIRS).is_file()

    @property
    def notes(self) -> Mapping[str, object]:
        """How it was taught and what came of it, as `save_adapter` was told."""
        return self.card.inner("notes").values


def open_adapter_folder(folder: Path, name: str | None = None) -> OpenedAdapter:
    """UserError for everything that shows without its base and without reading weights."""
    peft, card = open_peft(folder), read_json_or_nothing(folder / CARD)
    parent = card.inner("parent")
    return OpenedAdapter(
        name=card.text("name", folder.name) if name is None else name,
        title=card.text("title", folder.name),
        path=folder,
        base=parent.text("name", peft.config.base),
        base_sha256=parent.text("sha256", ""),
        sha256=card.text("weights_sha256", ""),
        peft=peft,
        card=card,
    )


def check_fits(opened: OpenedAdapter, config: ModelConfig) -> None:
    """UserError where a model of this config has no such layers."""
    our_layers(opened.peft, config)


def load_adapter(opened: OpenedAdapter, model: Transformer) -> Adapter:
    """Its matrices in float32 where the model is; `engine.model.lora.attach` puts them on top of it."""
    adapter = read_adapter(opened.peft, model.config, model.device)
    adapter.for_cards = opened.for_cards
    return adapter


def load_cards(opened: OpenedAdapter) -> tuple[Lesson, ...]:
    """The pairs it was taught; none where they were not kept."""
    return read_lessons(opened.path)


def adapter_bytes(adapter: Adapter) -> int:
    return sum(4 * parameter.numel() for parameter in adapter.parameters())


def write_adapter(
    folder: Path, adapter: Adapter, config: ModelConfig, card: Card, lessons: Sequence[Lesson] = ()
) -> Generator[tuple[int, int], None, None]:
    """Write everything into an empty folder, yielding (done, total) bytes."""
    total = max(adapter_bytes(adapter), 1)
    base = "" if card.parent is None else card.parent["name"]
    files = [*write_peft(folder, adapter, config, base), *write_lessons(folder, lessons)]
    yield 0, total
    hashing, done = hash_files(files), 0
    while True:
        try:
            done += next(hashing)
        except StopIteration as finished:
            write_card(folder, card, finished.value)
            return
        yield min(done, total), total


def merged_with(base: Checkpoint, adapters: Sequence[OpenedAdapter]) -> Checkpoint:
    """The base with these adapters in its weights, as if it were a model on disk.

    Weights that change are given in float32; whoever writes or loads them rounds them once.
    """
    top = adapters[-1]
    for opened in adapters:
        check_fits(opened, base.config)
    return replace(
        base,
        name=top.name,
        title=top.title,
        path=top.path,
        stage=TAUGHT,
        parent=base.name,
        bytes=base.bytes + sum(opened.bytes for opened in adapters),
        read_tensors=lambda: _merged(base, adapters),
        sha256="",
        origin={},
    )


def _merged(base: Checkpoint, adapters: Sequence[OpenedAdapter]) -> Iterator[tuple[str, Tensor]]:
    import torch

    from engine.model.lora import merged

    loaded = [read_adapter(opened.peft, base.config) for opened in adapters]
    for name, tensor in base.tensors():
        deltas = [found for one in loaded if (found := one.deltas.get(name.removesuffix(".weight"))) is not None]
        with torch.no_grad():
            yield name, (merged(tensor.float(), deltas) if deltas else tensor)
