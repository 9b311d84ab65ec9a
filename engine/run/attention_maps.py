"""Who looks at whom in a text, in all layers and heads. Knows no command and no picture."""

from __future__ import annotations

from collections.abc import Generator

import torch

from engine.messages import AttentionMaps
from engine.model.attention_map import attention_map
from engine.run.loaded import Loaded
from engine.run.streams import pieces, read_streams, tail, text_ids

LONGEST = 256
MOST_NUMBERS = 1 << 24
"""64 MiB: 249 tokens of SmolLM2-135M, which has 270 heads."""


def read_attention(loaded: Loaded, text: str) -> Generator[tuple[int, int], None, AttentionMaps]:
    """Yields (done, total): tokens read, then layers. Raises UserError for an empty text."""
    model, config = loaded.model, loaded.model.config
    heads = config.layers * config.heads
    longest = min(LONGEST, loaded.info.context, int((MOST_NUMBERS / heads) ** 0.5))
    ids, cut = tail(text_ids(loaded, text), loaded.start, longest)
    streams = yield from read_streams(model, ids, len(ids))
    maps: list[bytes] = []
    for layer, stream in enumerate(streams[:-1]):
        with torch.inference_mode():
            maps.append(attention_map(model, layer, stream[None])[0].cpu().contiguous().numpy().tobytes())
        yield layer + 1, config.layers
    return AttentionMaps(pieces(loaded.tokenizer, ids), config.layers, config.heads, b"".join(maps), cut)
