"""A run in a process of its own, killed without warning at random moments, ends as one that never was.

python -m pytest tests/engine/run/test_killed.py        three kills
KILLS=20 python -m pytest tests/engine/run/test_killed.py -s
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from tests.engine.run.taught import LESSONS, folder_of

ROOT = Path(__file__).resolve().parents[3]
KILLS = int(os.environ.get("KILLS", "3"))


def start(home: Path, folder: Path, pairs: Path, name: str, *more: str) -> subprocess.Popen[str]:
    flags = ["--model", str(folder), "--pairs", str(pairs), "--out", name, "--epochs", "40", "--rank", "4"]
    argv = [sys.executable, "-m", "engine", "finetune", *flags, "--data-dir", str(home), "--threads", "1", "--json"]
    return subprocess.Popen([*argv, *more], stdout=subprocess.PIPE, text=True, cwd=ROOT)


def finish(process: subprocess.Popen[str]) -> None:
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0, out[-500:]


def kill_at(process: subprocess.Popen[str], wait_for: int) -> int:
    """Kill after so many lines about steps, saves and looks; returns the last step that was heard of."""
    assert process.stdout is not None
    step = 0
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] not in ("step", "saved", "measured"):
            continue
        step, wait_for = max(step, event["step"]), wait_for - 1
        if wait_for <= 0:
            process.send_signal(signal.SIGKILL)
            break
    process.wait(timeout=60)
    process.stdout.close()
    return step


def test_killed_at_random_moments_it_ends_bit_equal(tmp_path: Path) -> None:
    home, folder, pairs = tmp_path / "home", folder_of(tmp_path / "models"), tmp_path / "pairs.jsonl"
    pairs.write_text("".join(json.dumps({"question": x.question, "answer": x.answer}) + "\n" for x in LESSONS))
    finish(start(home, folder, pairs, "whole"))
    luck = random.Random(5)
    heard = [kill_at(start(home, folder, pairs, "cut"), 8)]
    while len(heard) < KILLS:
        process = start(home, folder, pairs, "cut", "--resume")
        heard.append(kill_at(process, luck.randrange(1, 12)))
        assert process.returncode == -signal.SIGKILL, "it was over before it could be killed"
    finish(start(home, folder, pairs, "cut", "--resume"))
    print(f"killed at steps {heard}")
    files = [home / "data" / "models" / name / "adapter_model.safetensors" for name in ("whole", "cut")]
    whole, cut = (load_file(file) for file in files)
    assert whole.keys() == cut.keys() and all(torch.equal(whole[name], cut[name]) for name in whole)
