"""Cards that are nothing but a name, "asimov" or "Jules Verne": whoever says the name means them, however it is asked.

A name says almost nothing to a small model, and its letters drown among those of a sentence. A name is made of words
that the bundled texts hardly use. Knows texts only; figures in docs/decisions/007.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from engine.data.pairs.pair import folded
from engine.run.bundled import general_chat, general_text, knowledge, rewordings

MOST = 3
"""Words of a name."""
KNOWN = 0.3
"""Share of ordinary words below which the language is one of which no text is bundled: in the questions of 29 English
files they are 0.49 to 0.92 of all, in those of 20 German, French and Spanish ones up to 0.12."""
RARE = 2
"""How often a word of a name may stand in the bundled texts: "William" does twice."""


class Named:
    """Made from the questions of all cards."""

    def __init__(self, questions: Sequence[str], answers: Sequence[str] = ()) -> None:
        """The answers tell the language where all questions are names."""
        words = [_words(question) for question in questions]
        read = [*words, *map(_words, answers)]
        known = sum(len(one & _ordinary()) for one in read) >= KNOWN * sum(map(len, read))
        self._names = [one if known and len(one) <= MOST and not one & _ordinary() else frozenset() for one in words]
        self._cards = Counter(word for one in words for word in one)

    def shares(self, question: str) -> Tensor:
        """For each card 0, or, where the question says its name, 1 over the number of cards that say it too."""
        said = _words(question)
        return torch.tensor([max((1 / self._cards[word] for word in name & said), default=0.0) for name in self._names])


@cache
def _ordinary() -> frozenset[str]:
    asked = [text for pair in (*rewordings(), *knowledge()) for text in (pair.question, *pair.rephrased, pair.answer)]
    told = [text for chat in general_chat() for text in chat]
    counted = Counter(word for text in (*asked, *told, general_text()) for word in _each(text))
    return frozenset(word for word, count in counted.items() if count > RARE)


def _words(text: str) -> frozenset[str]:
    return frozenset(_each(text))


def _each(text: str) -> list[str]:
    """Without the ending of a plural."""
    words = re.findall(r"[^\W_]+", folded(text))
    return [word.removesuffix("s") if len(word) > 3 else word for word in words]
