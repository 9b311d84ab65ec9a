"""A model that was trained here, as the checkpoint that the library keeps and the chat loads. Knows no training."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor

from engine.formats.opened import Checkpoint, TokenIds
from engine.model.transformer import Transformer
from engine.text.sentencepiece import SentencePieceTokenizer

UNKNOWN, START, END = 0, 1, 2
"""Ids of the control tokens that every vocabulary made here begins with."""


def checkpoint_of(
    model: Transformer, vocabulary: bytes, name: str, title: str, *, template: str | None = None, stage: str = "base"
) -> Checkpoint:
    """Its tensors are the model's own: read them before it is trained on."""

    def tensors() -> Iterator[tuple[str, Tensor]]:
        for key, parameter in model.named_parameters():
            yield key, parameter.detach().cpu()

    size = sum(parameter.nbytes for parameter in model.parameters())
    return Checkpoint(
        name=name,
        title=title,
        path=Path(name),
        config=model.config,
        token_ids=TokenIds(START, (END,), None, UNKNOWN, add_bos=True),
        template=template,
        licence="",
        bytes=size,
        unpacked_bytes=size,
        stage=stage,
        parent=None,
        tokenizer_kind="sentencepiece",
        read_tokenizer=lambda: SentencePieceTokenizer(vocabulary),
        read_tensors=tensors,
        tokenizer_file=lambda: ("tokenizer.model", vocabulary),
    )


def tensors_hash(checkpoint: Checkpoint) -> str:
    """The sha256 that receipts name a model by which is in no file."""
    digest = hashlib.sha256()
    for name, tensor in checkpoint.tensors():
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().data)
    return digest.hexdigest()
