"""What the colours behind a text mean: four measures, each in bands from quiet to orange. Knows numbers, no widget."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.messages import TextToken

TINTS = (("", "", 0), ("c1", "c1u", 1), ("c2", "c2u", 2), ("c3", "c3u", 3))
"""Fill, underline and its width in px of each band, quiet first. The width is the cue that needs no colour."""


@dataclass(frozen=True, slots=True)
class Measure:
    """`limits` part the bands: a value beyond the first is in band 1, beyond the last in band 3."""

    key: str
    label: str
    tip: str
    limits: tuple[float, float, float]
    bands: tuple[str, str, str]
    """What the three coloured bands are called."""
    value: Callable[[TextToken], float | None]
    said: Callable[[float], str]


def _surprisal(token: TextToken) -> float | None:
    """Bits."""
    return None if token.logprob is None else -token.logprob / math.log(2)


def _choices(token: TextToken) -> float | None:
    return None if token.entropy is None else math.exp(token.entropy)


def _rank(token: TextToken) -> float | None:
    """The likeliest has rank 1."""
    return None if token.rank is None else float(token.rank)


def _unlikeliness(token: TextToken) -> float | None:
    return None if token.logprob is None else 1.0 - math.exp(token.logprob)


_MEASURES = (
    Measure(
        "probability",
        "How likely",
        "Probability of each token after what is before it: blue from 40 to 70 percent, amber from 15, orange below",
        (0.30, 0.60, 0.85),
        ("fairly sure", "unsure", "surprised"),
        _unlikeliness,
        lambda value: f"{short_percent(1.0 - value)} likely",
    ),
    Measure(
        "surprisal",
        "How surprising",
        "Surprisal: blue from 2 bits, amber from 5, orange from 9. A bit more is half as likely",
        (2.0, 5.0, 9.0),
        ("a little", "much", "very much"),
        _surprisal,
        lambda value: f"surprisal {value:.1f}\u00a0bits",
    ),
    Measure(
        "entropy",
        "How many choices",
        "Entropy before each token, as a number of equally likely ones: blue from 5, amber from 25, orange from 125",
        (5.0, 25.0, 125.0),
        ("some", "many", "very many"),
        _choices,
        lambda value: f"choosing between {rounded(value)}",
    ),
    Measure(
        "rank",
        "Which place",
        "Rank among all tokens: nothing for the likeliest, blue to the tenth, amber to the hundredth, orange beyond",
        (1.0, 10.0, 100.0),
        ("first 10", "first 100", "further"),
        _rank,
        lambda value: f"place {round(value):,}",
    ),
)
MEASURES: Mapping[str, Measure] = {one.key: one for one in _MEASURES}


def band_of(measure: Measure, token: TextToken) -> int:
    """0 is quiet. A token without numbers is quiet too."""
    value = measure.value(token)
    if value is None:
        return 0
    return sum(value > limit for limit in measure.limits)


def spoken(token: TextToken, text: str) -> str:
    """All that is known of a token that stands for `text`: "“fog”: 6% likely, place 14, choosing between about 9"."""
    name = text.strip() or "space"
    if token.logprob is None:
        return f"“{name}”: nothing comes before it, so it has no numbers"
    measures = (MEASURES["probability"], MEASURES["rank"], MEASURES["entropy"], MEASURES["surprisal"])
    parts = [one.said(value) for one in measures if (value := one.value(token)) is not None]
    return f"“{name}”: {', '.join(parts)}"


def short_percent(probability: float) -> str:
    """Whole percent from ten on, one decimal below."""
    if 0 < probability < 0.0005:
        return "<0.1%"
    return f"{100 * probability:.{0 if probability >= 0.0995 else 1}f}%".replace(".0%", "%")


def rounded(count: float) -> str:
    """A number of choices with two significant digits: "1.4", "9", "about 230"."""
    if count < 9.95:
        return f"about {count:.1f}".removesuffix(".0")
    step = 10 ** max(0, len(str(round(count))) - 2)
    return f"about {round(count / step) * step:,}"
