"""The sampler on the few likeliest tokens alone, in double precision, where this can be no other pick than its own.

An operation of torch takes 15 µs beside a model whose weights have just gone through the cache, and the steps of the
sampler are some thirty. Knows the ids and logits of the likeliest, not the vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.messages import Sampling

MOST = 256
"""The largest top-k for which the likeliest are looked for first."""
CLOSE = 1e-4
"""What single precision may decide otherwise: chances, and logits after the temperature, that are nearer than this."""


def enough(options: Sampling) -> int:
    """How many of the likeliest suffice, nearly always; 0 where all must be seen."""
    if not unpenalised(options):
        return 0
    if options.temperature == 0.0:
        return 1
    return options.top_k + 1 if 0 < options.top_k <= MOST else 0


def unpenalised(options: Sampling) -> bool:
    """Whether what was written before makes no difference."""
    return (options.repetition_penalty, options.presence_penalty, options.frequency_penalty) == (1.0, 0.0, 0.0)


def pick_of_few(options: Sampling, ids: Sequence[int], logits: Sequence[float], point: float) -> int | None:
    """The id that the sampler picks with `point` from [0, 1); None where it is too close to tell.

    `logits` has `enough` numbers or more, the largest first, and the temperature is not 0.
    """
    count, best, heat = options.top_k, logits[0], options.temperature
    heated = [(logit - best) / heat for logit in logits[: count + 1]]
    if heated[-2] - heated[-1] < CLOSE:
        return None
    kept = _top_p([math.exp(one) for one in heated[:-1]], options.top_p)
    if kept is None:
        return None
    least = math.log(options.min_p) if options.min_p else -math.inf
    chances: list[tuple[int, float]] = []
    for place, chance in enumerate(kept):
        if place and abs(heated[place] - least) < CLOSE:
            return None
        if heated[place] >= least or not place:
            chances.append((ids[place], chance))
    return _drawn(sorted(chances), point)


def _top_p(chances: list[float], share: float) -> list[float] | None:
    """The fewest of the first that are `share` of all together, at least one."""
    whole, tail, last = sum(chances), 0.0, len(chances)
    left_out = (1 - share) * whole
    while last > 1:
        tail += chances[last - 1]
        if share < 1.0 and abs(tail - left_out) < CLOSE * whole:
            return None
        if tail > left_out or share >= 1.0:
            break
        last -= 1
    if last < len(chances) and chances[last - 1] - chances[last] < CLOSE * chances[last]:
        return None  # as likely as one that is kept
    return chances[:last]


def _drawn(chances: list[tuple[int, float]], point: float) -> int | None:
    """As they lie in the vocabulary, the one that `point` falls on."""
    whole = sum(chance for _, chance in chances)
    upto, place = 0.0, point * whole
    for token_id, chance in chances:
        upto += chance
        if abs(upto - place) < CLOSE * whole and len(chances) > 1:
            return None
        if place < upto:
            return token_id
    return None
