"""The verb `bench` on a small model, and how its rows are made."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from engine.bench.comparison import Measured, measured, row_of, sides_of, turns_of
from engine.bench.setting import Order, Setting, Work, prompt
from engine.bench.turns import ROUNDS, SideDied, take_turns
from engine.cli import bench
from engine.cli.main import BAD_INPUT, DONE, main
from tests.engine.run.taught import folder_of

DECODE = Measured("decode", Work("decode", 64), ("transformers", "llama.cpp"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory.mktemp("models"))


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.processes
def test_every_row_of_a_small_model_beside_transformers_and_peft(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.bench.turns.ROUNDS", 1)
    monkeypatch.setattr("engine.bench.comparison.PRECISIONS", ("float32",))  # a process less for each row
    home = str(tmp_path / "home")
    flags = ["--data-dir", home, "--threads", "1", "--json", "--against", "transformers", "--against", "peft"]
    assert main(["bench", "--model", str(folder), *flags]) == DONE
    told = events(capfd.readouterr().out)
    rows = told[-1]["rows"]
    assert isinstance(rows, list)
    assert [row["name"] for row in rows] == [
        "this machine reads", "this machine multiplies", "decode behind 64 tokens", "decode behind 1000 tokens",
        "prefill of 512 tokens", "a step of teaching",
    ]  # fmt: skip
    assert all(row["ours"] > 0 for row in rows)
    for row in rows[2:]:
        assert row["ratio"] == pytest.approx(row["ours"] / row["peer"])
        assert row["against"].split()[0] == ("peft" if "teaching" in row["name"] else "transformers")
    assert [one["name"] for one in told if one["event"] == "row"] == [row["name"] for row in rows]


@pytest.mark.parametrize(
    "flags",
    [
        ["--against", "llama.cpp"],
        ["--gguf", "nowhere.gguf"],
        ["--model", "nobody"],
        ["--threads", "-1"],
    ],
)
def test_what_cannot_be_compared_is_said_in_a_sentence(
    flags: list[str], folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bench.MODULES, "llama.cpp", "not_installed_anywhere")
    own = [] if "--model" in flags else ["--model", str(folder)]
    assert main(["bench", *own, "--data-dir", str(tmp_path), *flags]) == BAD_INPUT
    assert "Traceback" not in capfd.readouterr().err


def test_a_row_is_against_the_fastest_of_the_others() -> None:
    answers = {
        "ours": [{"rate": 3.0, "bytes": 2.0}, {"rate": 9.0, "bytes": 2.0}, {"rate": 4.0, "bytes": 2.0}],
        "transformers float32": [{"rate": 1.0}],
        "transformers bfloat16": [{"rate": 2.0}],
    }
    row = row_of(DECODE, answers, 16.0)
    assert (row.ours, row.peer, row.ratio, row.against, row.limit) == (4.0, 2.0, 2.0, "transformers bfloat16", 0.5)
    alone = row_of(DECODE, {"ours": answers["ours"]}, 0.0)
    assert (alone.peer, alone.ratio, alone.limit) == (None, None, None)


def test_only_what_fits_is_measured_and_every_answer_counted() -> None:
    assert [one.work.tokens for one in measured(4096)] == [64, 1000, 512, 0]
    assert [one.work.kind for one in measured(128)] == ["teach"]
    assert sides_of(DECODE, ["llama.cpp"], ["a.gguf", "b.gguf"]) == ["ours", "llama.cpp a.gguf", "llama.cpp b.gguf"]
    assert turns_of([DECODE], ["transformers"], []) == (ROUNDS + 1) * 4
    assert max(prompt(2000, 300)) < 300 and min(prompt(2000, 300)) >= 1


@pytest.mark.processes
def test_a_side_that_dies_says_why(tmp_path: Path) -> None:
    setting = Setting(str(tmp_path), str(tmp_path / "nothing"), 300, 1)
    with pytest.raises(SideDied, match=r"(?s)ours ended with 1: .*There is no"):
        take_turns(setting, Work("decode", 4), ["ours"])
    order = Order("ours", Work("teach"), setting)
    assert Order.from_json(order.to_json()) == order
    assert "transformers" not in vars(sys.modules["engine.bench.comparison"])
