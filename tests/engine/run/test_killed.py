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
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.engine.run.killing import finish, kill_at, start
from tests.engine.run.taught import LESSONS, folder_of

KILLS = int(os.environ.get("KILLS", "3"))
HEARD = ("step", "saved", "measured")

pytestmark = pytest.mark.processes


def teach(home: Path, folder: Path, pairs: Path, name: str, *more: str) -> subprocess.Popen[str]:
    flags = ["--model", str(folder), "--pairs", str(pairs), "--out", name, "--epochs", "40", "--rank", "4"]
    return start("finetune", *flags, "--data-dir", str(home), *more)


def test_killed_at_random_moments_it_ends_bit_equal(tmp_path: Path) -> None:
    home, folder, pairs = tmp_path / "home", folder_of(tmp_path / "models"), tmp_path / "pairs.jsonl"
    pairs.write_text("".join(json.dumps({"question": x.question, "answer": x.answer}) + "\n" for x in LESSONS))
    finish(teach(home, folder, pairs, "whole"))
    luck = random.Random(5)
    heard = [kill_at(teach(home, folder, pairs, "cut"), 8, HEARD)]
    while len(heard) < KILLS:
        process = teach(home, folder, pairs, "cut", "--resume")
        heard.append(kill_at(process, luck.randrange(1, 12), HEARD))
        assert process.returncode == -signal.SIGKILL, "it was over before it could be killed"
    finish(teach(home, folder, pairs, "cut", "--resume"))
    print(f"killed at steps {heard}")
    files = [home / "data" / "models" / name / "adapter_model.safetensors" for name in ("whole", "cut")]
    whole, cut = (load_file(file) for file in files)
    assert whole.keys() == cut.keys() and all(torch.equal(whole[name], cut[name]) for name in whole)
