"""Looks at the whole of a run: what it answers, in its own and other words, and what it forgot. Knows no loop."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from engine.data.pairs.pair import folded
from engine.messages import CardUsed, Lesson
from engine.run.asking import example, prompt
from engine.run.bundled import Known, general_questions, general_text
from engine.run.cards import Cards
from engine.run.evaluate import ROOM, Grasp, bits_per_byte, know, write
from engine.run.loaded import Loaded
from engine.run.meaning import read
from engine.run.packing import Example
from engine.run.perturbing import perturbed
from engine.text.tokenizer import decode

HELD_OUT_SEED = 1 << 20
"""Rewordings by rule with this seed are never trained on."""
QUESTIONS = 40
LONGEST_ANSWER = 300
BRIEF = 40
"""Tokens of an answer to a general question."""
GLANCE, WHOLE = 6000, 12_000
"""Characters of general text that a look during a run scores, and that are scored before and after."""

Work = Generator[tuple[int, int], None, "list[Grasp]"]


@dataclass(slots=True)
class Looks:
    """Everything that is asked in one run, rendered once, with the card that each question finds."""

    loaded: Loaded
    lessons: Sequence[Lesson]
    cards: Cards
    own: list[Example] = field(default_factory=list)
    own_bare: list[Example] = field(default_factory=list)
    reworded: list[Example] = field(default_factory=list)
    reworded_bare: list[Example] = field(default_factory=list)
    general: list[list[int]] = field(default_factory=list)
    general_bare: list[list[int]] = field(default_factory=list)

    def prepare(self) -> Generator[tuple[int, int], None, None]:
        """Find the card of every question, with the model as it is before teaching."""
        other = [perturbed(lesson.question, HELD_OUT_SEED) for lesson in self.lessons]
        asked = other + [q.question for q in questions()]
        vectors = yield from read(self.loaded.model, self.loaded.tokenizer, asked, self.cards.adapter)
        count = len(self.lessons)
        for number, lesson in enumerate(self.lessons):
            self.own.append(self._of(lesson, lesson.question, self.cards.same(lesson.question)))
            self.own_bare.append(self._of(lesson, lesson.question, None))
            self.reworded.append(self._of(lesson, other[number], self.cards.fitting(other[number], vectors[number])))
            self.reworded_bare.append(self._of(lesson, other[number], None))
        for known, vector in zip(questions(), vectors[count:], strict=True):
            card = self.cards.fitting(known.question, vector)
            nobody = Lesson(0, known.question, "")
            self.general.append(prompt(self.loaded, nobody, known.question, card))
            self.general_bare.append(prompt(self.loaded, nobody, known.question))

    def _of(self, lesson: Lesson, asked: str, card: CardUsed | None) -> Example:
        return example(self.loaded, prompt(self.loaded, lesson, asked, card), lesson.answer)

    def grasp(self, examples: Sequence[Example]) -> Work:
        return know(self.loaded.model, examples)

    def grasps(self) -> Generator[tuple[int, int], None, tuple[list[Grasp], list[Grasp]]]:
        """Of all pairs, as they stand and in other words, with their cards: both begin with the same one."""
        found = yield from self.grasp([*self.own, *self.reworded])
        return found[: len(self.own)], found[len(self.own) :]

    def answers(
        self, examples: Sequence[Example], longest: int = LONGEST_ANSWER
    ) -> Generator[tuple[int, int], None, list[str]]:
        """What is written in answer to each, greedily."""
        room = [min(len(e.targets) + ROOM, longest) for e in examples]
        return (yield from write(self.loaded, [e.ids[: e.start] for e in examples], room))

    def answers_beside(
        self, examples: Sequence[Example], grasps: Sequence[Grasp], longest: int = LONGEST_ANSWER
    ) -> Generator[tuple[int, int], None, list[str]]:
        """As `answers`, where it is known of some that greedy decoding writes exactly the right one: not again."""
        ends = self.loaded.ends
        known = [grasp.exact and e.targets[-1] in ends for e, grasp in zip(examples, grasps, strict=True)]
        open_ones = [e for e, sure in zip(examples, known, strict=True) if not sure]
        written = iter((yield from self.answers(open_ones, longest)))
        return [
            decode(self.loaded.tokenizer, e.targets[:-1][:longest]).strip() if sure else next(written)
            for e, sure in zip(examples, known, strict=True)
        ]

    def general_answers(self) -> Generator[tuple[int, int], None, list[str]]:
        """To general questions, with whatever card they find."""
        return (yield from write(self.loaded, self.general, [BRIEF] * len(self.general)))

    def general_answers_beside(self, bare: Sequence[str]) -> Generator[tuple[int, int], None, list[str]]:
        """As `general_answers`, where it is known what is said to each that finds no card."""
        pairs = zip(self.general, self.general_bare, strict=True)
        carded = [n for n, (asked, alone) in enumerate(pairs) if asked != alone]
        written = yield from write(self.loaded, [self.general[n] for n in carded], [BRIEF] * len(carded))
        said = dict(zip(carded, written, strict=True))
        return [said.get(n, answer) for n, answer in enumerate(bare)]

    def general_answers_bare(self) -> Generator[tuple[int, int], None, list[str]]:
        return (yield from write(self.loaded, self.general_bare, [BRIEF] * len(self.general)))

    def bits(self, *, brief: bool = False) -> Generator[tuple[int, int], None, float]:
        text = general_text()[: GLANCE if brief else WHOLE]
        return (yield from bits_per_byte(self.loaded.model, self.loaded.tokenizer, self.loaded.start, text))


def questions() -> tuple[Known, ...]:
    return general_questions()[:QUESTIONS]


def share(grasps: Sequence[Grasp]) -> float:
    """Of the answers that greedy decoding writes exactly."""
    return sum(one.exact for one in grasps) / max(len(grasps), 1)


def recalled(lessons: Sequence[Lesson], answers: Sequence[str]) -> float:
    """Share of answers that are the right ones after folding."""
    right = sum(folded(a) == folded(one.answer) for one, a in zip(lessons, answers, strict=True))
    return right / max(len(lessons), 1)


def best_of(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """A copy to keep."""
    with torch.no_grad():
        return {name: tensor.detach().clone() for name, tensor in state.items()}
