"""Many short texts at once: how likely the tokens are that each is asked about; what they begin alike is read once.

Equal to reading each alone; knows ids, not texts.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch
from torch import Tensor

from engine.model.transformer import Transformer
from engine.run.generate import refuse_overflow
from engine.run.objectives import target_logprobs
from engine.run.packing import Example, batches, pack

TOKENS = 256
"""Read in one step: the longest that a click on Stop waits."""


def score_all(model: Transformer, examples: Sequence[Example]) -> Generator[tuple[int, int], None, list[Tensor]]:
    """Float32 log-probabilities of each one's targets, in nats, on the CPU; yields (done, total) in tokens."""
    found: list[Tensor] = []
    done, total = 0, sum(len(example.ids) for example in examples)
    for group in batches(examples, TOKENS):
        packed = pack(group)
        with torch.inference_mode():
            logprobs = target_logprobs(model, packed).cpu()
        refuse_overflow(logprobs)
        found += [logprobs[packed.owner == number] for number in range(len(group))]
        done += sum(len(example.ids) for example in group)
        yield done, total
    return found
