"""What a run of pre-training does, down to the last number: worked out once, then kept with the run.

Knows sizes and lengths; how fast this computer is, it is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import UserError
from engine.messages import PretrainSettings
from engine.model.config import ModelConfig
from engine.model.presets import preset_config

MICRO = 2048
"""Tokens of a micro-batch: how long a question of the person waits, at most a second on two cores."""
PER_PARAMETER = 20
"""Tokens a parameter that a run takes where nothing else is wished (arXiv 2203.15556)."""
MOST_PASSES = 4
"""Over one text: further ones teach little (arXiv 2305.16264)."""
FEWEST_STEPS = 400
"""A run is cut into at least so many steps before its batches grow."""
SMALLEST, LARGEST_BATCH = 2048, 131_072
BATCHES = {"tiny": 4096, "nano": 8192, "small": 16_384, "medium": 32_768, "large": 65_536}
PEAKS = {"tiny": 1e-2, "nano": 8e-3, "small": 6e-3, "medium": 4e-3, "large": 3e-3}
WARM_UP = 25
"""One in so many steps."""
OTHERS_RATE = 3.0
"""Of the embedding and the norms, against that of the matrices."""
WEIGHT_DECAY = 0.1
MOST_TOKENS = 10_000_000_000


@dataclass(frozen=True, slots=True)
class Course:
    """`rows` windows of `context` tokens a step, at most `micro` of them at once."""

    config: ModelConfig
    rows: int
    micro: int
    steps: int
    peak: float
    warm_up: int
    precision: str
    seed: int

    @property
    def step_tokens(self) -> int:
        return self.rows * self.config.context


def config_of(settings: PretrainSettings, vocabulary: int) -> ModelConfig:
    """UserError for what cannot be."""
    return preset_config(
        settings.preset, vocabulary, layers=settings.layers, width=settings.width, context=settings.context
    )


def check_precision(precision: str) -> None:
    """UserError for one that nothing is trained in."""
    if precision not in ("float32", "bfloat16"):
        raise UserError(f"Training in {precision[:30]} is not possible", "Choose auto, float32 or bfloat16.")


def wished_tokens(settings: PretrainSettings, parameters: int, text: int, per_second: float) -> int:
    """How much is read: as told, as long as told, or what suits the size and the text (`text` tokens)."""
    if settings.tokens < 0 or settings.tokens > MOST_TOKENS or settings.minutes < 0:
        raise UserError("A run of this length is not possible", "Choose 0 to let Nextword decide.")
    if settings.tokens:
        return settings.tokens
    if settings.minutes:
        return max(1, round(settings.minutes * 60 * per_second))
    return min(PER_PARAMETER * parameters, MOST_PASSES * text)


def course(settings: PretrainSettings, vocabulary: int, tokens: int, precision: str) -> Course:
    """A run over about so many tokens. UserError for settings that cannot be."""
    config = config_of(settings, vocabulary)
    if settings.batch and not config.context <= settings.batch <= 1 << 22:
        raise UserError(
            f"A step of {settings.batch:,} tokens is not possible", f"Choose {config.context:,} tokens or more."
        )
    if not 0 <= settings.learning_rate <= 1:
        raise UserError(f"A learning rate of {settings.learning_rate:g} is not possible", "Choose 0.001 to 0.02.")
    batch = settings.batch or usual_batch(settings.preset, tokens)
    rows = max(1, batch // config.context)
    steps = max(1, round(tokens / (rows * config.context)))
    return Course(
        config,
        rows,
        max(1, min(rows, MICRO // config.context)),
        steps,
        settings.learning_rate or PEAKS[settings.preset],
        max(1, min(200, steps // WARM_UP)),
        precision,
        settings.seed,
    )


def usual_batch(preset: str, tokens: int) -> int:
    """Tokens a step: a power of two, smaller in a short run, so that it has steps enough to learn in."""
    batch = BATCHES[preset]
    while batch > SMALLEST and tokens / batch < FEWEST_STEPS:
        batch //= 2
    return batch
