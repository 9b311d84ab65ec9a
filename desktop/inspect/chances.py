"""How chances, odds and their changes are said in words. Knows numbers, not what they are of."""

from __future__ import annotations

import math

ALWAYS = 0.95
SAME = math.log(1.15)
"""Nats under which two chances count as the same."""
LARGEST = 1e15
NAMES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def rounded(number: float) -> str:
    """Two significant digits and a name for what is large: "15", "9,000", "5 million"; beyond that its length."""
    if number >= LARGEST:
        return f"a number of {int(math.log10(number)) + 1:,} digits"
    digits = 1 - math.floor(math.log10(max(number, 1.0)))
    value = round(number, min(digits, 0))
    for size, name in NAMES:
        if value >= size:
            return f"{value / size:,.2g} {name}" if value / size < 100 else f"{value / size:,.0f} {name}"
    return f"{value:,.0f}"


def chance(nats: float) -> str:
    """A log-probability as a person says it: "almost certain", "8 in 10", "1 in 9,000"."""
    if nats > 0.0 or nats >= math.log(ALWAYS):
        return "almost certain"
    if nats > math.log(0.55):
        return f"{round(10 * math.exp(nats))} in 10"
    if -nats > math.log(LARGEST):
        return f"1 in a number of {int(-nats / math.log(10)) + 1:,} digits"
    return f"1 in {rounded(math.exp(-nats))}"


def times(nats: float) -> str:
    """How much likelier something became: "about as", "12 times more", "3 times less"; "likely" goes after it."""
    if abs(nats) < SAME:
        return "about as"
    way = "more" if nats > 0 else "less"
    if abs(nats) > math.log(LARGEST):
        return f"10^{int(abs(nats) / math.log(10)):,} times {way}"
    factor = math.exp(abs(nats))
    figure = f"{factor:.1f}".removesuffix(".0") if factor < 3 else rounded(factor)
    return f"{figure} times {way}"


def odds(nats: float) -> str:
    """Log-odds of one choice against the other, whichever is ahead: "even", "4 to 1"."""
    ahead = math.exp(min(abs(nats), 50.0))
    if ahead < 1.1:
        return "even"
    figure = f"{ahead:.1f}".removesuffix(".0") if ahead < 3 else rounded(ahead)
    return f"{figure} to 1"


def words_to_choose(perplexity: float) -> str:
    """Perplexity as a choice: "only 1 word", "about 12 words"."""
    if perplexity < 1.2:
        return "only 1 word"
    if perplexity <= 2.5:
        return "1 or 2 words"
    return f"about {rounded(perplexity) if perplexity >= 10 else f'{perplexity:.1f}'.removesuffix('.0')} words"
