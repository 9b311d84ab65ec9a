"""The course of the learning rate over a run. Knows steps, not what is learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from engine.run.optim import rate

FINISH_SHARE = 0.2
"""How many more steps a run takes once it is asked to finish, as a share of those behind it."""
FLOOR = 0.02
"""Where the fall ends, as a share of the peak."""


class Schedule(Protocol):
    """`steps` may change while a run goes on; what it takes to go on from a save is in `state`."""

    steps: int

    def rate(self, step: int) -> float:
        """The learning rate of a step; steps count from 0."""
        ...

    def state(self) -> dict[str, int]: ...

    def load(self, state: Mapping[str, object]) -> None: ...


@dataclass(slots=True)
class Falling:
    """Up over the first steps, then down to the end: for runs whose length is known."""

    steps: int
    peak: float

    def rate(self, step: int) -> float:
        return rate(step, self.steps, self.peak)

    def state(self) -> dict[str, int]:
        return {}

    def load(self, state: Mapping[str, object]) -> None:
        """Nothing: it follows from the plan."""


@dataclass(slots=True)
class Trapezoid:
    """Up, flat, then linearly down (WSD, arXiv 2404.06395). The fall can begin at any time: see `finish`."""

    steps: int
    peak: float
    warm_up: int
    fall: float = 0.5
    """The share of the steps over which it falls."""
    falls_from: int = field(default=-1)

    def __post_init__(self) -> None:
        if self.falls_from < 0:
            self.falls_from = max(self.warm_up, round(self.steps * (1 - self.fall)))

    def rate(self, step: int) -> float:
        rising = min(1.0, (step + 1) / max(1, self.warm_up))
        if step < self.falls_from:
            return self.peak * rising
        left = (self.steps - step) / max(1, self.steps - self.falls_from)
        return self.peak * rising * (FLOOR + (1 - FLOOR) * max(0.0, left))

    def finish(self, step: int) -> None:
        """Fall from here to the end in a fifth of the steps so far; a fall that ends sooner is left as it is."""
        end = step + max(1, round(FINISH_SHARE * step))
        if end >= self.steps:
            return
        # The rate must not jump up again where the fall has begun already.
        if step < self.falls_from:
            self.falls_from = step
        else:
            reached = (self.steps - step) / max(1, self.steps - self.falls_from)
            self.falls_from = round(end - (end - step) / max(reached, 1e-3))
        self.steps = end

    def state(self) -> dict[str, int]:
        return {"steps": self.steps, "falls_from": self.falls_from}

    def load(self, state: Mapping[str, object]) -> None:
        self.steps, self.falls_from = int(str(state["steps"])), int(str(state["falls_from"]))
