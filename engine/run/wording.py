"""How many letters in a row two texts share: a second opinion beside meaning, strong for names and numbers.

Cosine of TF-IDF weighted character n-grams. Knows texts only.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from engine.data.pairs.pair import folded

SIZES = (3, 4, 5)

Vector = dict[str, float]


class Wording:
    """Made from all texts that one will be compared with."""

    def __init__(self, texts: Sequence[str]) -> None:
        grams = [_grams(text) for text in texts]
        self._documents = len(texts)
        self._frequency = Counter(gram for one in grams for gram in one)
        self._vectors = [self._weighted(one) for one in grams]

    def similarities(self, text: str) -> Tensor:
        """0 to 1 for each of the texts."""
        asked = self._weighted(_grams(text))
        return torch.tensor(
            [sum(weight * vector.get(gram, 0.0) for gram, weight in asked.items()) for vector in self._vectors]
        )

    def _weighted(self, grams: Counter[str]) -> Vector:
        rare = {g: math.log((self._documents + 1) / (self._frequency.get(g, 0) + 0.5)) for g in grams}
        vector = {gram: (1 + math.log(n)) * rare[gram] for gram, n in grams.items()}
        length = math.sqrt(sum(weight * weight for weight in vector.values()))
        return {gram: weight / length for gram, weight in vector.items()} if length else {}


def _grams(text: str) -> Counter[str]:
    spaced = f" {re.sub(' +', ' ', folded(text))} "
    return Counter(spaced[at : at + size] for size in SIZES for at in range(len(spaced) - size + 1))
