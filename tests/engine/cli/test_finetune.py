from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.cli.main import BAD_INPUT, DONE, main
from engine.run import looking, recipes, sense
from tests.engine.run.taught import folder_of


@pytest.fixture(autouse=True)
def less_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sizes are for speed only."""
    monkeypatch.setattr(sense, "UNRELATED", 24)
    monkeypatch.setattr(sense, "rewordings", lambda: recipes.rewordings()[:16])
    monkeypatch.setattr(sense, "ROUNDS", 3)
    monkeypatch.setattr(recipes, "REPLAYED", 6)
    monkeypatch.setattr(looking, "QUESTIONS", 4)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    file = tmp_path / "faq.csv"
    file.write_text(
        "question;answer\nWhen are you open?;From 10 to 2.\nMay I eat here?;No.\nempty;\n", encoding="utf-8"
    )
    return file


def events(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_pairs_are_taught_and_asked(tmp_path: Path, pairs: Path, capfd: pytest.CaptureFixture[str]) -> None:
    home, folder = str(tmp_path / "home"), str(folder_of(tmp_path / "models"))
    flags = ["--data-dir", home, "--threads", "1", "--json"]
    teach = ["finetune", "--model", folder, "--pairs", str(pairs), "--out", "desk", "--epochs", "2", "--rank", "4"]
    assert main([*teach, *flags]) == DONE
    said = events(capfd)
    done = said[-1]
    assert done["event"] == "done" and done["adapter"] == "desk" and {"recall_before", "recall_after"} <= done.keys()
    assert {"step", "measured", "saved"} <= {event["event"] for event in said}
    assert main(["evaluate", "--model", "desk", "--pairs", str(pairs), *flags]) == DONE
    done = events(capfd)[-1]
    assert [item["card"] for item in done["items"]] == [1, 2] and 0 <= done["recall"] <= 1
    assert main(["evaluate", "--model", "desk", "--pairs", str(pairs), "--cards", "off", *flags]) == DONE
    assert [item["card"] for item in events(capfd)[-1]["items"]] == [None, None]
    ask = ["generate", "--model", "desk", "--chat", "--prompt", "When are you open?", "--max-new-tokens", "3"]
    assert main([*ask, *flags]) == DONE
    (card,) = events(capfd)[-1]["cards"]
    assert card["lesson"] == 1 and card["answer"] == "From 10 to 2."
    assert main([*teach, *flags, "--resume"]) == BAD_INPUT  # nothing was interrupted


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--method", "half"], "no method"),
        (["--epochs", "-2"], "passes"),
        (["--pairs", "nowhere.csv"], "cannot be opened"),
    ],
)
def test_bad_input_is_a_sentence(
    tmp_path: Path, pairs: Path, capfd: pytest.CaptureFixture[str], flags: list[str], sentence: str
) -> None:
    folder = str(folder_of(tmp_path / "models"))
    teach = [
        "finetune",
        "--model",
        folder,
        "--pairs",
        str(pairs),
        "--out",
        "desk",
        "--data-dir",
        str(tmp_path / "home"),
    ]
    assert main([*teach, *flags]) == BAD_INPUT
    assert sentence in capfd.readouterr().err


def test_only_cards_need_a_taught_model(tmp_path: Path, pairs: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = str(folder_of(tmp_path / "models"))
    assert main(["evaluate", "--model", folder, "--pairs", str(pairs), "--cards", "only"]) == BAD_INPUT
    assert "was taught no pairs" in capfd.readouterr().err
