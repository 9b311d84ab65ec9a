"""The training loop: steps of micro-batches, saved so that a killed run goes on bit for bit.

Knows parameters, a number of steps and a task that gives losses by the step; it knows no objective by name.
A task's losses follow from the step alone, so parameters, moments and the step are all the state there is.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import safetensors
import torch
from safetensors.torch import save
from torch import Tensor, nn

from engine.errors import UserError
from engine.formats.tensor_writer import write_file
from engine.run.optim import AdamW, clip, rate

LARGEST_NORM = 1.0


@dataclass(frozen=True, slots=True)
class Part:
    """One micro-batch: `loss` is run once and gives a sum over `count` targets, which is multiplied with `weight`."""

    loss: Callable[[], Tensor]
    weight: float
    count: int
    tokens: int
    """That are read for it."""
    shown: bool = True
    """Whether it counts in the loss that a person sees."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """A step that is done. `loss` is the mean of the shown parts, in nats a token."""

    step: int
    loss: float
    norm: float
    learning_rate: float
    tokens: int
    seconds: float


@dataclass(slots=True)
class Loop:
    """Trains `parameters` for `steps` steps. `notes` travel with every save."""

    parameters: Sequence[nn.Parameter]
    parts: Callable[[int], Sequence[Part]]
    steps: int
    peak: float
    step: int = 0
    notes: dict[str, object] = field(default_factory=dict)
    optimizer: AdamW = field(init=False)

    def __post_init__(self) -> None:
        self.optimizer = AdamW(self.parameters)

    def run(self) -> Iterator[Stepped | None]:
        """None after every micro-batch, so that others get their turn; `Stepped` after every step."""
        while self.step < self.steps:
            total, shown, tokens, seconds = 0.0, 0, 0, 0.0
            for part in self.parts(self.step):
                began = time.perf_counter()
                loss = part.loss()
                (loss * part.weight).backward()
                if part.shown:
                    total, shown = total + float(loss.detach()), shown + part.count
                tokens += part.tokens
                seconds += time.perf_counter() - began
                yield None
            began = time.perf_counter()
            norm = clip(self.parameters, LARGEST_NORM)
            if not math.isfinite(norm):
                raise UserError(
                    f"Training went wrong at step {self.step + 1}: its numbers became infinite",
                    "Choose a smaller learning rate. What was best before is kept.",
                )
            learning_rate = rate(self.step, self.steps, self.peak)
            self.optimizer.step(learning_rate)
            self.step += 1
            seconds += time.perf_counter() - began
            yield Stepped(self.step, total / max(shown, 1), norm, learning_rate, tokens, seconds)

    def save(self, path: Path, more: Mapping[str, Tensor]) -> None:
        """All that is needed to go on, in one file that is there whole or not at all."""
        tensors = {f"parameter.{n}": p.detach() for n, p in enumerate(self.parameters)}
        tensors |= {f"optimizer.{name}": tensor for name, tensor in self.optimizer.state().items()}
        tensors |= {f"more.{name}": tensor.detach() for name, tensor in more.items()}
        notes = json.dumps({"step": self.step, **self.notes})
        aside = path.with_suffix(".new")
        write_file(aside, save({k: t.contiguous() for k, t in tensors.items()}, {"notes": notes}))
        aside.replace(path)

    def load(self, path: Path) -> dict[str, Tensor]:
        """Go on from a save; returns what was saved beside it. UserError where the file is of another run."""
        try:
            with safetensors.safe_open(path, "pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                self.notes = json.loads(file.metadata()["notes"])
            with torch.no_grad():
                for n, parameter in enumerate(self.parameters):
                    parameter.copy_(tensors[f"parameter.{n}"])
            self.optimizer.load(_below("optimizer.", tensors))
        except (safetensors.SafetensorError, KeyError, ValueError, RuntimeError, TypeError) as error:
            raise UserError(
                f"The saved state of this run cannot be read: {error!s:.200}", "Forget the run and teach again."
            ) from error
        step = self.notes.pop("step")
        assert isinstance(step, int)
        self.step = step
        return _below("more.", tensors)


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
