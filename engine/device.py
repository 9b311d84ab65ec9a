"""Where a model runs and how precisely, and whether it fits: decided here, with the reason in a sentence.

Knows the computer and a model's sizes. torch is imported only where it is asked about.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from typing import Protocol

import psutil

from engine.errors import UserError
from engine.messages import Fit

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
ROUNDED = {"int8": 8, "int4": 5}
"""Bits of a weight for single tokens, beside those for many, which are the same numbers in float32 or bfloat16. In
four bits a block of 32 has a scale and a lowest number."""
DEVICES = {"cpu": "the CPU", "cuda": "the NVIDIA graphics card", "mps": "the graphics part of this Mac"}
SMALL_PARAMETERS = 600_000_000
SMALL_SHARE = 0.25
"""On a CPU a model runs in float32 when it is small, and its weights take less than this share of free memory."""
FITS_BELOW, TIGHT_BELOW = 0.70, 0.95
"""Shares of the free memory."""
USUAL_CONTEXT = 4096
"""Tokens that the verdict in the library is made for, where a model would allow more."""
WORKING = 256 << 20
"""Bytes that a step takes besides weights and cache: buffers of torch and of the allocator."""
CHUNK = 256
"""Tokens read at once, whose activations and scores are in memory together."""


class Sizes(Protocol):
    """What must be known of a model; `engine.model.config.ModelConfig` has it all."""

    @property
    def vocab_size(self) -> int: ...
    @property
    def hidden_size(self) -> int: ...
    @property
    def intermediate_size(self) -> int: ...
    @property
    def context(self) -> int: ...
    def parameters(self) -> int: ...
    def kv_bytes_per_token(self, bytes_per_value: int) -> int: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided, and why."""

    device: str
    precision: str
    threads: int
    reason: str
    fallback: bool = False
    """True when something else was asked for."""
    stored: str = ""
    """How torch keeps the weights: as `precision` says but for int8 and int4."""


def choose(device: str, precision: str, threads: int, parameters: int) -> Choice:
    """UserError for a device or precision that there is not. A device that is missing here falls back to the CPU."""
    if device not in ("auto", *DEVICES):
        raise UserError(f"There is no device called “{device[:30]}”", "Choose auto, cpu, cuda or mps.")
    if precision not in ("auto", *ROUNDED, *BYTES):
        hint = "Choose auto, float32, bfloat16, float16, int8 or int4."
        raise UserError(f"Models cannot run in {precision[:30]} here", hint)
    if threads < 0:
        raise UserError(f"{threads} threads are not possible", "Choose 0 to let Nextword decide.")
    found = _present(device)
    fallback = device not in ("auto", found)
    if precision in ROUNDED and found != "cpu":
        raise UserError(f"{_capital(DEVICES[found])} does not run {precision}", "Choose bfloat16 for it, or the CPU.")
    chosen, why = (precision, "as asked for") if precision != "auto" else _precision(found, parameters)
    missing = f"{_capital(DEVICES.get(device, ''))} was asked for and is not there. " if fallback else ""
    reason = f"{missing}Runs on {DEVICES[found]} in {chosen}, {why}."
    stored = _precision("cpu", parameters)[0] if chosen in ROUNDED else chosen
    return Choice(found, chosen, min(threads, _most_threads()) or _usual_threads(), reason, fallback, stored)


def fit(config: Sizes, precision: str, context: int) -> Fit:
    """Weights, cache for this context and working memory against the memory that is free now. All in bytes."""
    whole = _precision("cpu", config.parameters())[0] if precision in ROUNDED else precision
    size = BYTES["float32" if whole == "auto" else whole]
    weights = config.parameters() * size + config.parameters() * ROUNDED.get(precision, 0) // 8
    cache = config.kv_bytes_per_token(size) * context
    activations = CHUNK * (6 * config.hidden_size + 3 * config.intermediate_size) * 4
    working = WORKING + activations + 4 * config.vocab_size * 4
    free = memory()[1]
    share = (weights + cache + working) / max(free, 1)
    verdict = "fits" if share < FITS_BELOW else "tight" if share < TIGHT_BELOW else "too big"
    return Fit(verdict, weights, cache, working, free)


def usual_fit(config: Sizes) -> Fit:
    """As `fit`, with the precision that `choose` would take on the CPU and a context of usual length."""
    precision, _ = _precision("cpu", config.parameters())
    return fit(config, precision, min(config.context, USUAL_CONTEXT))


def memory() -> tuple[int, int]:
    """Bytes of memory in this computer, and of those free for a program."""
    now = psutil.virtual_memory()
    return now.total, now.available


def computer() -> str:
    """What a model would run on: "CPU, 2 threads"."""
    threads = _usual_threads()
    return f"CPU, {threads} {'thread' if threads == 1 else 'threads'}"


def _precision(device: str, parameters: int) -> tuple[str, str]:
    """Precision and why."""
    if device != "cpu":
        return "bfloat16", "which this device computes fastest"
    weights, free = 4 * parameters, memory()[1]
    if parameters >= SMALL_PARAMETERS:
        return "bfloat16", "since a model of this size reads half as much memory for every word"
    if weights >= SMALL_SHARE * free:
        return "bfloat16", f"since float32 would take {weights / 1e9:.1f} GB of the {free / 1e9:.1f} GB that are free"
    return "float32", "the most precise, since the model is small"


def _present(device: str) -> str:
    """The device itself where it is there, otherwise the CPU."""
    if device == "cpu":
        return "cpu"
    import torch  # two seconds, and only whoever loads a model gets here

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return next((name for name, is_there in there.items() if is_there), "cpu")
    return device if there[device] else "cpu"


def _usual_threads() -> int:
    """One for each core that this process may use; a second thread on the same core only gets in its way."""
    cores = psutil.cpu_count(logical=False) or _most_threads()
    return max(1, min(cores, _most_threads()))


def _most_threads() -> int:
    if platform.system() == "Linux":
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, psutil.cpu_count() or 1)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def own_memory() -> int:
    """Bytes that this process holds in memory now."""
    return psutil.Process().memory_info().rss
