"""Where the labels of a map stand so that none lies on another, and which point is next in a direction.

Knows rectangles and points, no widget.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

GRAIN = 6
"""Room is taken in squares of so many pixels: finding out whether a label fits is then a look into a set."""
SLOPE = 2.2
"""How far beside a direction a point may lie and still count as being there."""

Box = tuple[float, float, float, float]
"""Left, top, width, height, in pixels."""


def place_labels(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    first: Sequence[int],
    rest: Iterable[int],
    gap: float,
) -> dict[int, Box]:
    """Labels right of their points, else left, below or above; those that come first have the choice.

    The labels of `first` may lie on other points, so that they are seen in a crowd; a label that fits nowhere is left
    out: zooming in makes room for it.
    """
    taken = {square for place in first for square in _point(points[place])}
    placed: dict[int, Box] = {}
    _place(first, points, sizes, gap, taken, placed)
    taken |= {square for point in points for square in _point(point)}
    _place(rest, points, sizes, gap, taken, placed)
    return placed


def _place(
    order: Iterable[int],
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    gap: float,
    taken: set[tuple[int, int]],
    placed: dict[int, Box],
) -> None:
    for number in order:
        for box in _candidates(points[number], sizes[number], gap):
            squares = _squares(box)
            if not squares & taken:
                taken |= squares
                placed[number] = box
                break


def _point(point: tuple[float, float]) -> set[tuple[int, int]]:
    return _squares((point[0] - 2, point[1] - 2, 4, 4))


def _candidates(point: tuple[float, float], size: tuple[float, float], gap: float) -> tuple[Box, ...]:
    (x, y), (width, height) = point, size
    return (
        (x + gap, y - height / 2, width, height),
        (x - gap - width, y - height / 2, width, height),
        (x - width / 2, y + gap, width, height),
        (x - width / 2, y - gap - height, width, height),
    )


def _squares(box: Box) -> set[tuple[int, int]]:
    left, top, width, height = box
    across = range(math.floor(left / GRAIN), math.floor((left + width) / GRAIN) + 1)
    down = range(math.floor(top / GRAIN), math.floor((top + height) / GRAIN) + 1)
    return {(column, row) for column in across for row in down}


def next_point(points: Sequence[tuple[float, float]], at: int, right: int, down: int) -> int:
    """The nearest point to the right (1), left (-1), below (1) or above (-1); where there is none, the same."""
    x, y = points[at]

    def distance(number: int) -> float:
        along = (points[number][0] - x) * right + (points[number][1] - y) * down
        beside = abs((points[number][0] - x) * down) + abs((points[number][1] - y) * right)
        if along <= 0 or beside > SLOPE * along:
            return math.inf
        return along + 2 * beside

    best = min((number for number in range(len(points)) if number != at), key=distance, default=at)
    return best if distance(best) < math.inf else at
