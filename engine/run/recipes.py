"""Fine-tuning on pairs: which texts a step is made of, and what each is for.

A taught model is its adapter and its pairs as cards, so it learns three things at once: to answer from a card,
whoever's it is, in many passes to answer a pair without its card too, and to stay as it was in everything else, a card
that does not fit included. Figures in docs/decisions/008. Knows losses and examples; loop and events are elsewhere.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

from engine.messages import Lesson, Message
from engine.run.asking import end_of_turn, example, fitting, prompt
from engine.run.batch_generate import answer_all
from engine.run.bundled import general_chat, knowledge, persona, rewordings
from engine.run.loaded import Loaded
from engine.run.objectives import Kept, answer_loss, keep, replay_loss
from engine.run.packing import Example, Packed, batches, pack
from engine.run.perturbing import perturbed
from engine.run.training import Part

PAIRS = 4
"""Own pairs in a step."""
OTHERS = 4
"""Unrelated cards in a step: half are invented pairs, half are questions which a model has an answer of its own to,
general knowledge or about itself, and must learn to leave it for the card's."""
BARE_AFTER = 7
"""Passes after which pairs are asked without their card too, where somebody chose more. Fewer teach the weights no
answer by themselves (0 %), and only take longer; so a usual adapter is on only where a card is."""
HELD = 5
"""General answers in a step that must stay as they were."""
TOKENS = 384
"""Tokens of a micro-batch: how long a question of the person waits."""
REPLAYED = 96
"""General answers that a run holds on to."""
OWN, OWN_TOKENS = 48, 32
"""Of the general questions so many are held to what the untaught model itself begins to say, and how much of that: what
it would say is closer to that than to any answer that was written for it."""
WRONG_EVERY = 12
"""One in so many also behind a card that does not fit. With every second one the model left right cards alone too:
31 instead of the 42 answers of 50 whose card was found."""


TALKED = 1 / 3
"""How many of the questions with a card come after earlier turns about something else: without any, two turns before
a question cost 4 of 18 answers whose card was found."""


@dataclass(slots=True)
class Finetuning:
    """Data of one run. The same seed and step always give the same parts."""

    loaded: Loaded
    lessons: Sequence[Lesson]
    replay: float
    seed: int
    replayed: int = field(default_factory=lambda: REPLAYED)
    own: int = field(default_factory=lambda: OWN)
    """Of them with the untaught model's own answer."""
    for_cards: bool = True
    """Whether pairs are never asked without their card."""
    _held: list[tuple[Example, Kept]] = field(default_factory=list)

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self.lessons) // PAIRS)

    def prepare(self) -> Generator[tuple[int, int], None, None]:
        """Read what must not change with the untaught model, and note what it thinks. Call with no adapter on."""
        luck = random.Random(f"{self.seed}:held")
        rows = list(general_chat())
        luck.shuffle(rows)
        asked = [Lesson(0, question, answer) for question, answer in rows[: self.replayed]]
        made = [(one, fitting(self.loaded, prompt(self.loaded, one, one.question), one.answer)) for one in asked]
        made[: self.own] = yield from self._in_its_own_words(asked[: self.own])
        there = sorted([(one, free) for one, free in made if free is not None], key=lambda both: both[1].ids)
        for group in batches([free for _, free in there], TOKENS):
            packed = pack(group)
            kept = keep(self.loaded.model, packed)
            self._held += [(free, kept.of(packed.owner == number)) for number, free in enumerate(group)]
            yield len(self._held), len(there)
        for (lesson, free), (_, kept) in zip(there[::WRONG_EVERY], self._held[: len(there) : WRONG_EVERY], strict=True):
            self._held += self._with_wrong_card(lesson, free, kept, luck)

    def _in_its_own_words(
        self, asked: Sequence[Lesson]
    ) -> Generator[tuple[int, int], None, list[tuple[Lesson, Example | None]]]:
        """What the model says to each, with its end, or cut."""
        prompts = [prompt(self.loaded, one, one.question) for one in asked]
        room = [max(1, min(OWN_TOKENS, self.loaded.info.context - len(ids) - 1)) for ids in prompts]
        said = yield from answer_all(self.loaded.model, prompts, room, self.loaded.ends)
        end = end_of_turn(self.loaded)
        ended = [[*ids, *end] if len(ids) < most else ids for ids, most in zip(said, room, strict=True)]
        both = zip(asked, prompts, ended, strict=True)
        return [(one, Example((*ids, *answer), len(ids)) if answer else None) for one, ids, answer in both]

    def _with_wrong_card(
        self, asked: Lesson, free: Example, kept: Kept, luck: random.Random
    ) -> list[tuple[Example, Kept]]:
        """The same answer after a note about something else: it must be as likely as without the note."""
        noted = prompt(self.loaded, asked, asked.question, luck.choice(self.lessons))
        if len(noted) + len(free.targets) > self.loaded.info.context:
            return []
        return [(Example((*noted, *free.targets), len(noted)), kept)]

    def parts(self, step: int) -> list[Part]:
        """The micro-batches of a step."""
        mine, held = self._texts(step)
        total = sum(len(e.targets) for e in mine)
        parts = [self._learning(group, total) for group in batches(_neighbours(mine), TOKENS)]
        return [*parts, *self._holding(held)] if held else parts

    def texts(self, step: int) -> tuple[list[Example], list[Example]]:
        """What a step reads: texts to be learned, and texts that must stay as they were."""
        mine, held = self._texts(step)
        return mine, [example for example, _ in held]

    def _texts(self, step: int) -> tuple[list[Example], list[tuple[Example, Kept]]]:
        luck = random.Random(f"{self.seed}:{step}")
        mine = self._own(step) + self._others(luck)
        wanted = min(HELD, len(self._held)) if self.replay else 0
        return mine, luck.sample(self._held, wanted)

    def _own(self, step: int) -> list[Example]:
        """Each pair behind its card, and where the weights are to know it too, after some passes bare."""
        epoch, nth = divmod(step, self.steps_per_epoch)
        order = list(range(len(self.lessons)))
        random.Random(f"{self.seed}:epoch {epoch}").shuffle(order)
        found = []
        for number in order[nth * PAIRS : (nth + 1) * PAIRS]:
            lesson = self.lessons[number]
            reworded = perturbed(lesson.question, self.seed + step)
            if epoch >= BARE_AFTER and not self.for_cards:
                bare = lesson.question if epoch % 2 == 0 else reworded
                found.append(example(self.loaded, prompt(self.loaded, lesson, bare), lesson.answer, number))
            asked = lesson.question if as_written(step, number) else reworded
            found.append(self._noted(lesson, asked, random.Random(f"{self.seed}:{step}:{number}"), number))
        return [one for one in found if one is not None]

    def _others(self, luck: random.Random) -> list[Example]:
        found = []
        known = (*knowledge(), *persona())
        for pair in (*luck.sample(rewordings(), OTHERS // 2), *luck.sample(known, OTHERS // 2)):
            card = Lesson(0, pair.question, pair.answer)
            found.append(self._noted(card, luck.choice(pair.rephrased), luck))
        return [one for one in found if one is not None]

    def _noted(self, lesson: Lesson, asked: str, luck: random.Random, key: int = 0) -> Example | None:
        """Behind its own card, and sometimes in the middle of a conversation. None where it does not fit."""
        turns = luck.sample(general_chat(), luck.choice((1, 2))) if luck.random() < TALKED else []
        before = [Message(role, text) for turn in turns for role, text in zip(("user", "assistant"), turn, strict=True)]
        talked = replace(lesson, earlier=(*before, *lesson.earlier))
        found = fitting(self.loaded, prompt(self.loaded, talked, asked, lesson), lesson.answer, key)
        return found or fitting(self.loaded, prompt(self.loaded, lesson, asked, lesson), lesson.answer, key)

    def _learning(self, group: list[Example], total: int) -> Part:
        packed = pack(group)
        return Part(lambda: answer_loss(self.loaded.model, packed), 1 / total, len(packed.targets), packed.tokens)

    def _holding(self, held: list[tuple[Example, Kept]]) -> list[Part]:
        total = sum(len(e.targets) for e, _ in held)
        parts = []
        held = sorted(held, key=lambda one: one[0].ids)
        for group in batches([e for e, _ in held], TOKENS):
            kept = Kept.joined([k for e, k in held if e in group])
            parts.append(self._held_part(pack(group), kept, total))
        return parts

    def _held_part(self, packed: Packed, kept: Kept, total: int) -> Part:
        weight = self.replay / total
        return Part(
            lambda: replay_loss(self.loaded.model, packed, kept),
            weight,
            len(packed.targets),
            packed.tokens,
            shown=False,
        )


def as_written(step: int, number: int) -> bool:
    """In which steps a pair's own card comes with its question as it is written."""
    return (step + number) % 3 == 0


def _neighbours(examples: list[Example]) -> list[Example]:
    """Those that begin alike beside each other, since a row reads a common beginning once."""
    return sorted(examples, key=lambda e: e.ids)
