"""What every command and every event is, and the events of any job. Knows nothing else of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Self

JobId = int
Lane = Literal["quick", "foreground", "background"]


# ---- commands: desktop -> engine -------------------------------------------------
@dataclass(frozen=True, slots=True)
class Command:
    """Ends with exactly one `Finished` or `Failed`.

    Quick ones are short and answered between two tokens of a reply; foreground ones run one after another; background
    ones advance while nothing else waits.
    """

    lane: ClassVar[Lane] = "foreground"
    job: JobId


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop this job at its next step. A job that is over is left alone."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Pause:
    """Do not step this job until `Continue`. A job that is over is left alone."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Continue:
    """Step a paused job again."""

    job: JobId


# ---- events: engine -> desktop ---------------------------------------------------
@dataclass(frozen=True, slots=True)
class Event:
    job: JobId

    def merge(self, newer: Event) -> Self | None:
        """The one event that stands for both, or None if both must be kept."""
        return None


@dataclass(frozen=True, slots=True)
class Started(Event):
    title: str


@dataclass(frozen=True, slots=True)
class Progress(Event):
    done: int
    total: int
    note: str = ""

    def merge(self, newer: Event) -> Progress | None:  # only the latest matters
        return newer if type(newer) is Progress else None


@dataclass(frozen=True, slots=True)
class Result(Event):
    value: object


@dataclass(frozen=True, slots=True)
class Finished(Event):
    reason: Literal["done", "stopped"]


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """`report` is a traceback when it is our bug, and empty when the person can put it right."""

    message: str
    hint: str = ""
    report: str = ""


Terminal = Finished | Failed
