"""A library of invented models and an engine that answers at once from a script. Not a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from desktop.bridge import Bridge
from engine.messages import Cancel, Command, Continue, Event, Failed, Finished, Fit, ModelInfo, ModelList, Pause, Result

Script = Mapping[type[Command], Callable[[Command], list[Event]]]


def fit(verdict: str = "fits", needed: int = 600_000_000, free: int = 9_400_000_000) -> Fit:
    return Fit(verdict, needed * 5 // 6, needed // 6, 0, free)  # pyright: ignore[reportArgumentType]


def model(name: str = "smollm2-135m", title: str = "SmolLM2 135M Instruct", **changes: object) -> ModelInfo:
    base = ModelInfo(
        name=name,
        title=title,
        architecture="llama",
        parameters=134_515_008,
        tokenizer="byte-level BPE",
        vocabulary=49_152,
        context=8_192,
        stage="chat",
        parent=None,
        bytes=98_362_432,
        source="library",
        path=Path("/models") / name,
        licence="Apache-2.0",
        has_template=True,
        fit=fit(),
    )
    return replace(base, **changes)  # pyright: ignore[reportArgumentType]


def listing(*models: ModelInfo) -> ModelList:
    return ModelList(models, "CPU, 2 threads", 16_000_000_000, 9_400_000_000)


def answers(value: object) -> Callable[[Command], list[Event]]:
    return lambda command: [Result(command.job, value), Finished(command.job, "done")]


def fails(message: str, hint: str = "") -> Callable[[Command], list[Event]]:
    return lambda command: [Failed(command.job, message, hint)]


def waits(command: Command) -> list[Event]:
    """A job that goes on until it is cancelled."""
    return []


class ScriptedEngine:
    """Remembers every command; `bridge.flush()` in `send` makes the answers arrive before it returns."""

    def __init__(self, bridge: Bridge, script: Script) -> None:
        self.bridge, self.script = bridge, dict(script)
        self.sent: list[Command | Cancel | Pause | Continue] = []
        bridge.attach(self)

    def send(self, command: Command | Cancel | Pause | Continue) -> None:
        self.sent.append(command)
        if isinstance(command, Cancel):
            self.post(Finished(command.job, "stopped"))
        elif isinstance(command, Command):
            self.post(*self.script[type(command)](command))

    def post(self, *events: Event) -> None:
        for event in events:
            self.bridge.post(event)

    def job(self, kind: type[Command]) -> int:
        """The number of the latest job of this kind."""
        return next(c.job for c in reversed(self.sent) if isinstance(c, kind))
