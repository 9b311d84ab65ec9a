"""Sides of a comparison, each in a process of its own, which take turns. Nothing here is timed.

A process of its own, since two libraries with threads in one slow each other; turns, since a shared machine is not
the same a minute later.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import IO

from engine.bench.setting import Order, Setting, Work

ROUNDS = 5
ERRORS = 2000
"""Characters of what a side that died said last."""
Answer = dict[str, float]


class SideDied(Exception):
    """A side ended by itself. `code` as `subprocess` gives it, below 0 for a signal; `said` its last errors."""

    def __init__(self, side: str, code: int, said: str) -> None:
        super().__init__(f"{side} ended with {code}: {said}")
        self.side = side


def take_turns(
    setting: Setting, work: Work, sides: Sequence[str], told: Callable[[], object] = lambda: None
) -> dict[str, list[Answer]]:
    """What each side answered, five times after one to warm up; `told` is called after each answer.

    Raises SideDied.
    """
    answers: dict[str, list[Answer]] = {side: [] for side in sides}
    with ExitStack() as closing:
        processes: dict[str, subprocess.Popen[str]] = {}
        errors: dict[str, IO[bytes]] = {}
        for side in sides:  # one after another: each has to read something for itself
            errors[side] = closing.enter_context(tempfile.TemporaryFile())
            processes[side] = closing.enter_context(_started(Order(side, work, setting), errors[side]))
            closing.callback(processes[side].kill)
            _line(side, processes[side], errors[side])
        for _ in range(ROUNDS + 1):
            for side, process in processes.items():
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
                answers[side].append(json.loads(_line(side, process, errors[side])))
                told()
    return {side: found[1:] for side, found in answers.items()}


def _started(order: Order, errors: IO[bytes]) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-m", "engine.bench", order.to_json()]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, text=True, env=environment)


def _line(side: str, process: subprocess.Popen[str], errors: IO[bytes]) -> str:
    """What it says next. Other lines, which a library may print, are passed over."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(("ready", "{")):
            return line
    code = process.wait()
    errors.seek(0)
    raise SideDied(side, code, errors.read().decode(errors="replace")[-ERRORS:].strip())
