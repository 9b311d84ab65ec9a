"""What each step of the sampler leaves of a distribution. Knows logits, not where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from engine.messages import Chance, Sampling, XRayStage
from engine.run.receipt import token_text
from engine.run.sampling import REMOVED, STAGES, check, stages
from engine.text.tokenizer import Tokenizer

RAW = "raw"


def xray(
    logits: Tensor, sampling: Sampling, seen: Sequence[int], prompt: int, tokenizer: Tokenizer, top: int
) -> tuple[XRayStage, ...]:
    """From raw logits float32 [vocab]; `seen` and `prompt` as for `sampling.stages`. Raises UserError for bad options.

    At temperature 0 only the likeliest is left, as the sampler takes it.
    """
    check(sampling)
    told = [_stage(RAW, logits, logits, tokenizer, top)]
    for name, before, after in _steps(logits, sampling, seen, prompt):
        told.append(_stage(name, before, after, tokenizer, top))
    return tuple(told)


def _steps(
    logits: Tensor, sampling: Sampling, seen: Sequence[int], prompt: int
) -> Iterator[tuple[str, Tensor, Tensor]]:
    """The name of each step, and logits [vocab] before and after it."""
    for name, stage in zip(STAGES, stages(sampling, seen, prompt), strict=True):
        before = logits
        if name == "temperature" and sampling.temperature == 0.0:
            logits = torch.full_like(before, REMOVED)
            logits[before.argmax()] = 0.0
        elif name in ("top_p", "min_p"):  # as the sampler: it shows these steps only what is still possible
            ids = (before > REMOVED).nonzero()[:, 0]
            logits = torch.full_like(before, REMOVED).index_put((ids,), stage.apply(before[ids]))
        else:
            logits = stage.apply(before)
        yield name, before, logits


def _stage(name: str, before: Tensor, after: Tensor, tokenizer: Tokenizer, top: int) -> XRayStage:
    possible = after > REMOVED
    chances = after.double().softmax(-1)
    count = int(possible.sum())
    best = chances.topk(min(top, count))
    items = tuple(
        Chance(token_text(tokenizer, i), probability, (i,))
        for i, probability in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    )
    mass = float(before.double().softmax(-1)[possible].sum())
    return XRayStage(name, min(mass, 1.0), count, float(torch.special.entr(chances).sum()), items)
