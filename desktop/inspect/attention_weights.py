"""Attention maps as numbers and as shades, out of the bytes in which they come. Knows no colour and no widget."""

from __future__ import annotations

from array import array
from functools import cache

from engine.messages import AttentionMaps

LARGEST = 0x3F80
"""The upper half of the bits of 1.0."""


class Weights:
    """Weights are from 0 to 1; every row adds up to 1 over what it may see."""

    def __init__(self, maps: AttentionMaps) -> None:
        self.pieces, self.layers, self.heads, self.cut = maps.pieces, maps.layers, maps.heads, maps.cut
        self._floats = memoryview(maps.weights).cast("f")
        self._halves = memoryview(maps.weights).cast("H")

    @property
    def size(self) -> int:
        """Tokens."""
        return len(self.pieces)

    def row(self, layer: int, head: int, token: int) -> list[float]:
        """How this token spreads its look over all tokens, those that come later at 0."""
        start = self._start(layer, head) + token * self.size
        return [float(weight) for weight in self._floats[start : start + self.size]]

    def mostly(self, layer: int, head: int, token: int, most: int = 2) -> list[int]:
        """The tokens that it looks at most, the strongest first; a second only where it has a tenth."""
        row = self.row(layer, head, token)
        order = sorted(range(token + 1), key=lambda place: -row[place])
        return [place for number, place in enumerate(order[:most]) if number == 0 or row[place] >= 0.1]

    def shades(self, layer: int, head: int, side: int) -> tuple[bytes, int]:
        """A byte for each weight, row by row, and how many a row has: 0 where there is none, else 1 to 255.

        At most `side` in a row: of weights that fall together the strongest is seen, so that no look is lost. The upper
        16 bits of a float are enough for a shade, in the same order as the floats, and few enough for a table; without
        one, a model of 270 heads would keep the window for half a second.
        """
        size, table = self.size, shade_table()
        start = self._start(layer, head)
        halves = self._halves[2 * start + 1 : 2 * (start + size * size) : 2].tolist()
        step = -(-size // max(side, 1))
        if step > 1:
            padding = [0] * (-size % step)
            rows = [halves[start : start + size] + padding for start in range(0, size * size, size)]
            rows += [[0] * len(rows[0])] * len(padding)
            strips = [list(map(max, *rows[start : start + step])) for start in range(0, len(rows), step)]
            halves = [top for strip in strips for top in map(max, *(strip[part::step] for part in range(step)))]
            size = len(strips)
        return bytes([table[half] for half in halves]), size

    def _start(self, layer: int, head: int) -> int:
        return (layer * self.heads + head) * self.size * self.size


@cache
def shade_table() -> bytes:
    """Shades by the upper half of a float's bits; what is negative or above 1 does not come."""
    values = memoryview(array("I", [half << 16 for half in range(LARGEST + 1)])).cast("B").cast("f").tolist()
    shades = [0 if value <= 0 else min(max(round(value * 255), 1), 255) for value in values]
    return bytes(shades) + bytes([255]) * (0x8000 - LARGEST - 1) + bytes(0x8000)
