"""How sure a reply was, token by token: which places were unsure, and where it might as well have gone elsewhere.

Knows the receipt's values, no widget and no store.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.data.chats import StoredMessage
from engine.data.receipts import Span

UNSURE_UNDER = 0.40
FORK_RATIO, FORK_FROM = 0.5, 0.15
"""A fork: another token was at least half as likely as the one written, and no mere crumb."""
FEWEST = 4
"""Tokens under which a strip shows nothing that the reply does not."""

Doubt = Literal["unsure", "forks"]


@dataclass(frozen=True, slots=True)
class Certainty:
    """Of one reply; `forks` and `unsure` are positions of tokens."""

    spans: tuple[Span, ...]
    forks: tuple[int, ...]

    @property
    def unsure(self) -> tuple[int, ...]:
        return tuple(span.position for span in self.spans if span.probability < UNSURE_UNDER)

    def places(self, doubt: Doubt) -> tuple[int, ...]:
        return self.unsure if doubt == "unsure" else self.forks


def certainty_of(spans: Sequence[Span], rivals: Sequence[tuple[int, float]]) -> Certainty:
    """`rivals`: position and log-probability of the likeliest other token, where alternatives were kept."""
    seen = tuple(span for span in spans if span.end > span.start)
    best = dict(rivals)
    forks = tuple(
        span.position
        for span in seen
        if (rival := math.exp(best.get(span.position, -math.inf))) >= FORK_FROM
        and rival >= FORK_RATIO * span.probability
    )
    return Certainty(seen, forks)


def has_strip(message: StoredMessage, spans: Sequence[Span]) -> bool:
    """Whether a strip of certainty stands under a message: a reply that is written, with enough tokens."""
    written = message.role == "assistant" and message.state != "writing"
    return written and sum(span.end > span.start for span in spans) >= FEWEST
