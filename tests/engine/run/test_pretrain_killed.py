"""Pre-training in a process of its own, killed without warning at random moments, ends as a run that never was.

python -m pytest tests/engine/run/test_pretrain_killed.py        three kills
KILLS=20 python -m pytest tests/engine/run/test_pretrain_killed.py -s
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from tests.engine.run.killing import ROOT, finish, kill_at, start
from tests.engine.run.pretrained import write_stories

KILLS = int(os.environ.get("KILLS", "3"))
HEARD = ("step", "saved", "sample")
LATEST = 120
"""Events after which a run is killed at the latest."""

pytestmark = pytest.mark.processes


def flags(home: Path, texts: Path, name: str) -> list[str]:
    what = ["--text", str(texts), "--out", name, "--preset", "tiny", "--vocab-size", "400", "--context", "32"]
    tokens = 256 * (LATEST * KILLS + 40)
    sizes = ["--batch", "256", "--tokens", str(tokens), "--precision", "float32", "--watch", "Anna"]
    return ["pretrain", *what, *sizes, "--data-dir", str(home)]


def pretrain(home: Path, texts: Path, name: str, *more: str) -> subprocess.Popen[str]:
    return start(*flags(home, texts, name), *more)


def test_killed_at_random_moments_it_ends_bit_equal(tmp_path: Path) -> None:
    home, texts = tmp_path / "home", tmp_path / "stories"
    write_stories(texts)
    finish(pretrain(home, texts, "whole"))
    luck = random.Random(5)
    state = home / "data" / "pretraining" / "cut" / "state.safetensors"
    heard, saved = [kill_at(pretrain(home, texts, "cut"), 3, HEARD)], [step_of(state)]
    while len(heard) < KILLS:
        process = pretrain(home, texts, "cut", "--resume")
        heard.append(kill_at(process, luck.randrange(1, LATEST), HEARD))
        saved.append(step_of(state))
        assert process.returncode == -signal.SIGKILL, "it was over before it could be killed"
    finish(pretrain(home, texts, "cut", "--resume"))
    print(f"killed at steps {heard}, saved at {saved}")
    assert saved == sorted(saved) and saved[-1] > 0, "it began anew each time"
    files = [home / "data" / "models" / name / "model.safetensors" for name in ("whole", "cut")]
    whole, cut = (load_file(file) for file in files)
    assert whole.keys() == cut.keys() and all(torch.equal(whole[name], cut[name]) for name in whole)


def step_of(state: Path) -> int:
    with safe_open(state, "pt") as file:
        return json.loads(file.metadata()["notes"])["step"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="torchrun with gloo is tried where processes can be forked")
def test_two_processes_end_as_one(tmp_path: Path) -> None:
    """The same global batch in one process and in two, through torchrun with gloo."""
    texts = tmp_path / "stories"
    write_stories(texts)
    finish(pretrain(tmp_path / "one", texts, "model"))
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "engine"]
    argv = [sys.executable, *torchrun, *flags(tmp_path / "two", texts, "model"), "--threads", "1", "--json"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    one, two = (rows_of(tmp_path / home) for home in ("one", "two"))
    assert len(one) == len(two) and one != two, "the sums were taken in the same order"
    # Rounding grows from step to step, as AdamW makes steps of equal size out of gradients near zero.
    for first, second in zip(one[:10], two[:10], strict=True):
        assert second["loss"] == pytest.approx(first["loss"], rel=1e-4)
        assert second["norm"] == pytest.approx(first["norm"], rel=1e-3)
    assert two[-1]["loss"] == pytest.approx(one[-1]["loss"], rel=0.02)


def rows_of(home: Path) -> list[dict[str, float]]:
    text = (home / "data" / "pretraining" / "model" / "rows.jsonl").read_text()
    return [{key: json.loads(line)[key] for key in ("step", "loss", "norm")} for line in text.splitlines()]
