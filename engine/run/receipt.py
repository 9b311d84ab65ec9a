"""What the model thought before it wrote a token: how likely it was, how open the choice, and what else there was.

From raw logits, before any sampler. On numpy and with buffers of its own: each of torch's operations took a fresh
piece of memory of the size of the vocabulary, which cost more than the arithmetic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.messages import Alternative, Piece
from engine.run.likeliest import likeliest
from engine.text.tokenizer import Tokenizer

_TEXTS: WeakKeyDictionary[Tokenizer, dict[int, str]] = WeakKeyDictionary()
"""Of tokens that were looked up, as long as their tokenizer lives."""
IMPOSSIBLE = np.float32(-1e30)
"""In place of minus infinity, which times a chance of nothing is no number."""


@dataclass(slots=True)
class ReceiptWriter:
    """For the tokens of one reply, one after another."""

    tokenizer: Tokenizer
    alternatives: int
    _texts: dict[int, str] = field(init=False)
    _below: NDArray[np.float32] = field(init=False)
    _chances: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        self._texts = _TEXTS.setdefault(self.tokenizer, {})
        self._below, self._chances = np.empty(0, np.float32), np.empty(0, np.float32)

    def piece(self, logits: Tensor, token_id: int, text: str) -> Piece:
        """From float32 logits [vocab] on the CPU; entropy and log-probabilities in nats.

        With d = logit - largest: log p = d - log sum exp d, and entropy = log sum exp d - sum(d exp d) / sum exp d.
        """
        numbers = logits.numpy()
        if len(self._below) != len(numbers):
            self._below, self._chances = np.empty_like(numbers), np.empty_like(numbers)
        below, chances = self._below, self._chances
        np.subtract(numbers, numbers.max(), out=below)
        np.exp(below, out=chances)
        total = float(chances.sum())
        log_total = math.log(total)
        ids, distances = likeliest(below, self.alternatives)
        logprobs = [distance - log_total for distance in distances]
        alternatives = tuple(map(Alternative, ids, map(self.text, ids), logprobs))
        logprob = float(below[token_id]) - log_total
        np.multiply(np.maximum(below, IMPOSSIBLE, out=below), chances, out=chances)
        return Piece(token_id, text, logprob, log_total - float(chances.sum()) / total, alternatives)

    def text(self, token_id: int) -> str:
        """What a token would add; control tokens and single bytes as the vocabulary spells them."""
        text = self._texts.get(token_id)
        if text is None:
            text = self._texts[token_id] = token_text(self.tokenizer, token_id)
        return text


def token_text(tokenizer: Tokenizer, token_id: int) -> str:
    """The text of one token alone; control tokens and parts of characters as the vocabulary spells them."""
    try:
        return tokenizer.token_bytes(token_id).decode() or tokenizer.piece(token_id)
    except UnicodeDecodeError:
        return tokenizer.piece(token_id)
