"""What each layer would say next: its stream through the model's last norm and head (the logit lens).

Early layers do not yet speak the language of the head, so the plain lens misleads there; a trained lens (arXiv
2303.08112) first turns each layer's stream by an affine map of its own. Knows streams and maps, not how maps are
learned (`lens_training`) nor where they are kept (`kept_lens`).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import UserError
from engine.messages import Chance, Lens, LensCell, LensTable
from engine.model.cache import KVCache
from engine.model.transformer import Transformer
from engine.run.generate import refuse_overflow
from engine.run.loaded import Loaded
from engine.run.receipt import token_text
from engine.run.streams import CHUNK, pieces, read_on, read_streams, tail, text_ids
from engine.text.tokenizer import Tokenizer, decode

READ = 1024
"""Tokens of a text that are read at most."""
COLUMNS = 64
"""Tokens that get a column: the last ones."""
MOST_LOGITS = 1 << 21
"""Numbers made in one step."""


@dataclass(frozen=True, slots=True)
class Maps:
    """One affine map for each row but the last: x + turn x + shift. [layers, hidden, hidden] and [layers, hidden]."""

    turn: Tensor
    shift: Tensor

    def __call__(self, stream: Tensor, row: int) -> Tensor:
        """[T, hidden] -> the same."""
        return stream + stream @ self.turn[row].T + self.shift[row]


def lens_logits(model: Transformer, stream: Tensor, row: int, maps: Maps | None) -> Tensor:
    """Float32 [T, vocab] from the stream [T, hidden] of this row. The last row is the output, whatever the maps."""
    seen = stream if maps is None or row == model.config.layers else maps(stream, row)
    return model.logits(model.norm(seen))


def read_layers(loaded: Loaded, text: str, maps: Maps | None, top: int) -> Generator[tuple[int, int], None, LensTable]:
    """Yields (done, total): tokens read, then rows. Raises UserError for an empty text or no items asked for."""
    if top < 1:
        raise UserError(f"{top} words cannot be listed", "Choose a number from 1 upwards.")
    ids, cut = tail(text_ids(loaded, text), loaded.start, min(READ, loaded.info.context))
    columns = min(COLUMNS, len(ids))
    streams = yield from read_streams(loaded.model, ids, columns)
    rows: list[tuple[LensCell, ...]] = []
    for row, stream in enumerate(streams):
        cells: list[LensCell] = []
        for part in stream.split(at_once(loaded.model)):
            with torch.inference_mode():
                cells += _cells(lens_logits(loaded.model, part, row, maps).cpu(), top, loaded.tokenizer)
            yield row, len(streams)
        rows.append(tuple(cells))
    lens: Lens = "plain" if maps is None else "trained"
    return LensTable(lens, pieces(loaded.tokenizer, ids[-columns:]), tuple(rows), cut + len(ids) - columns)


def at_once(model: Transformer) -> int:
    """Tokens whose logits are made in one step."""
    return max(1, MOST_LOGITS // model.config.vocab_size)


def reply_at_layer(
    loaded: Loaded, text: str, layer: int, maps: Maps | None, tokens: int
) -> Generator[tuple[int, int], None, str]:
    """Greedy, each token the likeliest at this layer. Yields (done, total): tokens read, then written.

    Raises UserError for an empty text, a layer that there is not, or no tokens asked for.
    """
    _check(loaded, layer, tokens)
    room = max(1, min(tokens, loaded.info.context - 1))
    ids, _ = tail(text_ids(loaded, text), loaded.start, min(READ, loaded.info.context - room))
    cache = loaded.model.new_cache()
    for at in range(0, len(ids) - 1, CHUNK):
        read_on(loaded.model, ids[at : min(at + CHUNK, len(ids) - 1)], cache)
        yield min(at + CHUNK, len(ids)), len(ids)
    following, written = ids[-1], []
    while len(written) < room:
        following = _likeliest(loaded.model, following, cache, layer, maps)
        if following in loaded.ends:
            break
        written.append(following)
        yield len(written), room
    return decode(loaded.tokenizer, written)


def _check(loaded: Loaded, layer: int, tokens: int) -> None:
    layers = loaded.model.config.layers
    if not 0 <= layer <= layers:
        raise UserError(f"There is no layer {layer}: this model has {layers}", f"Choose one from 0 to {layers}.")
    if tokens < 1:
        raise UserError(f"A reply of {tokens} tokens cannot be written", "Choose 1 or more.")


def _likeliest(model: Transformer, last: int, cache: KVCache, layer: int, maps: Maps | None) -> int:
    """What the layer says after this token, which comes behind what the cache holds."""
    stream = read_on(model, [last], cache)[layer]
    with torch.inference_mode():
        logits = lens_logits(model, stream, layer, maps)[0]
        refuse_overflow(logits)
        return int(logits.argmax())


def _cells(logits: Tensor, top: int, tokenizer: Tokenizer) -> list[LensCell]:
    refuse_overflow(logits)
    logprobs = logits.log_softmax(-1)
    best = logprobs.topk(min(top, logprobs.shape[-1]))
    entropies = torch.special.entr(logprobs.exp()).sum(-1).tolist()
    rows = zip(best.indices.tolist(), best.values.exp().tolist(), entropies, strict=True)
    return [
        LensCell(tuple(Chance(token_text(tokenizer, i), p, (i,)) for i, p in zip(ids, chances, strict=True)), entropy)
        for ids, chances, entropy in rows
    ]
