"""How the next token is picked: pure steps from logits to logits in a fixed order, then one draw.

Knows no model and no text. Removed candidates are -inf. Logits are float [vocab] or fewer candidates of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import UserError
from engine.messages import Sampling
from engine.run.few import enough, pick_of_few, unpenalised

STAGES = ("penalties", "temperature", "top_k", "top_p", "min_p")
"""The order of the steps, as an X-ray of the sampler shows them."""

REMOVED = -math.inf
Best = tuple[list[int], list[float]]
"""Ids and logits of the likeliest, the largest first, and where some are equal, the earlier id before the later."""


def repetition_penalty(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """Divide positive and multiply negative logits of seen ids (CTRL, arXiv 1909.05858)."""
    if penalty == 1.0 or not len(seen):
        return logits
    before = logits[seen]
    return logits.index_put((seen,), torch.where(before > 0, before / penalty, before * penalty))


def presence_and_frequency_penalty(logits: Tensor, written: Tensor, presence: float, frequency: float) -> Tensor:
    """Subtract once, and once for each time, what was written before (as OpenAI's interface defines them)."""
    if (presence == 0.0 and frequency == 0.0) or not len(written):
        return logits
    ids, counts = torch.unique(written, return_counts=True)
    return logits.index_put((ids,), logits[ids] - presence - frequency * counts.to(logits.dtype))


def temperature(logits: Tensor, value: float) -> Tensor:
    """Divide by the temperature; the largest becomes 0 first, so that no tiny temperature overflows."""
    return logits if value == 1.0 else (logits - logits.max()) / value


def top_k(logits: Tensor, k: int) -> Tensor:
    """Keep the k likeliest, and what is as likely as the last of them; 0 keeps all."""
    if not 0 < k < len(logits):
        return logits
    return logits.masked_fill(logits < logits.topk(k).values[-1], REMOVED)


def top_p(logits: Tensor, p: float) -> Tensor:
    """Keep the fewest likeliest whose probabilities reach p together, at least one (arXiv 1904.09751)."""
    if p >= 1.0:
        return logits
    ascending, ids = logits.sort()
    tail = ascending.softmax(-1).cumsum(-1) <= 1 - p
    tail[-1] = False
    return logits.index_fill(0, ids[tail], REMOVED)


def min_p(logits: Tensor, p: float) -> Tensor:
    """Keep what is at least p times as likely as the likeliest (arXiv 2407.01082)."""
    if p <= 0.0:
        return logits
    return logits.masked_fill(logits < logits.max() + math.log(p), REMOVED)


@dataclass(frozen=True, slots=True)
class Stage:
    """One named step, applied to logits."""

    name: str
    apply: Callable[[Tensor], Tensor]


def stages(options: Sampling, seen: Sequence[int], prompt: int = 0) -> list[Stage]:
    """The steps for one pick, in order of `STAGES`.

    Repetition counts all that was `seen`, presence and frequency only what follows its first `prompt` ids.
    """

    def penalties(logits: Tensor) -> Tensor:
        known = torch.tensor([i for i in seen if i < len(logits)], dtype=torch.long)
        written = torch.tensor([i for i in seen[prompt:] if i < len(logits)], dtype=torch.long)
        logits = repetition_penalty(logits, known.unique(), options.repetition_penalty)
        return presence_and_frequency_penalty(logits, written, options.presence_penalty, options.frequency_penalty)

    steps: tuple[Callable[[Tensor], Tensor], ...] = (
        (lambda logits: logits) if unpenalised(options) else penalties,
        lambda logits: temperature(logits, options.temperature),
        lambda logits: top_k(logits, options.top_k),
        lambda logits: top_p(logits, options.top_p),
        lambda logits: min_p(logits, options.min_p),
    )
    return [Stage(name, step) for name, step in zip(STAGES, steps, strict=True)]


class Sampler:
    """Picks tokens with a random generator of its own, so that a seed gives the same text again."""

    def __init__(self, options: Sampling, seed: int) -> None:
        check(options)
        self._options = options
        self._generator = torch.Generator().manual_seed(seed)

    @property
    def enough(self) -> int:
        """How many of the likeliest suffice to pick from, nearly always; 0 where all must be seen."""
        return enough(self._options)

    def pick(self, logits: Tensor, seen_ids: Sequence[int], prompt: int = 0, best: Best | None = None) -> int:
        """An id out of logits [vocab] on the CPU; see `stages` for the next two.

        Where the `best` are known and `enough`, they are all that is looked at: the same id in a fraction of the time.
        """
        greedy = self._options.temperature == 0.0
        point = 0.0 if greedy else float(torch.rand((), generator=self._generator, dtype=torch.float64))
        if best is not None and 0 < self.enough <= len(best[0]):
            picked = best[0][0] if greedy else pick_of_few(self._options, *best, point)
            if picked is not None:
                return picked
        penalties, *others = stages(self._options, seen_ids, prompt)
        logits = penalties.apply(logits)
        if greedy:
            return int(logits.argmax())
        heat, highest, *others = others
        logits = highest.apply(heat.apply(logits))
        # What is removed stays removed, so the rest need not see it: top-p then sorts no vocabulary.
        ids = (logits > REMOVED).nonzero()[:, 0]
        logits = logits[ids]
        for stage in others:
            logits = stage.apply(logits)
        return int(ids[self._draw(logits.double().softmax(-1), point)])

    def _draw(self, probabilities: Tensor, point: float) -> int:
        upto = probabilities.cumsum(-1)
        index = int(torch.searchsorted(upto, point * upto[-1], right=True))
        return min(index, int(probabilities.nonzero()[-1]))


def make_sampler(options: Sampling, seed: int) -> Sampler:
    """Raises UserError for options that mean nothing."""
    return Sampler(options, seed)


_LIMITS: dict[str, tuple[float, float, str]] = {
    "temperature": (0.0, 100.0, "Temperature"),
    "top_k": (0, 1 << 31, "Top-k"),
    "top_p": (1e-6, 1.0, "Top-p"),
    "min_p": (0.0, 1.0, "Min-p"),
    "repetition_penalty": (0.01, 100.0, "The repetition penalty"),
    "presence_penalty": (-100.0, 100.0, "The presence penalty"),
    "frequency_penalty": (-100.0, 100.0, "The frequency penalty"),
}


def check(options: Sampling) -> None:
    """Raises UserError for the first value outside its range; NaN is outside every range."""
    for name, (low, high, title) in _LIMITS.items():
        value = getattr(options, name)
        if not low <= value <= high:
            bounds = "above 0 and at most 1" if name == "top_p" else f"from {low:g} to {high:g}"
            raise UserError(f"{title} cannot be {value:g}", f"Choose a value {bounds}.")
    if options.seed is not None and not 0 <= options.seed < 1 << 63:
        raise UserError(f"The seed cannot be {options.seed}", "Choose a whole number from 0 upwards.")
