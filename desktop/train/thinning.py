"""A long row of numbers as a few hundred points to draw: means over equal stretches. Knows no run."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST = 400


@dataclass(slots=True)
class Thinned:
    """Each point is the mean of `stretch` values, and stands where the last of them stood.

    When there are more than `most` points, neighbours are joined and the stretch doubles; so adding costs the same
    however long the row is.
    """

    most: int = MOST
    """An even number, so that every point has a neighbour to be joined with."""
    stretch: int = 1
    xs: list[float] = field(default_factory=list)
    ys: list[float] = field(default_factory=list)
    _count: int = 0
    """Values in the last point."""

    def add(self, x: float, y: float) -> None:
        if self.xs and self._count < self.stretch:
            self.ys[-1] += (y - self.ys[-1]) / (self._count + 1)
            self.xs[-1] = x
            self._count += 1
            return
        if len(self.xs) >= self.most:
            self._join()
        self.xs.append(x)
        self.ys.append(y)
        self._count = 1

    def _join(self) -> None:
        """All points are full here, so the mean of two is the mean of what is in them."""
        firsts, seconds = self.ys[::2], self.ys[1::2]
        self.xs = self.xs[1::2]
        self.ys = [(one + other) / 2 for one, other in zip(firsts, seconds, strict=True)]
        self.stretch *= 2
