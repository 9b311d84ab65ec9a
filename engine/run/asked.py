"""Every question of some pairs asked greedily, with cards or without: what `evaluate` shows. Knows no run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from engine.data.pairs.pair import folded
from engine.messages import CardUsed, Event, Lesson, Message, Result
from engine.model.lora import Adapter, only
from engine.run.asking import answer_ids, prompt
from engine.run.evaluate import ROOM, f1, write
from engine.run.leaning import Leaning
from engine.run.loaded import Loaded
from engine.run.progress import progress


def ask_all(
    loaded: Loaded, lessons: Sequence[Lesson], cards: Literal["auto", "off", "only"], cache: Path
) -> Iterator[Event]:
    """-> Progress, Result(list of question, expected, answer, match, f1, card)"""
    leaning = Leaning(loaded, cache)
    found: list[CardUsed | None] = []
    for lesson in lessons:
        asked = [Message("user", lesson.question)]
        found.append(None if cards == "off" else (yield from leaning.card_for(0, asked)))
    prompts = [prompt(loaded, one, one.question, card) for one, card in zip(lessons, found, strict=True)]
    room = [len(answer_ids(loaded, one.answer)) + ROOM for one in lessons]
    answers = [""] * len(lessons)
    for adapters, numbers in _under(loaded, cards, found):
        with only(loaded.model, *adapters):
            work = write(loaded, [prompts[n] for n in numbers], [room[n] for n in numbers])
            said = yield from progress(0, work, "Asking")
        for number, answer in zip(numbers, said, strict=True):
            answers[number] = answer
    items = [
        {
            "question": one.question,
            "expected": one.answer,
            "answer": answer,
            "match": folded(one.answer) == folded(answer),
            "f1": f1(one.answer, answer),
            "card": card.lesson if card else None,
        }
        for one, answer, card in zip(lessons, answers, found, strict=True)
    ]
    yield Result(0, items)


def _under(
    loaded: Loaded, cards: Literal["auto", "off", "only"], found: Sequence[CardUsed | None]
) -> Iterator[tuple[list[Adapter], list[int]]]:
    """Which questions are asked under which adapters: as a chat does it, with all adapters, or with none."""
    if cards != "auto":
        yield ([] if cards == "only" else loaded.adapters), list(range(len(found)))
        return
    for card in (True, False):
        numbers = [n for n, one in enumerate(found) if (one is not None) == card]
        if numbers:
            yield loaded.speaking(card=card), numbers
