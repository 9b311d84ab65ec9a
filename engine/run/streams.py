"""The stream of a text between the layers, from which attention, lenses and their training are made.

Knows ids and the model, not what is looked for in the stream.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch
from torch import Tensor

from engine.errors import UserError
from engine.messages import Message
from engine.model.cache import KVCache
from engine.model.transformer import Transformer
from engine.run.loaded import Loaded
from engine.run.receipt import token_text
from engine.text.tokenizer import Tokenizer

CHUNK = 64
"""Tokens read in one step."""


def text_ids(loaded: Loaded, text: str) -> list[int]:
    """What the model reads for a plain text. Raises UserError for an empty one."""
    ids = loaded.ids((Message("user", text),), raw=True)
    if not text or len(ids) == len(loaded.start):
        raise UserError("There is nothing to read: the text is empty", "Give a text of at least one character.")
    return ids


def tail(ids: Sequence[int], start: Sequence[int], longest: int) -> tuple[list[int], int]:
    """The last `longest` tokens, the start token before them if the model has one; and how many were left out."""
    cut = max(0, len(ids) - longest)
    return ([*start, *ids[len(start) + cut :]] if cut else list(ids)), cut


def pieces(tokenizer: Tokenizer, ids: Sequence[int]) -> tuple[str, ...]:
    """The tokens as they would be written."""
    return tuple(token_text(tokenizer, token) for token in ids)


def read_streams(model: Transformer, ids: Sequence[int], last: int) -> Generator[tuple[int, int], None, Tensor]:
    """Float32 [layers + 1, last, hidden]: before the first layer and after each, at the last tokens.

    Yields (done, total) in tokens. Ids must not be empty.
    """
    cache = model.new_cache()
    kept: list[Tensor] = []
    for at in range(0, len(ids), CHUNK):
        chunk = ids[at : at + CHUNK]
        stream = read_on(model, chunk, cache)
        kept.append(stream[:, max(0, len(ids) - last - at) :])
        yield at + len(chunk), len(ids)
    return torch.cat(kept, 1)


def read_on(model: Transformer, ids: Sequence[int], cache: KVCache | None = None) -> Tensor:
    """One step of `read_streams`: float32 [layers + 1, len(ids), hidden]. Nothing is kept for gradients."""
    seen: list[Tensor] = []

    def tap(name: str, stream: Tensor) -> None:
        if name != "norm":
            seen.append(stream[0].float())

    # No inference mode: what is learned from a stream later needs ordinary tensors.
    with torch.inference_mode(False), torch.no_grad():
        model.read(torch.tensor([list(ids)], device=model.device), cache, tap=tap)
    return torch.stack(seen)
