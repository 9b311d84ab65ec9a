from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli.main import DONE, main
from tests.tiny import write_tiny_checkpoint


def test_next_words_add_up_to_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tiny = write_tiny_checkpoint(tmp_path / "tiny")
    argv = ["next", "--model", str(tiny), "--text", "The cat sat on the ", "--unit", "word", "--top", "4", "--json"]
    assert main([*argv, "--threads", "1", "--data-dir", str(tmp_path / "home")]) == DONE
    done = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert done["event"] == "done" and {"text", "probability", "ids"} == set(done["items"][0])
    assert sum(item["probability"] for item in done["items"]) + done["unexplored"] == pytest.approx(1.0, abs=1e-9)
