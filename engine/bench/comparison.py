"""The rows of a comparison: what is measured, against whom, and what that comes to. Knows no way to measure.

Ratios come from one run, in turns; an absolute number of a shared machine cannot be trusted.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.bench.setting import LLAMA, OURS, PEFT, PRECISIONS, TOKENS, TRANSFORMERS, Setting, Work
from engine.bench.turns import ROUNDS, Answer, SideDied, take_turns

SHORT, LONG, PROMPT = 64, 1000, 512
"""Tokens of context to write behind, and of a prompt."""


@dataclass(frozen=True, slots=True)
class Row:
    """`ours` and `peer` in `unit`; `ratio` above 1 where ours is faster. None where there is no peer here.

    `limit` is the share of what this machine allows at most, where that is known.
    """

    name: str
    unit: str
    ours: float
    peer: float | None = None
    ratio: float | None = None
    against: str = ""
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What is measured, and which peers can do it."""

    name: str
    work: Work
    peers: tuple[str, ...]


def measured(context: int) -> list[Measured]:
    """What fits into a model of so much context."""
    found = [
        Measured(f"decode behind {n} tokens", Work("decode", n), READERS)
        for n in (SHORT, LONG)
        if n + 2 * TOKENS < context
    ]
    if context > PROMPT:
        found.append(Measured(f"prefill of {PROMPT} tokens", Work("prefill", PROMPT), READERS))
    return [*found, Measured("a step of teaching", Work("teach"), (PEFT,))]


READERS = (TRANSFORMERS, LLAMA)


def sides_of(one: Measured, against: Sequence[str], gguf: Sequence[str]) -> list[str]:
    """Ours first."""
    sides = [OURS]
    for peer in (peer for peer in one.peers if peer in against):
        sides += [f"{peer} {rest}" for rest in (gguf if peer == LLAMA else PRECISIONS)]
    return sides


def turns_of(works: Sequence[Measured], against: Sequence[str], gguf: Sequence[str]) -> int:
    """How many answers a whole run takes, the machine's own included."""
    return (ROUNDS + 1) * (1 + sum(len(sides_of(one, against, gguf)) for one in works))


def machine(setting: Setting, told: Callable[[], object]) -> tuple[Row, Row]:
    """What it reads and multiplies at most."""
    found = take_turns(setting, Work("machine"), [OURS], told)[OURS]
    reading, products = (max(one[key] for one in found) for key in ("rate", "multiplying"))
    return Row("this machine reads", "GB/s", reading / 1e9), Row("this machine multiplies", "GFLOP/s", products / 1e9)


def compare(
    setting: Setting, one: Measured, sides: Sequence[str], reading: float, told: Callable[[], object]
) -> tuple[Row, list[str]]:
    """`reading` is bytes a second. Also which of the sides died and are not in it.

    llama.cpp is asked once more without kernels that rearrange weights: those of 0.3.36 ended with an illegal
    instruction on a Xeon whose tiles nobody had set up.
    """
    died: list[str] = []
    while True:
        try:
            return row_of(one, take_turns(setting, one.work, sides, told), reading), died
        except SideDied as dead:
            if dead.side.startswith(OURS):
                raise
            if dead.side.startswith(LLAMA) and not setting.plain:
                setting = replace(setting, plain=True)
                continue
            died.append(str(dead))
            sides = [side for side in sides if side != dead.side]


def row_of(one: Measured, answers: Mapping[str, Sequence[Answer]], reading: float) -> Row:
    """Against the fastest of the others."""
    rates = {side: statistics.median(found["rate"] for found in several) for side, several in answers.items()}
    mine = rates.pop(OURS)
    read = answers[OURS][0].get("bytes", 0)
    limit = read * mine / reading if read and reading else None
    row = Row(one.name, "tokens/s", mine, limit=limit)
    if not rates:
        return row
    best = max(rates, key=lambda side: rates[side])
    return replace(row, peer=rates[best], ratio=mine / rates[best], against=best)
