"""The training loop: steps of micro-batches, saved so that a killed run goes on bit for bit.

Knows parameters, an optimizer, a course of the learning rate and a task that gives losses by the step; it knows no
objective by name. A task's losses follow from the step alone, so parameters, moments and the step are all its state.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import safetensors
import torch
from torch import Tensor, nn

from engine.errors import UserError
from engine.formats.tensor_writer import write_tensors
from engine.run.optim import AdamW, clip
from engine.run.schedule import Schedule

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


class Optimizer(Protocol):
    """Steps from the gradients that are there, and takes them away."""

    def step(self, learning_rate: float) -> None: ...

    def state(self) -> dict[str, Tensor]: ...

    def load(self, state: Mapping[str, Tensor]) -> None: ...


class Together(Protocol):
    """Other processes that train the same model: adds up, in place and in every one of them, what each has."""

    def add_up(self, tensors: Sequence[Tensor]) -> None: ...


@dataclass(slots=True)
class Loop:
    """Trains `parameters` as long as `schedule` says. `notes` travel with every save.

    With `together` each process gives its own parts, weighted for the whole step.
    """

    parameters: Sequence[nn.Parameter]
    parts: Callable[[int], Sequence[Part]]
    schedule: Schedule
    optimizer: Optimizer = field(default=None)  # type: ignore[assignment]
    """AdamW, unless another is given."""
    together: Together | None = None
    step: int = 0
    notes: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.optimizer is None:
            self.optimizer = AdamW(self.parameters)

    @property
    def steps(self) -> int:
        return self.schedule.steps

    def run(self) -> Iterator[Stepped | None]:
        """None after every micro-batch, so that others get their turn; `Stepped` after every step."""
        while self.step < self.steps:
            total, shown, tokens, seconds = 0.0, 0, 0, 0.0
            learning_rate = self.schedule.rate(self.step)
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
            if self.together is not None:
                total, shown, tokens = self._with_others(self.together, total, shown, tokens)
            norm = clip(self.parameters, LARGEST_NORM)
            if not math.isfinite(norm):
                raise UserError(
                    f"Training went wrong at step {self.step + 1}: its numbers became infinite",
                    "Choose a smaller learning rate. What was best before is kept.",
                )
            self.optimizer.step(learning_rate)
            self.step += 1
            seconds += time.perf_counter() - began
            yield Stepped(self.step, total / max(shown, 1), norm, learning_rate, tokens, seconds)

    def _with_others(self, together: Together, total: float, shown: int, tokens: int) -> tuple[float, int, int]:
        """Gradients and figures of all processes, the same in each of them."""
        for parameter in self.parameters:
            if parameter.grad is None:  # this process had no part of the step
                parameter.grad = torch.zeros_like(parameter)
        figures = torch.tensor([total, shown, tokens], dtype=torch.float64, device=self.parameters[0].device)
        together.add_up([*(p.grad for p in self.parameters if p.grad is not None), figures])
        return float(figures[0]), int(figures[1]), int(figures[2])

    def save(self, path: Path, more: Mapping[str, Tensor]) -> None:
        """All that is needed to go on, in one file that is there whole or not at all."""
        tensors = {f"parameter.{n}": p.detach() for n, p in enumerate(self.parameters)}
        tensors |= {f"optimizer.{name}": tensor for name, tensor in self.optimizer.state().items()}
        tensors |= {f"more.{name}": tensor.detach() for name, tensor in more.items()}
        notes = json.dumps({"step": self.step, "schedule": self.schedule.state(), **self.notes})
        aside = path.with_suffix(".new")
        write_tensors(aside, tensors, {"notes": notes})
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
            self.schedule.load(self.notes.pop("schedule", {}))  # type: ignore[arg-type]
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
