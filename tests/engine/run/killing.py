"""Runs in a process of their own, and what kills them without warning."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def start(*argv: str) -> subprocess.Popen[str]:
    """A verb of the engine on one thread, with its events on stdout."""
    whole = [sys.executable, "-m", "engine", *argv, "--threads", "1", "--json"]
    return subprocess.Popen(whole, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def finish(process: subprocess.Popen[str]) -> None:
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0, out[-500:]


def kill_at(process: subprocess.Popen[str], wait_for: int, kinds: tuple[str, ...]) -> int:
    """Kill after so many events of these kinds; returns the last step that was heard of."""
    assert process.stdout is not None
    step = 0
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] not in kinds:
            continue
        step, wait_for = max(step, event["step"]), wait_for - 1
        if wait_for <= 0:
            process.send_signal(signal.SIGKILL)
            break
    process.wait(timeout=60)
    process.stdout.close()
    return step
