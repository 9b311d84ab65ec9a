"""A taught model leaning on its pairs while it chats: the fitting card goes in front, and the reply says which.

Knows the loaded model and one conversation; how cards are found is `cards`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.messages import CardUsed, Event, JobId, Message
from engine.model.lora import only
from engine.run.cards import Cards, with_note
from engine.run.loaded import Loaded
from engine.run.meaning import read
from engine.run.progress import progress
from engine.run.sense import sense_of

REMEMBERED = 64
"""Questions whose card is remembered, so that writing again and continuing find the same one at once."""


@dataclass(slots=True)
class Leaning:
    """The cards of one loaded model, made when the first question needs them."""

    loaded: Loaded
    cache: Path
    _cards: Cards | None = None
    _found: dict[str, CardUsed | None] = field(default_factory=dict)

    def card_for(self, job: JobId, messages: Sequence[Message]) -> Generator[Event, None, CardUsed | None]:
        """For the last question of the person; None where no pair is meant, or there are none."""
        asked = next((m.text for m in reversed(messages) if m.role == "user"), "")
        if not self.loaded.lessons or not asked.strip():
            return None
        if asked not in self._found:
            cards = self._cards or (yield from self._made(job))
            with only(self.loaded.model):
                reading = read(self.loaded.model, self.loaded.tokenizer, [asked], cards.adapter)
                vectors = yield from progress(job, reading)
            if len(self._found) >= REMEMBERED:
                self._found.pop(next(iter(self._found)))
            self._found[asked] = cards.fitting(asked, vectors[0])
        return self._found[asked]

    def _made(self, job: JobId) -> Generator[Event, None, Cards]:
        model, tokenizer, loaded = self.loaded.model, self.loaded.tokenizer, self.loaded
        with only(model):
            sha256 = loaded.checkpoint.sha256 or loaded.info.sha256
            sense = yield from progress(job, sense_of(model, tokenizer, sha256, self.cache), "Learning to find pairs")
            cards = yield from progress(job, Cards.of(model, tokenizer, loaded.lessons, sense), "Reading the pairs")
        self._cards = cards
        return cards


def leaning_on(card: CardUsed, messages: Sequence[Message]) -> tuple[Message, ...]:
    """The conversation with the card before the last question."""
    last = max(n for n, message in enumerate(messages) if message.role == "user")
    noted = replace(messages[last], text=with_note(messages[last].text, card))
    return (*messages[:last], noted, *messages[last + 1 :])
