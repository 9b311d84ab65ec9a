"""Cards that are nothing but a name, "asimov" or "Jules Verne": whoever says the name means them, however it is asked.

A name says almost nothing to a small model, and its letters drown among those of a sentence. A name is a word that no
bundled text uses. Knows texts only; figures in docs/decisions/007.
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
"""Words of a name. In a language of which no text is bundled every word is unknown, and a longer card is no name."""


class Named:
    """Made from the questions of all cards."""

    def __init__(self, questions: Sequence[str]) -> None:
        words = [_words(question) for question in questions]
        self._names = [one if len(one) <= MOST and not one & _ordinary() else frozenset() for one in words]
        self._cards = Counter(word for one in words for word in one)

    def shares(self, question: str) -> Tensor:
        """For each card 0, or, where the question says its name, 1 over the number of cards that say it too."""
        said = _words(question)
        return torch.tensor([max((1 / self._cards[word] for word in name & said), default=0.0) for name in self._names])


@cache
def _ordinary() -> frozenset[str]:
    asked = [text for pair in (*rewordings(), *knowledge()) for text in (pair.question, *pair.rephrased, pair.answer)]
    told = [text for chat in general_chat() for text in chat]
    return frozenset().union(*map(_words, (*asked, *told, general_text())))


def _words(text: str) -> frozenset[str]:
    """Without the ending of a plural."""
    words = re.findall(r"[^\W_]+", folded(text))
    return frozenset(word.removesuffix("s") if len(word) > 3 else word for word in words)
