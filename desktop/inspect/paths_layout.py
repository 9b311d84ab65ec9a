"""Where the blocks of the paths stand: a column a word ahead, as high as they are likely. Numbers only, no widget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from desktop.wording import OTHERS
from engine.messages import PathNode


@dataclass(frozen=True, slots=True)
class Block:
    """`top` and `height` in pixels. `path` holds the texts from the first word to this one; empty for others."""

    column: int
    top: float
    height: float
    text: str
    probability: float
    path: tuple[str, ...] = ()
    parent: int = -1
    """Its place in the list; -1 in the first column."""
    likeliest: bool = False
    """On the path that takes the likeliest word each time."""

    @property
    def others(self) -> bool:
        return not self.path


def lay_out(nodes: Sequence[PathNode], height: float, least: float) -> list[Block]:
    """All 1.0 of the probability is `height` high. Words lower than `least` go into others, with what follows them."""
    blocks: list[Block] = []
    _column(blocks, nodes, 0.0, height, 1.0, least, Block(-1, 0, 0, "", 1.0, likeliest=True), -1)
    return blocks


def _column(
    blocks: list[Block],
    nodes: Sequence[PathNode],
    top: float,
    whole: float,
    mass: float,
    least: float,
    before: Block,
    parent: int,
) -> None:
    """The words after one block, and after each of them the next ones: parents come before their children."""
    column, left = before.column + 1, mass
    for place, node in enumerate(sorted(nodes, key=lambda node: -node.probability)):
        height = node.probability * whole
        if height < least:
            break
        path = (*before.path, node.text)
        block = Block(column, top, height, node.text, node.probability, path, parent, before.likeliest and place == 0)
        blocks.append(block)
        if node.children:
            _column(blocks, node.children, top, whole, node.probability, least, block, len(blocks) - 1)
        top, left = top + height, left - node.probability
    left = max(left, 0.0)
    blocks.append(Block(column, top, left * whole, OTHERS, left, parent=parent))


def rows_of(nodes: Sequence[PathNode], before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], PathNode]]:
    """Every path that is known with its last word, also those too low to be drawn."""
    for node in nodes:
        path = (*before, node.text)
        yield path, node
        yield from rows_of(node.children, path)
