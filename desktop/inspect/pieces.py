"""How a token and a word are written on screen. Knows no widget."""

from __future__ import annotations

from desktop.widgets.word_row import WordRow
from engine.messages import Chance

SIGNS = {"": "∅", " ": "␣", "\n": "⏎", "\t": "⇥"}
"""What would be invisible."""
LONGEST = 18


def shown(piece: str) -> str:
    """A token without the space around it; one of nothing but space as a sign for each character."""
    bare = piece.strip()
    if not bare:
        return "".join(SIGNS.get(mark, "␣") for mark in piece) or SIGNS[""]
    return bare


def quoted(piece: str) -> str:
    """In quotation marks, cut where it is long, as sentences name a token."""
    text = shown(piece)
    return f"“{text if len(text) <= LONGEST else text[: LONGEST - 1] + '…'}”"


def chip(piece: str) -> str:
    """A token with its spaces seen, as on a chip."""
    return "".join(SIGNS.get(mark, mark) for mark in piece) or SIGNS[""]


def bars(chances: tuple[Chance, ...], *, rest: float | None = None) -> list[WordRow]:
    """Rows for `WordBars`, with all others last; `rest` where it is known, else what is missing to 1."""
    others = max(1.0 - sum(one.probability for one in chances), 0.0) if rest is None else rest
    rows = [WordRow(shown(one.text), one.probability) for one in chances]
    return [*rows, WordRow("<others>", others, "others")] if rows else []
