"""What training each size would take on this computer: seconds from a short probe, memory from the sizes.

Knows no text but its length.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from dataclasses import replace
from typing import TypeVar

import numpy as np

from engine import device
from engine.messages import CorpusReport, PretrainPlan, PretrainSettings, SizePlan, TimeVerdict
from engine.model.presets import SIZES
from engine.run.course import MICRO, Course, check_precision, config_of, course, wished_tokens
from engine.run.pretraining import FEWEST, LOOK_SHARE, LOOKS, MOST, RESULT
from engine.run.probing_speed import Speed, faster, probe
from engine.run.watching import watched_steps

SOON, LATE = 6 * 3600.0, 7 * 86_400.0
"""Seconds up to which a run is quick enough for an evening, and beyond which nobody waits."""
ROUNDS = 4
"""Of finding how much is read in a time, of which a part does not depend on how much is read."""
WEIGHTS = 4
"""Copies of the numbers of a model: weights, gradients, moments, average. AdamW has two moments, for few of them."""
PROGRAM = 400 << 20
"""Bytes that Python and torch take before anything is trained."""
KEPT_WIDTHS, KEPT_VOCABULARIES, MORE_COPIES = {"bfloat16": 28, "float32": 42}, 6, 2.5
"""What is taken for gradients, measured (benchmarks/pretrain_plan.py): numbers a token that a layer keeps, in widths,
and that the head does, in vocabularies; and copies of the weights that the update works with."""
BYTES_PER_TOKEN = {512: 1.936, 1024: 2.658, 2048: 3.149, 4096: 3.547, 8192: 3.832, 16_384: 4.02}
"""By size of the vocabulary, measured on held-out children's books (BPE, decision 012)."""

T = TypeVar("T")


def plan(corpus: CorpusReport, settings: PretrainSettings) -> Generator[tuple[int, int], None, PretrainPlan]:
    """One plan a size, yielding (done, total) sizes. UserError for settings that cannot be."""
    began = time.perf_counter()
    vocabulary = settings.vocabulary or corpus.suggested_vocabulary
    config, precision, reason = config_of(settings, vocabulary), settings.precision, "as asked for"
    if precision == "auto":
        probing = faster(config)
        precision, reason = yield from _counted(probing, 0)
    check_precision(precision)
    sizes = []
    for number, preset in enumerate(SIZES):
        own = settings if preset == settings.preset else replace(settings, preset=preset, layers=0, width=0)
        speed = yield from _counted(probe(config_of(own, vocabulary), precision), number)
        sizes.append(_size_plan(corpus, own, vocabulary, precision, speed))
    there = device.choose("cpu", precision, 0, config.parameters())  # where `pretraining` runs without torchrun
    return PretrainPlan(tuple(sizes), time.perf_counter() - began, there.device, precision, there.threads, reason)


def _counted(work: Generator[None, None, T], number: int) -> Generator[tuple[int, int], None, T]:
    while True:
        try:
            next(work)
        except StopIteration as finished:
            return finished.value
        yield number, len(SIZES)


def _size_plan(
    corpus: CorpusReport, settings: PretrainSettings, vocabulary: int, precision: str, speed: Speed
) -> SizePlan:
    config = config_of(settings, vocabulary)
    text = max(1, round(corpus.bytes * (1 - corpus.held_out) / bytes_per_token(vocabulary)))
    held = round(corpus.bytes * corpus.held_out / bytes_per_token(vocabulary))
    rate = tokens_per_second(settings, vocabulary, precision, speed, held)
    made = course(settings, vocabulary, wished_tokens(settings, config.parameters(), text, rate), precision)
    read, seconds = made.steps * made.step_tokens, _seconds(made, speed, held)
    memory = needed(made)
    return SizePlan(
        settings.preset, config.parameters(), config.layers, config.hidden_size, read, read / text, made.steps, seconds,
        memory, _verdict(seconds, memory), read / seconds, config.context, made.step_tokens, made.peak,
    )  # fmt: skip


def tokens_per_second(settings: PretrainSettings, vocabulary: int, precision: str, speed: Speed, held: int) -> float:
    """Of a run that is as long as told in minutes, measuring on `held` tokens included; else of its passes alone."""
    rate = 1 / speed.token
    if settings.tokens or not settings.minutes:
        return rate
    for _ in range(ROUNDS):
        made = course(settings, vocabulary, max(1, round(60 * settings.minutes * rate)), precision)
        rate = made.steps * made.step_tokens / _seconds(made, speed, held)
    return rate


def _seconds(made: Course, speed: Speed, held: int) -> float:
    """Of all steps; and of the looks and the measuring of the result, which go forwards only: a third of the work."""
    read = made.steps * made.step_tokens
    looks = min(made.steps, LOOKS) + watched_steps(made.steps)
    a_look = min(held, max(FEWEST, min(MOST, LOOK_SHARE * read / LOOKS)))
    return speed.of_run(round(read + (looks * a_look + 2 * min(held, RESULT)) / 3), made.steps)


def bytes_per_token(vocabulary: int) -> float:
    """Of plain English, on lines between what was measured."""
    sizes, lengths = zip(*sorted(BYTES_PER_TOKEN.items()), strict=True)
    return float(np.interp(math.log2(vocabulary), np.log2(sizes), lengths))


def needed(made: Course) -> int:
    """Bytes of memory that a run takes at most."""
    config = made.config
    tokens = min(MICRO, made.micro * config.context)
    layer = KEPT_WIDTHS[made.precision] * config.hidden_size
    kept = tokens * (config.layers * layer + KEPT_VOCABULARIES * config.vocab_size)
    return PROGRAM + 4 * (round((WEIGHTS + MORE_COPIES) * config.parameters()) + kept)


def _verdict(seconds: float, memory: int) -> TimeVerdict:
    if memory > device.memory()[1]:
        return "too big"
    return "fits" if seconds <= SOON else "slow" if seconds <= LATE else "too slow"
