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
from engine.model.lora import Adapter
from engine.model.transformer import Transformer
from engine.run.bundled import general_chat
from engine.run.meaning import Whitening, read, whitened
from engine.run.named import Named
from engine.run.wording import Wording
from engine.text.tokenizer import Tokenizer

NOTE = "A known question: {question}\nIts answer: {answer}"
NEAR, NEAR_CARD = 3, 10
"""How many unrelated questions a question and a card are held against."""
SHOWN_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Weighing:
    """What counts how much: fitted, docs/decisions/007."""

    views: tuple[float, ...]
    wording: float
    name: float
    """Added where a question says the name that a card is."""
    hubs: float
    """How much is taken off a card that is close to everything (hubness: arXiv 1710.04087)."""
    handicap: float
    """A card is as likely as not when it is closer than unrelated questions are, less this."""
    steepness: float


BY_ITSELF = Weighing((1.0, 1.0, 0.7), 0.7, 0.8, 0.5, 0.3, 8.0)
"""For a model of which nothing is known but what it thinks by itself."""
TRAINED = Weighing((1.0,), 0.4, 0.8, 0.25, 0.1, 24.0)
"""With an adapter that was trained to hear."""


@dataclass(frozen=True, slots=True)
class Sense:
    """What is worked out once for a model: how to turn its vectors, and those of unrelated questions [n, views, h]."""

    whitening: Whitening
    unrelated: Tensor
    adapter: Adapter | None = None
    """With which questions are read."""

    @property
    def weighing(self) -> Weighing:
        return BY_ITSELF if self.adapter is None else TRAINED


class Cards:
    """The pairs that can be put in front. `of` makes them."""

    def __init__(self, lessons: Sequence[Lesson], sense: Sense, vectors: Tensor) -> None:
        self.lessons = list(lessons)
        self._sense, self._weighing = sense, sense.weighing
        self._vectors = whitened(vectors, sense.whitening)
        self._unrelated = whitened(sense.unrelated, sense.whitening)
        self._wording = Wording([lesson.question for lesson in lessons])
        self._named = Named([lesson.question for lesson in lessons], [lesson.answer for lesson in lessons])
        self._other_wording = Wording([question for question, _ in general_chat()[: len(sense.unrelated)]])
        self._exact = {folded(lesson.question): n for n, lesson in enumerate(lessons)}
        self._exact |= {lesson.question: n for n, lesson in enumerate(lessons)}  # "Bye" and "Bye?" may differ
        near = self._closeness(self._vectors, self._unrelated).topk(NEAR_CARD, 1).values
        self._hubness = self._weighing.hubs * near.mean(1)

    @property
    def adapter(self) -> Adapter | None:
        """With which questions are read that are to be held against these."""
        return self._sense.adapter

    @classmethod
    def of(
        cls, model: Transformer, tokenizer: Tokenizer, lessons: Sequence[Lesson], sense: Sense
    ) -> Generator[tuple[int, int], None, Cards]:
        """Reads every question once. UserError for none. With the model as it was before teaching."""
        vectors = yield from read(model, tokenizer, [lesson.question for lesson in lessons], sense.adapter)
        return cls(lessons, sense, vectors)

    def fitting(self, question: str, vector: Tensor) -> CardUsed | None:
        """The card for a question, whose raw vector is [views, hidden]; None where the evidence is weak."""
        same = self.same(question)
        if same is not None:
            return same
        found, score = self._closest(question, vector)
        probability = 1 / (1 + math.exp(-self._weighing.steepness * (score + self._weighing.handicap)))
        return None if probability < SHOWN_FROM else _used(self.lessons[found], probability)

    def same(self, question: str) -> CardUsed | None:
        """The card that asks exactly this."""
        found = self._exact.get(question, self._exact.get(folded(question)))
        return None if found is None else _used(self.lessons[found], 1.0)

    def _closest(self, question: str, vector: Tensor) -> tuple[int, float]:
        """The closest card, and how much closer it is than unrelated questions are."""
        turned = whitened(vector[None], self._sense.whitening)
        letters, name = self._weighing.wording, self._weighing.name
        cards = self._closeness(turned, self._vectors)[0] + letters * self._wording.similarities(question)
        cards += name * self._named.shares(question) - self._hubness
        others = self._closeness(turned, self._unrelated)[0] + letters * self._other_wording.similarities(question)
        best = int(cards.argmax())
        return best, float(cards[best] - others.topk(NEAR).values.mean())

    def _closeness(self, some: Tensor, others: Tensor) -> Tensor:
        """[a, views, h] and [b, views, h], all of length 1 -> [a, b]."""
        return torch.einsum("avh,bvh->abv", some, others) @ torch.tensor(self._weighing.views)


def _used(lesson: Lesson, probability: float) -> CardUsed:
    return CardUsed(lesson.id, lesson.question, lesson.answer, probability)


def with_note(asked: str, card: Lesson | CardUsed | None) -> str:
    """A question with the card before it, close to where the answer begins: far ahead of it, in the instructions,
    a card was overlooked once a few turns stood in between, and every card would make the whole conversation read anew.
    """
    if card is None:
        return asked
    return f"{NOTE.format(question=card.question, answer=card.answer)}\n\n{asked}"
