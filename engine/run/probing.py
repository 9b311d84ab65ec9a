"""What a swapped word does to what comes next: log-odds over several wordings, with intervals.

Knows one loaded model.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence

import torch
from torch import Tensor

from engine.errors import UserError
from engine.messages import SLOT, Probe, ProbeResult, ProbeRow
from engine.run.batch_score import score_all
from engine.run.continuing import after
from engine.run.loaded import Loaded

RESAMPLES = 2000
COVERED = 0.95
_SLOT = re.compile(f"{SLOT}_*")
"""People type four or five underscores too."""


def probe(loaded: Loaded, command: Probe) -> Generator[tuple[int, int], None, ProbeResult]:
    """Yields (done, total) in tokens. UserError for what `Probe` does not allow."""
    checked(command)
    fillers, choices = [filler.strip() for filler in command.fillers], command.choices
    filled = [_SLOT.sub(lambda _, word=word: word, text) for text in command.templates for word in fillers]
    examples = [example for text in filled for example in after(loaded, text, choices)]
    numbers = yield from score_all(loaded.model, examples)
    sums = torch.tensor([float(each.double().sum()) for each in numbers], dtype=torch.float64)
    first, second = sums.view(len(command.templates), len(fillers), 2).unbind(-1)
    return summary(choices, fillers, (first - second).T)


def checked(command: Probe) -> None:
    """Raises UserError with a sentence for each way in which a probe can be wrong."""
    if not command.templates:
        raise UserError("There is no sentence to probe with", f"Write one with {SLOT} where the word is swapped.")
    for text in command.templates:
        slots = len(_SLOT.findall(text))
        if slots == 0:
            raise UserError(f"“{text[:60]}” has no place for the word", f"Write {SLOT} where it goes.")
        if slots > 1:
            raise UserError(f"“{text[:60]}” has {slots} places for the word", f"Leave {SLOT} in one of them only.")
    if not command.fillers or not all(filler.strip() for filler in command.fillers):
        raise UserError("There is no word to put in, or one is empty", "Give the words to compare, each with letters.")
    first, second = (choice.strip() for choice in command.choices)
    if not first or not second:
        raise UserError("One of the two words to choose between is empty", "Give two, such as “he” and “she”.")
    if first == second:
        raise UserError(f"Both words to choose between are “{first}”", "Give two different ones.")


def summary(choices: tuple[str, str], fillers: Sequence[str], odds: Tensor) -> ProbeResult:
    """From log-odds [fillers, templates]."""
    means, (low, high) = odds.mean(1), intervals(odds)
    baseline, templates = odds.mean(), odds.shape[1]
    shifted = int(((low > baseline) | (high < baseline)).sum()) if templates > 1 else 0
    table = torch.stack([means, low, high], 1).tolist()
    rows = tuple(
        ProbeRow(filler, mean, least, most, tuple(each))
        for filler, (mean, least, most), each in zip(fillers, table, odds.tolist(), strict=True)
    )
    return ProbeResult(choices, templates, rows, float(baseline), shifted)


def intervals(values: Tensor) -> tuple[Tensor, Tensor]:
    """Lower and upper ends [rows] of bootstrap percentile intervals of the mean of values [rows, n] over n.

    Always the same for the same values, and the same resamples for all rows; with n = 1 the value itself.
    """
    draws = torch.randint(values.shape[1], (RESAMPLES, values.shape[1]), generator=torch.Generator().manual_seed(0))
    means = values[:, draws].mean(-1)
    low, high = means.quantile(torch.tensor([(1 - COVERED) / 2, (1 + COVERED) / 2], dtype=values.dtype), dim=1)
    return low, high
