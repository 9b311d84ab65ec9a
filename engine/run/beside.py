"""Which other cards stand beside the right one while a model learns to take it: those whose questions look alike.

Knows pairs and letters, no model.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.data.pairs.pair import folded
from engine.messages import Lesson
from engine.run.wording import Wording

NEAREST = 6
"""From so many of the most similar questions others are drawn."""
ALONE = 1 / 2
"""How often a card is shown alone, as it is in chat where it is asked in its own words."""


@dataclass(slots=True)
class Shelf:
    """Pairs that may be taken for each other."""

    lessons: Sequence[Lesson]
    _wording: Wording = field(init=False)
    _near: dict[int, list[int]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._wording = Wording([lesson.question for lesson in self.lessons])

    def shown(self, number: int, luck: random.Random) -> list[Lesson]:
        """The card of this pair, half of the time among one or two others with other answers, in any order."""
        near = [] if luck.random() < ALONE else self._alike(number)
        cards = [self.lessons[n] for n in (number, *luck.sample(near, min(len(near), luck.choice((1, 2)))))]
        luck.shuffle(cards)
        return cards

    def _alike(self, number: int) -> list[int]:
        if number not in self._near:
            mine = self.lessons[number]
            order = self._wording.similarities(mine.question).argsort(descending=True, stable=True).tolist()
            others = (n for n in order if folded(self.lessons[n].answer) != folded(mine.answer))
            self._near[number] = [n for n, _ in zip(others, range(NEAREST), strict=False)]
        return self._near[number]
