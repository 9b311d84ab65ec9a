"""What a run of teaching will be, from the number of pairs, and what it will take, from a probe on this computer.

Figures behind the defaults: docs/decisions/008. Knows no run that goes on.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch

from engine import device
from engine.errors import UserError
from engine.heap import give_back
from engine.messages import Lesson, TeachPlan, TeachSettings
from engine.model import halved
from engine.model.lora import Adapter, full_adapter, new_adapter, only
from engine.run.cross_entropy import ROWS
from engine.run.loaded import Loaded
from engine.run.objectives import SPARING_FROM
from engine.run.recipes import BARE_AFTER, PAIRS, Finetuning

RATE = 1e-3
"""With half of it 5 of 19 questions of one file whose card was found were answered otherwise; with this, 2 of 116 of
four files."""
RANK = 16
FULL_RATE = 5e-4
FULL_UP_TO = 60_000_000
"""Parameters of a model whose layers can be taught as a whole: an adapter that can be any change is twice as large."""
REPLAY = 4.0
USUAL_STEPS = 40
"""Of a run with few pairs: with 24 steps 28 of 30 pairs were answered; 30 steps answered all of 22."""
FEWEST_STEPS = 36
"""Of a usual run: two passes over 61 pairs are 32."""
LARGEST_RANK, MOST_EPOCHS = 256, 100
AROUND, AROUND_A_PAIR = 12.0, 0.43
"""What a run takes besides its steps, in steps: looks, answers before and after. From two runs, 50 pairs (39 steps,
227 s at 3.1 s a step, nothing else running) and 22 pairs (42 steps, 761 s at 11.9 s, a busy computer)."""
HOLDING = 0.5
"""What holding on to general answers adds to a step, as a share of its first two micro-batches: estimated."""
PER_TOKEN = 50_000
"""Bytes that a token of a micro-batch takes for each layer's width of 576, holes in the heap included: from the peak
of a run on 61 pairs (2,106 MiB)."""


def plan(loaded: Loaded, lessons: Sequence[Lesson], settings: TeachSettings, *, probe: bool = True) -> TeachPlan:
    """UserError for settings that cannot be, and for pairs that do not fit into the context.

    Without the probe, which takes two steps, the seconds are not known and 0.
    """
    checked(lessons, settings)
    epochs, for_cards = settings.epochs or usual_epochs(len(lessons)), settings.epochs <= BARE_AFTER
    full = settings.method == "full"
    rank, rate = settings.rank or RANK, settings.learning_rate or (FULL_RATE if full else RATE)
    if full:
        rank = _small_enough(loaded)
    replay = REPLAY if settings.replay < 0 else settings.replay
    data = Finetuning(loaded, lessons, replay, settings.seed)
    steps = data.steps_per_epoch * epochs
    around = AROUND + AROUND_A_PAIR * len(lessons)
    seconds = _seconds(loaded, data, beginning(loaded, full, rank), steps, around) if probe else 0.0
    memory = _memory(loaded, rank)
    what = "All linear layers change as a whole" if full else f"Adapters of rank {rank} on every linear layer"
    reasons = (
        f"{epochs} passes over {len(lessons)} {'pair' if len(lessons) == 1 else 'pairs'}: more make it forget, fewer "
        "do not reach the last pair.",
        f"{what}; the model's own weights stay as they are.",
        "Each step also holds general answers to what the untaught model thought of them.",
        "In a chat the adapter is on where a pair fits; everything else is answered as before."
        if for_cards
        else f"After {BARE_AFTER} passes pairs are asked without their card too, so the adapter is on in every reply.",
    )
    return TeachPlan(
        "full" if full else "lora", epochs, steps, rate, rank, replay, seconds, memory, device.memory()[0], reasons,
        for_cards,
    )  # fmt: skip


def _small_enough(loaded: Loaded) -> int:
    """The rank of an adapter that can be any change."""
    if loaded.checkpoint.config.parameters() > FULL_UP_TO:
        raise UserError(
            f"“{loaded.info.title}” is too large to be taught as a whole",
            f"Choose LoRA: whole layers are for models of up to {FULL_UP_TO // 1_000_000} million parameters.",
        )
    return loaded.checkpoint.config.hidden_size


def beginning(loaded: Loaded, full: bool, rank: int, luck: torch.Generator | None = None) -> Adapter:
    """What a run begins with: changes nothing yet."""
    return full_adapter(loaded.model) if full else new_adapter(loaded.model, rank, 2.0 * rank, luck)


def usual_epochs(pairs: int) -> int:
    """Two passes, or as many as make a run long enough to learn what a card is for; one over very many pairs."""
    steps = -(-pairs // PAIRS)
    return max(1 if pairs > 250 else 2, round(USUAL_STEPS / steps), -(-FEWEST_STEPS // steps))


def checked(lessons: Sequence[Lesson], settings: TeachSettings) -> None:
    if not lessons:
        raise UserError("There is nothing to teach: there are no pairs", "Add a question and its answer.")
    empty = next((n for n, one in enumerate(lessons, 1) if not one.question.strip() or not one.answer.strip()), 0)
    if empty:
        raise UserError(f"Pair {empty} has no {_missing(lessons[empty - 1])}", "Fill it in, or take the pair out.")
    if not 0 <= settings.epochs <= MOST_EPOCHS:
        raise UserError(f"{settings.epochs} passes are not possible", f"Choose 1 to {MOST_EPOCHS}, or 0 for usual.")
    if not 0 <= settings.rank <= LARGEST_RANK:
        raise UserError(f"A rank of {settings.rank} is not possible", f"Choose 1 to {LARGEST_RANK}, or 0 for usual.")
    if not 0 <= settings.learning_rate <= 0.1:
        raise UserError(f"A learning rate of {settings.learning_rate} is not possible", "Choose at most 0.1.")
    if settings.replay > 1000:
        raise UserError(f"A replay of {settings.replay} is not possible", "Choose at most 1000.")


def _missing(lesson: Lesson) -> str:
    return "question" if not lesson.question.strip() else "answer"


def _seconds(loaded: Loaded, data: Finetuning, adapter: Adapter, steps: int, around: float) -> float:
    """Of the steps, and of so many of them that all else takes, which is computed exactly."""
    exact = _seconds_a_step(loaded, data, adapter)
    if not halved.pays():
        return (steps + around) * exact
    with halved.halved(True):
        return steps * _seconds_a_step(loaded, data, adapter) + around * exact


def _seconds_a_step(loaded: Loaded, data: Finetuning, adapter: Adapter) -> float:
    """The first step for warmth, the second by the clock; what is learned is thrown away."""
    seconds = 0.0
    with only(loaded.model, adapter), torch.inference_mode(False):
        for step in (0, 1):
            began = time.perf_counter()
            for part in data.parts(step % data.steps_per_epoch)[:2]:
                part.loss().backward()
            seconds = time.perf_counter() - began
    parts = data.parts(1 % data.steps_per_epoch)
    share = sum(p.tokens for p in parts) / sum(p.tokens for p in parts[:2])
    return seconds * (share + (HOLDING if data.replay else 0.0))


def _memory(loaded: Loaded, rank: int) -> int:
    """Bytes: what the process has once all weights are there, the adapter with its gradients, moments and best state,
    and a micro-batch."""
    config = loaded.checkpoint.config
    give_back()
    there = device.own_memory() + (4 * config.parameters() if loaded.model.resting else 0)
    linear = config.layers * 7 * rank * (config.hidden_size + config.intermediate_size)
    activations = SPARING_FROM * config.layers * PER_TOKEN * config.hidden_size // 576
    return there + linear * 4 * 5 + activations + 2 * ROWS * config.vocab_size * 4
