"""Questions as vectors that are close when the same is asked, out of the untaught model's own stream.

The model is shown the question in a sentence that it must complete with what the question is about; what it has in
mind there is a far better summary than the mean over the words. The directions in which rewordings of one question
differ are found on the bundled rewordings and shrunk (within-class whitening: Hatch et al., Interspeech 2006).
With an adapter that was trained to hear (`hearing`) one such sentence is enough.
Figures in docs/decisions/007. Knows a model and texts, not pairs.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.model.lora import Adapter, only
from engine.model.transformer import Transformer
from engine.run.packing import Example, batches, pack
from engine.text.tokenizer import Tokenizer

FRAMES = (
    ('"', '" In other words, the person wants to know the'),
    ('Someone asks: "', '" The most important word of this is "'),
)
"""What is read before and after the question; its vector is taken at the last token. With an adapter the first only."""
SHRINKAGE = (1.0, 1.0, 0.3)
"""Added to the variance in every direction, as a share of the mean variance: for each frame, and for the mean."""
TOKENS = 1024
"""Read in one step."""
LONGEST = 96
"""Tokens of a text that are read; the rest of a long one says little about what is asked."""


@dataclass(frozen=True, slots=True)
class Whitening:
    """Float32 [views, hidden] and [views, hidden, hidden]: what is taken off and how the rest is turned."""

    mean: Tensor
    turn: Tensor


def fit(vectors: Tensor, groups: Tensor) -> Whitening:
    """From [texts, views, hidden] and which rewording group each text belongs to, [texts]."""
    means, turns = [], []
    for view, shrinkage in enumerate(SHRINKAGE):
        x = vectors[:, view].double()
        residuals = torch.cat([x[groups == g] - x[groups == g].mean(0) for g in groups.unique()])
        covariance = residuals.T @ residuals / len(residuals)
        covariance += torch.eye(len(covariance)) * shrinkage * covariance.diagonal().mean()
        values, directions = torch.linalg.eigh(covariance)
        means.append(x.mean(0).float())
        turns.append((directions / values.clamp(min=1e-9).sqrt()).float())
    return Whitening(torch.stack(means), torch.stack(turns))


def whitened(vectors: Tensor, whitening: Whitening) -> Tensor:
    """[texts, views, hidden] -> the same, each of length 1."""
    turned = torch.einsum("tvh,vhk->tvk", vectors - whitening.mean, whitening.turn)
    return torch.nn.functional.normalize(turned, dim=-1)


def read(
    model: Transformer, tokenizer: Tokenizer, texts: Sequence[str], adapter: Adapter | None = None
) -> Generator[tuple[int, int], None, Tensor]:
    """Raw vectors, float32 [texts, views, hidden], on the CPU; yields (done, total) in texts.

    With an adapter there is one view, of the model with this adapter alone; otherwise there are three, of the model
    as it is.
    """
    found: list[Tensor] = []
    frames = FRAMES if adapter is None else FRAMES[:1]
    examples = [framed(tokenizer, text, frame) for text in texts for frame in frames]
    for group in batches([e for e, _, _ in examples], TOKENS):
        at = len(found)
        with nullcontext() if adapter is None else only(model, adapter):
            found += _streams(model, group, [span for _, *span in examples[at : at + len(group)]])
        yield len(found) // len(frames), len(texts)
    views = torch.stack(found).view(len(texts), len(frames), 2, -1)
    return views[:, :, 0] if adapter is not None else torch.cat((views[:, :, 0], views[:, -1:, 1]), 1)


def framed(tokenizer: Tokenizer, text: str, frame: tuple[str, str]) -> tuple[Example, int, int]:
    """The ids, and where the text begins and ends among them."""
    before, after = frame
    head = tokenizer.encode(before)
    middle = tokenizer.encode(text, start=False)[:LONGEST]
    ids = (*head, *middle, *tokenizer.encode(after, start=False))
    return Example(ids, len(ids) - 1), len(head), len(head) + len(middle)


def deep(layers: int) -> str:
    """The stream that the vector of a frame is taken from: the one after the last but one of the layers."""
    return f"layers.{max(0, layers - 2)}"


def _streams(model: Transformer, group: Sequence[Example], spans: Sequence[Sequence[int]]) -> list[Tensor]:
    """[2, hidden] for each: the deep stream at its last token, and the mean of the shallow one over its words."""
    layers = model.config.layers
    late, early = deep(layers), f"layers.{layers // 4}"
    seen: dict[str, Tensor] = {}
    packed = pack(group)

    def tap(name: str, stream: Tensor) -> None:
        if name in (late, early):
            seen[name] = stream.flatten(0, 1).float().cpu()

    with torch.inference_mode():
        model.read(packed.ids.to(model.device), layout=packed.layout, tap=tap)
    out = []
    for spots, (begin, end) in zip(packed.spots, spans, strict=True):
        last, words = spots[-1], seen[early][spots[begin:end]]
        out.append(torch.stack((seen[late][last], words.mean(0) if len(words) else seen[early][last])))
    return out
