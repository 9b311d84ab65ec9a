"""A taught model on the command line: used by its name, exported and merged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.cli.main import BAD_INPUT, DONE, main
from engine.formats.library import Library
from engine.paths import Paths
from tests.engine.formats.taught import taught


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With the adapter “mine” on top of “base”."""
    taught(Library(Paths.under(tmp_path / "home")), tmp_path)
    return tmp_path / "home"


def run(home: Path, capfd: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, Any]]:
    code = main([*argv, "--json", "--data-dir", str(home), "--threads", "1"])
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    return code, json.loads(out.splitlines()[-1])


def test_an_adapter_is_used_by_its_name(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ask = ("--prompt", "The cat", "--temperature", "0", "--max-new-tokens", "8")
    mine, base = (run(home, capfd, "generate", "--model", name, *ask)[1] for name in ("mine", "base"))
    assert mine["token_ids"] != base["token_ids"]
    for verb in (("next", "--text", "a"), ("score", "--text", "The cat sat."), ("tokenize", "The cat")):
        code, done = run(home, capfd, verb[0], "--model", "mine", *verb[1:])
        assert code == DONE and done["event"] == "done"
    listed = {row["name"]: row for row in run(home, capfd, "models", "list")[1]["models"]}
    assert (listed["mine"]["stage"], listed["mine"]["parent"]) == ("taught", "base")
    assert run(home, capfd, "models", "verify", "mine")[1]["intact"] is True


def test_exports_and_merges_say_where_they_went(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = ("--text", "The cat sat on the mat.")
    want = run(home, capfd, "score", "--model", "mine", *text)[1]["bits_per_byte"]
    out = home / "out"
    for kind, more in (("hf", ()), ("gguf", ("--precision", "float32")), ("peft", ())):
        argv = ("models", "export", "mine", "--to", str(out / kind), "--format", kind, *more)
        code, done = run(home, capfd, *argv)
        assert code == DONE and done["models"][0]["name"] == "mine"
        assert run(home, capfd, "score", "--model", done["path"], *text)[1]["bits_per_byte"] == pytest.approx(
            want, abs=1e-4
        )
        code, failed = run(home, capfd, *argv)
        assert code == BAD_INPUT and failed["message"] and failed["hint"]
    done = run(home, capfd, "models", "merge", "mine", "--name", "whole")[1]
    assert (done["models"][0]["name"], done["models"][0]["parent"]) == ("whole", "base")
    assert run(home, capfd, "score", "--model", "whole", *text)[1]["bits_per_byte"] == pytest.approx(want, abs=1e-4)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("merge", "base", "--name", "x"), "whole model, not an adapter"),
        (("merge", "mine", "--name", "base"), "already a model"),
        (("export", "base", "--to", "{}", "--format", "peft"), "whole model, not an adapter"),
        (("export", "nobody", "--to", "{}"), "no model called"),
        (("export", "mine", "--to", "{}", "--precision", "int8"), "cannot be written in int8"),
        (
            ("export", "mine", "--to", "{}", "--format", "peft", "--precision", "float16"),
            "cannot be written in float16",
        ),
    ],
)
def test_what_cannot_be_done_is_said_and_writes_nothing(
    argv: tuple[str, ...], says: str, home: Path, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    code, failed = run(home, capfd, "models", *(arg.format(tmp_path / "out") for arg in argv))
    assert code == BAD_INPUT and says in failed["message"] and failed["hint"]
    assert sorted(path for path in tmp_path.rglob("*") if "log" not in path.parts) == before
