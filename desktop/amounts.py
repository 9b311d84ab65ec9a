"""How sizes, times and shares are said, the same on every page. Knows not what they are of."""

from __future__ import annotations

import math

SPACE = "\u00a0"


def amount(size: int) -> str:
    """Bytes as a person reads them, in steps of 1000: "98 MB", "1.4 GB"."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            value = size / step
            figure = f"{value:.1f}".removesuffix(".0") if unit == "GB" else f"{value:.{1 if value < 10 else 0}f}"
            return f"{figure}{SPACE}{unit}"
    return f"{size}{SPACE}bytes"


def duration(seconds: float) -> str:
    """A time that passed, as exactly as it matters: "40 s", "2 min 51 s", "2 h 10 min", "3 days"."""
    whole = max(round(seconds), 1)
    if whole < 60:
        return f"{whole}{SPACE}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 10 and rest:
        return f"{minutes}{SPACE}min {rest}{SPACE}s"
    hours, rest = divmod(round(whole / 60), 60)
    if hours < 1:
        return f"{rest}{SPACE}min"
    if hours < 48:
        return f"{hours}{SPACE}h {rest}{SPACE}min" if rest else f"{hours}{SPACE}h"
    return f"{round(hours / 24)}{SPACE}days"


def about(seconds: float) -> str:
    """A time that is an estimate, rounded as one: "about 40 s", "about 3 min"."""
    if seconds < 55:
        return f"about {duration(max(round(seconds / 5) * 5, 5))}"
    if seconds < 3600:
        return f"about {max(round(seconds / 60), 1)}{SPACE}min"
    return f"about {duration(round(seconds / 600) * 600)}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """ "1 pair", "48 pairs", "1,200 pairs" """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def share(value: float) -> str:
    """From 0 to 1 as whole percent; what is not quite all or nothing is not said to be."""
    shown = round(100 * value)
    if shown == 100 and value < 1:
        shown = 99
    return "<1%" if shown == 0 and value > 0 else f"{shown}%"


def choices_between(entropy: float) -> str:
    """Entropy in nats as a number of equally likely tokens: exp(H), the perplexity of this step."""
    count = math.exp(entropy)
    if count < 1.2:
        return "only 1 token"
    if count < 2.5:
        return "1 or 2 tokens"
    rounding = 10 ** max(0, len(str(round(count))) - 2)  # two significant digits
    return f"about {round(count / rounding) * rounding:,} tokens"
