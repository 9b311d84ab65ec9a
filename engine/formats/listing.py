"""What the library shows of a model, an adapter, or what is left of one. Knows no disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from engine.errors import UserError
from engine.formats.adapters import TAUGHT, OpenedAdapter
from engine.formats.opened import Checkpoint
from engine.messages import Fit, ModelInfo
from engine.model.config import ModelConfig

Source = Literal["library", "package", "file", "shipped"]
FitOf = Callable[[ModelConfig], Fit]


def unmeasured(config: ModelConfig) -> Fit:
    """For whoever does not ask about memory."""
    return Fit("fits", 0, 0, 0, 0)


def info_of(checkpoint: Checkpoint, source: Source, fit: Fit) -> ModelInfo:
    """What the library shows of an opened model."""
    return ModelInfo(
        name=checkpoint.name,
        title=checkpoint.title,
        architecture=checkpoint.config.architecture,
        parameters=checkpoint.config.parameters(),
        tokenizer=checkpoint.tokenizer_kind,
        vocabulary=checkpoint.config.vocab_size,
        context=checkpoint.config.context,
        stage=checkpoint.stage,
        parent=checkpoint.parent,
        bytes=checkpoint.bytes,
        source=source,
        path=checkpoint.path,
        licence=checkpoint.licence,
        has_template=checkpoint.template is not None,
        fit=fit,
    )


def adapter_info(opened: OpenedAdapter, base: Checkpoint, source: Source, fit: Fit) -> ModelInfo:
    """An adapter is as its base is, but for what is its own."""
    info = info_of(base, source, fit)
    own = {"name": opened.name, "title": opened.title, "path": opened.path, "bytes": opened.bytes}
    return replace(info, **own, stage=TAUGHT, parent=opened.base)


def damaged(path: Path, error: UserError) -> ModelInfo:
    """All that can be said of a model that cannot be opened."""
    nothing = Fit("too big", 0, 0, 0, 0)
    return ModelInfo(
        path.name, path.name, "", 0, "sentencepiece", 0, 0, "", None, 0, "library", path, "", False, nothing,
        problem=error.message,
    )  # fmt: skip


def without_base(opened: OpenedAdapter, error: UserError) -> ModelInfo:
    """An adapter whose base is gone or is another model now."""
    info = damaged(opened.path, error)
    return replace(info, title=opened.title, stage=TAUGHT, parent=opened.base or None, bytes=opened.bytes)
