"""What a model might say of one text about a harbour: the answers of the page and of its first tab. Not a test."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QApplication

from desktop.inspect.next_word import NextWordTab
from desktop.inspect.page import InspectPage
from desktop.loader import ModelLoader
from desktop.notices import Notices
from engine.messages import (
    Chance,
    ListModels,
    ModelList,
    NextChances,
    NextWords,
    PathNode,
    ScoreText,
    TextScore,
    TextToken,
    WordPaths,
    XRay,
    XRayStage,
)
from tests.desktop.inspect.answering import Answering, loaded

TEXT = "The lighthouse keeper counted the waves until the fog came back and the bells began to"
SHARES = {
    "The": 0.2, "lighthouse": 0.09, "keeper": 0.3, "counted": 0.02, "waves": 0.08, "until": 0.12, "fog": 0.06,
    "came": 0.22, "back": 0.35, "and": 0.31, "bells": 0.05, "began": 0.27, "to": 0.93,
}  # fmt: skip
FIRST = (("ring", 0.412), ("toll", 0.173), ("sound", 0.094), ("chime", 0.061), ("sing", 0.038), ("swing", 0.027),
         ("clang", 0.022), ("echo", 0.016), ("fade", 0.011))  # fmt: skip


def score(text: str, *, windows: int = 1, round_trip: bool = True) -> TextScore:
    """A token a word, with the space before it; the first has no numbers."""
    tokens = []
    for place, match in enumerate(re.finditer(r"\s*\S+", text)):
        share = SHARES.get(match.group().strip(), 0.5)
        known = place > 0
        tokens.append(
            TextToken(
                place,
                match.group(),
                match.start(),
                match.end(),
                math.log(share) if known else None,
                round(1 / share) if known else None,
                -math.log(share) if known else None,
            )
        )
    nats = [-one.logprob for one in tokens if one.logprob is not None]
    perplexity = math.exp(sum(nats) / len(nats)) if nats else None
    return TextScore(tuple(tokens), perplexity, 1.1, windows, round_trip)


def words(command: NextWords) -> NextChances:
    items = tuple(Chance(f" {word}", share, (place,)) for place, (word, share) in enumerate(FIRST))
    rest = 1 - sum(one.probability for one in items)
    return NextChances(command.unit, items, rest, len(items), math.log(10.6), 14)


def node(text: str, probability: float, *children: PathNode) -> PathNode:
    return PathNode(text, probability, (1,), children)


PATHS = (
    node(" ring", 0.412,
         node(" again", 0.128, node(".", 0.079)),
         node(".", 0.111, node(" The", 0.046)),
         node(" out", 0.07, node(" across", 0.043))),
    node(" toll", 0.173, node(".", 0.076, node(" The", 0.043)), node(" slowly", 0.047, node(".", 0.043))),
    node(" sound", 0.094, node(".", 0.044)),
    node(" chime", 0.061),
)  # fmt: skip


def paths(command: WordPaths) -> tuple[PathNode, ...]:
    def cut(nodes: tuple[PathNode, ...], left: int) -> tuple[PathNode, ...]:
        return tuple(node(n.text, n.probability, *cut(n.children, left - 1)) for n in nodes) if left else ()

    return cut(PATHS, command.ahead)


def stages(command: XRay) -> tuple[XRayStage, ...]:
    """Temperature and top-k do what they say, so that a slider that moves is seen."""
    sampling = command.sampling
    shares = [share for _, share in FIRST]
    warm = [share ** (1 / max(sampling.temperature, 0.05)) for share in shares]
    warm = [share / (sum(warm) * 1.05) for share in warm]
    kept = warm[: sampling.top_k or None]
    even = [share / sum(kept) for share in kept]
    steps = (("raw", 1.0, 49152, shares), ("penalties", 1.0, 49152, shares), ("temperature", 1.0, 49152, warm),
             ("top-k", sum(kept), sampling.top_k or 49152, even), ("top-p", 0.96, 9, even[:9]),
             ("min-p", 0.95, 7, even[:7]))  # fmt: skip
    return tuple(
        XRayStage(name, mass, count, 1.9, tuple(Chance(f" {FIRST[n][0]}", p, (n,)) for n, p in enumerate(some[:8])))
        for name, mass, count, some in steps
    )


ANSWERS: dict[type[Any], Callable[[Any], object]] = {
    ScoreText: lambda command: score(command.text),
    NextWords: words,
    WordPaths: paths,
    XRay: stages,
    ListModels: lambda _: ModelList((), "CPU, 8 threads", 16 * 10**9, 9 * 10**9),
}


@dataclass
class Harbour:
    """Everything a test of the page touches."""

    page: InspectPage
    engine: Answering
    loader: ModelLoader
    notices: Notices

    @property
    def next(self) -> NextWordTab:
        return next(tab for tab in self.page.tabs if isinstance(tab, NextWordTab))

    def load(self) -> None:
        loaded(self.engine.bridge, self.loader)
        self.engine.settle()

    def read(self, text: str = TEXT) -> None:
        """As if it had been pasted and the pause were over."""
        self.page.show_text(text)
        self.engine.settle()
        QApplication.processEvents()  # what is shown now gets its place
