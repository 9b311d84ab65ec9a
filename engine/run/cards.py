"""A taught model's pairs as cards: which one a question means, how sure that is, and how it is put before the model.

The untaught model finds them (`meaning`, `wording`), so that teaching more does not change what is found.
Knows no conversation and no adapter.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.data.pairs.pair import folded
from engine.messages import CardUsed, Lesson
from engine.model.transformer import Transformer
from engine.run.bundled import general_chat
from engine.run.meaning import Whitening, read, whitened
from engine.run.wording import Wording
from engine.text.tokenizer import Tokenizer

NOTE = "A known question: {question}\nIts answer: {answer}"
VIEWS = (1.0, 1.0, 0.7)
WORDING = 0.7
"""Weights of the vectors and of the letters in the score: fitted, docs/decisions/007."""
HUBS = 0.5
"""How much is taken off a card that is close to everything (hubness: arXiv 1710.04087)."""
NEAR, NEAR_CARD = 3, 10
"""How many unrelated questions a question and a card are held against."""
STEEPNESS, HANDICAP = 8.0, 0.3
"""A card is as likely as not when it is closer than unrelated questions are, less the handicap."""
SHOWN_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Sense:
    """What is worked out once for a model: how to turn its vectors, and those of unrelated questions [n, views, h]."""

    whitening: Whitening
    unrelated: Tensor


class Cards:
    """The pairs that can be put in front. `of` makes them."""

    def __init__(self, lessons: Sequence[Lesson], sense: Sense, vectors: Tensor) -> None:
        self.lessons = list(lessons)
        self._sense = sense
        self._vectors = whitened(vectors, sense.whitening)
        self._unrelated = whitened(sense.unrelated, sense.whitening)
        self._wording = Wording([lesson.question for lesson in lessons])
        self._other_wording = Wording([question for question, _ in general_chat()[: len(sense.unrelated)]])
        self._exact = {folded(lesson.question): n for n, lesson in enumerate(lessons)}
        self._exact |= {lesson.question: n for n, lesson in enumerate(lessons)}  # "Bye" and "Bye?" may differ
        self._hubness = HUBS * _closeness(self._vectors, self._unrelated).topk(NEAR_CARD, 1).values.mean(1)

    @classmethod
    def of(
        cls, model: Transformer, tokenizer: Tokenizer, lessons: Sequence[Lesson], sense: Sense
    ) -> Generator[tuple[int, int], None, Cards]:
        """Reads every question once. UserError for none. With the model as it was before teaching."""
        vectors = yield from read(model, tokenizer, [lesson.question for lesson in lessons])
        return cls(lessons, sense, vectors)

    def fitting(self, question: str, vector: Tensor) -> CardUsed | None:
        """The card for a question, whose raw vector is [views, hidden]; None where the evidence is weak."""
        same = self.same(question)
        if same is not None:
            return same
        found, score = self._closest(question, vector)
        probability = 1 / (1 + math.exp(-STEEPNESS * (score + HANDICAP)))
        return None if probability < SHOWN_FROM else _used(self.lessons[found], probability)

    def same(self, question: str) -> CardUsed | None:
        """The card that asks exactly this."""
        found = self._exact.get(question, self._exact.get(folded(question)))
        return None if found is None else _used(self.lessons[found], 1.0)

    def _closest(self, question: str, vector: Tensor) -> tuple[int, float]:
        """The closest card, and how much closer it is than unrelated questions are."""
        turned = whitened(vector[None], self._sense.whitening)
        cards = _closeness(turned, self._vectors)[0] + WORDING * self._wording.similarities(question) - self._hubness
        others = _closeness(turned, self._unrelated)[0] + WORDING * self._other_wording.similarities(question)
        best = int(cards.argmax())
        return best, float(cards[best] - others.topk(NEAR).values.mean())


def _used(lesson: Lesson, probability: float) -> CardUsed:
    return CardUsed(lesson.id, lesson.question, lesson.answer, probability)


def _closeness(some: Tensor, others: Tensor) -> Tensor:
    """[a, views, h] and [b, views, h], all of length 1 -> [a, b]."""
    return torch.einsum("avh,bvh->abv", some, others) @ torch.tensor(VIEWS)


def with_note(asked: str, card: Lesson | CardUsed | None) -> str:
    """A question with the card before it, close to where the answer begins: far ahead of it, in the instructions,
    a card was overlooked once a few turns stood in between, and every card would make the whole conversation read anew.
    """
    if card is None:
        return asked
    return f"{NOTE.format(question=card.question, answer=card.answer)}\n\n{asked}"
