"""Parts pairs into those to learn and those held out to measure with. Knows no training."""

from __future__ import annotations

import random
from collections.abc import Sequence

from engine.data.pairs.alike import asked, grouped, links
from engine.data.pairs.pair import Pair, folded


def split(pairs: Sequence[Pair], share: float, seed: int) -> tuple[list[Pair], list[Pair]]:
    """(training, held out), each in the order of the file; `share` is of the pairs to hold out, as nearly as it goes.

    Almost equal questions, and the turns of one conversation, stay on one side. The same seed parts the same way, and
    at least one group is left to learn from.
    """
    groups = _groups(pairs)
    wanted = min(max(share, 0.0), 1.0) * len(pairs)
    order = list(range(len(groups)))
    random.Random(seed).shuffle(order)
    held: set[int] = set()
    for g in order[:-1]:
        if len(held) + len(groups[g]) / 2 <= wanted:  # taken where that comes nearer than leaving it
            held.update(groups[g])
    training = [pair for i, pair in enumerate(pairs) if i not in held]
    return training, [pair for i, pair in enumerate(pairs) if i in held]


def _groups(pairs: Sequence[Pair]) -> list[list[int]]:
    finding = links([asked(pair, with_system=False) for pair in pairs])
    while True:
        try:
            next(finding)
        except StopIteration as finished:
            linked = list(finished.value)
            break
    opened: dict[str, int] = {}
    for i, pair in enumerate(pairs):
        start = folded(pair.earlier[0].text if pair.earlier else pair.question)
        linked.append((opened.setdefault(start, i), i))
    return grouped(len(pairs), linked)
