"""The verbs as scripts meet them: arguments in, exit code and output out, in this process."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.cli import generate as generate_verb
from engine.cli.main import BAD_INPUT, BUG, DONE, INTERRUPTED, VERBS, main
from tests.tiny import write_tiny_checkpoint

Run = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_tiny_checkpoint(tmp_path_factory.mktemp("models") / "tiny"))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_tiny_checkpoint(tmp_path_factory.mktemp("models") / "base", template=None))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a verb with --json; its exit code and its events."""

    def call(*argv: str) -> tuple[int, list[dict[str, Any]]]:
        threads = [] if "--threads" in argv else ["--threads", "1"]
        code = main([*argv, "--json", "--data-dir", str(home), *threads])
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return code, [json.loads(line) for line in out.splitlines()]

    return call


def type_in(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_tokenize_gives_pieces_that_cover_the_text(run: Run, tiny: str) -> None:
    text = "The cat 👋 <|im_end|>"
    code, events = run("tokenize", "--model", tiny, text)
    assert code == DONE and events[-1]["event"] == "done"
    tokens = events[-1]["tokens"]
    assert tokens[0]["start"] == 0 and tokens[-1]["end"] == len(text)
    assert {"id", "piece", "start", "end"} == set(tokens[0]) and "<|im_end|>" not in [t["piece"] for t in tokens]


def test_generate_streams_tokens_and_ends_with_all_that_is_promised(run: Run, tiny: str) -> None:
    argv = ("generate", "--model", tiny, "--prompt", "The cat", "--max-new-tokens", "5", "--temperature", "0")
    code, events = run(*argv, "--alternatives", "2")
    assert code == DONE
    tokens, done = [e for e in events if e["event"] == "token"], events[-1]
    assert done["token_ids"] == [t["id"] for t in tokens] and done["text"] == "".join(t["text"] for t in tokens)
    assert [len(t["alternatives"]) for t in tokens] == [2] * 5
    assert set(done) == {
        "event", "text", "token_ids", "prompt_ids", "finish_reason", "seed", "cards",
        "prompt_tokens_per_second", "tokens_per_second",
    }  # fmt: skip
    assert done["finish_reason"] == "length" and done["cards"] == []
    assert run(*argv)[1][-1]["token_ids"] == done["token_ids"]


def test_chat_goes_through_the_template_and_a_seed_repeats_itself(run: Run, tiny: str) -> None:
    argv = ("generate", "--model", tiny, "--chat", "--system", "Sing", "--prompt", "Hi", "--max-new-tokens", "6")
    first, again, other = (run(*argv, "--seed", seed)[1][-1] for seed in ("5", "5", "6"))
    assert first["seed"] == 5 and first["token_ids"] == again["token_ids"] != other["token_ids"]
    assert len(first["prompt_ids"]) > len(run("tokenize", "--model", tiny, "SingHi")[1][-1]["tokens"]) + 6


def test_next_is_a_distribution_with_its_rest(run: Run, tiny: str) -> None:
    done = run("next", "--model", tiny, "--text", "The cat sat on the", "--top", "7", "--unit", "token")[1][-1]
    assert len(done["items"]) == 7 and {"text", "probability", "id"} == set(done["items"][0])
    assert sum(item["probability"] for item in done["items"]) + done["unexplored"] == pytest.approx(1.0)
    assert done["entropy_nats"] > 0


def test_score_scores_all_but_the_first_token(run: Run, tiny: str) -> None:
    done = run("score", "--model", tiny, "--text", "The cat sat on the mat.")[1][-1]
    assert done["tokens"][0]["logprob"] is None and all(t["logprob"] < 0 for t in done["tokens"][1:])
    assert done["perplexity"] > 1 and done["bits_per_byte"] > 0
    assert {"id", "piece", "logprob", "rank", "entropy_nats"} == set(done["tokens"][1])
    assert (done["windows"], done["round_trip"]) == (1, True)
    long = run("score", "--model", tiny, "--text", "word " * 400)[1][-1]
    assert long["windows"] > 2 and all(t["logprob"] is not None for t in long["tokens"][1:])


def test_models_are_imported_listed_verified_used_and_removed(run: Run, tiny: str, home: Path) -> None:
    assert run("models", "import", tiny, "--name", "mine")[1][-1]["models"][0]["name"] == "mine"
    listed = {m["name"]: m for m in run("models", "list")[1][-1]["models"]}["mine"]
    assert listed.keys() >= {"name", "architecture", "parameters", "tokenizer", "stage", "parent", "bytes"}
    assert run("models", "verify", "mine")[1][-1]["intact"] is True
    assert run("next", "--model", "mine", "--text", "a")[0] == DONE
    (home / "data/models/mine/model.safetensors").write_bytes(b"\0" * 99)
    code, events = run("models", "verify", "mine")
    assert code == BAD_INPUT and "mine" in events[-1]["message"]
    assert run("models", "remove", "mine")[0] == DONE
    assert "mine" not in [m["name"] for m in run("models", "list")[1][-1]["models"]]


def test_text_comes_from_files_and_stdin_too(
    run: Run, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "The cat\nsat on é"
    wanted = run("tokenize", "--model", tiny, text)[1][-1]["tokens"]
    file = tmp_path / "text.txt"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\r\n")
    assert run("tokenize", "--model", tiny, "--file", str(file))[1][-1]["tokens"] == wanted
    type_in(monkeypatch, text.encode() + b"\n")
    assert run("tokenize", "--model", tiny, "-")[1][-1]["tokens"] == wanted


def test_people_get_text(tiny: str, home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shared = ["--model", tiny, "--data-dir", str(home)]
    for argv, expected in (
        (["tokenize", "The cat"], "7 characters"),
        (["next", "--text", "The", "--top", "3"], "all others"),
        (["score", "--text", "The cat"], "bits per byte"),
        (["generate", "--prompt", "The", "--max-new-tokens", "3"], "\n"),
    ):
        assert main([argv[0], *shared, *argv[1:]]) == DONE
        out, err = capfd.readouterr()
        assert expected in out and not err and "{" not in out.replace("{", "", 1)
    assert main(["models", "list", "--data-dir", str(home)]) == DONE


# ---- bad input: one sentence, one hint, exit code 2, nothing left behind ----
def bad_files(folder: Path, tiny: str) -> dict[str, str]:
    source = Path(tiny)
    weights = (source / "model.safetensors").read_bytes()

    def with_weights(name: str, data: bytes) -> str:
        target = folder / name
        target.mkdir()
        for file in source.iterdir():
            (target / file.name).write_bytes(data if file.name == "model.safetensors" else file.read_bytes())
        return str(target)

    (folder / "model.bin").write_bytes(b"\x80\x02}q\x00.")
    (folder / "page.html").write_text("<html>not a model</html>")
    (folder / "short.gguf").write_bytes(b"GGUF\x03\0\0\0" + b"\xff" * 16)
    raising = Path(with_weights("raising", weights))
    (raising / "chat_template.jinja").write_text("{{ raise_exception('Only about birds') }}")
    without = Path(with_weights("without", weights))
    (without / "tokenizer.model").unlink()
    return {
        "missing": "no-such-model",
        "missing path": str(folder / "nowhere"),
        "pickle": str(folder / "model.bin"),
        "foreign": str(folder / "page.html"),
        "corrupt gguf": str(folder / "short.gguf"),
        "truncated": with_weights("truncated", weights[: len(weights) // 2]),
        "corrupt": with_weights("corrupt", b"\xff" * 8 + weights[8:]),
        "empty folder": str(folder),
        "no tokenizer": str(without),
        "template that raises": str(raising),
    }


def test_bad_models_end_in_a_sentence_and_a_hint(run: Run, tiny: str, tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    for kind, path in bad_files(folder, tiny).items():
        code, events = run("generate", "--model", path, "--chat", "--prompt", "Hi", "--max-new-tokens", "2")
        assert code == BAD_INPUT, (kind, events)
        assert events[-1]["event"] == "error" and events[-1]["message"] and events[-1]["hint"], kind
        if kind == "template that raises":
            assert "Only about birds" in events[-1]["message"]
        else:
            code, events = run("models", "import", path)
            assert code == BAD_INPUT and events[-1]["hint"], kind
    assert not [p for p in home.rglob("*") if p.is_file()], "nothing is left of what failed"


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["sing"],
        ["generate"],
        ["models"],
        ["models", "import"],
        ["generate", "--model", "TINY"],
        ["generate", "--model", "TINY", "--prompt", ""],
        ["generate", "--model", "TINY", "--prompt", "   "],
        ["generate", "--model", "TINY", "--prompt", "a", "--file", "b"],
        ["generate", "--model", "TINY", "--prompt", "a", "--system", "b"],
        ["generate", "--model", "TINY", "--file", "nowhere.txt"],
        ["generate", "--model", "TINY", "--prompt", "a \udcff b"],
        ["generate", "--model", "TINY", "--prompt", "a", "--temperature", "-1"],
        ["generate", "--model", "TINY", "--prompt", "a", "--temperature", "nan"],
        ["generate", "--model", "TINY", "--prompt", "a", "--temperature", "warm"],
        ["generate", "--model", "TINY", "--prompt", "a", "--top-p", "0"],
        ["generate", "--model", "TINY", "--prompt", "a", "--top-k", "-3"],
        ["generate", "--model", "TINY", "--prompt", "a", "--max-new-tokens", "0"],
        ["generate", "--model", "TINY", "--prompt", "a", "--seed", "-1"],
        ["generate", "--model", "TINY", "--prompt", "a", "--alternatives", "-1"],
        ["generate", "--model", "TINY", "--prompt", "a", "--threads", "-1"],
        ["generate", "--model", "TINY", "--prompt", "a", "--precision", "int3"],
        ["generate", "--model", "TINY", "--prompt", "word " * 400],
        ["generate", "--model", "TINY", "--chat", "--prompt", "word " * 400],
        ["generate", "--model", "BASE", "--chat", "--prompt", "a"],
        ["next", "--model", "TINY", "--text", "a", "--top", "0"],
        ["next", "--model", "TINY", "--text", "a", "--unit", "word", "--top", "0"],
        ["next", "--model", "TINY", "--text", "word " * 400],
        ["tokenize", "--model", "TINY"],
        ["models", "verify", "../../etc"],
        ["models", "remove", "nothing"],
    ],
    ids=lambda argv: " ".join(argv)[:60].encode("ascii", "replace").decode() or "nothing",
)
def test_bad_usage_ends_in_a_sentence_and_a_hint(run: Run, tiny: str, base: str, argv: list[str]) -> None:
    code, events = run(*[{"TINY": tiny, "BASE": base}.get(arg, arg) for arg in argv])
    assert code == BAD_INPUT
    last = events[-1]
    assert last["event"] == "error" and last["message"] and last["hint"]
    assert "\n" not in last["message"] and "Error" not in last["message"]


def test_invalid_utf_8_is_named_with_its_place(
    run: Run, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "latin.txt"
    file.write_bytes("café".encode("latin-1"))
    code, events = run("score", "--model", tiny, "--file", str(file))
    assert code == BAD_INPUT and "UTF-8 (byte 3)" in events[-1]["message"]
    type_in(monkeypatch, b"\xff\xfe")
    assert run("score", "--model", tiny, "--text", "-")[0] == BAD_INPUT


def test_both_numbers_are_named_when_a_prompt_is_too_long(run: Run, tiny: str) -> None:
    message = run("generate", "--model", tiny, "--prompt", "word " * 400)[1][-1]["message"]
    assert " 255" in message and any(int(word) > 255 for word in message.split() if word.isdigit())


def test_people_get_the_sentence_and_the_hint_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "--prompt", "a"]) == BAD_INPUT
    out, err = capfd.readouterr()
    assert not out and err.splitlines() == [
        "The following arguments are required: --model",
        "See “python -m engine generate --help”.",
    ]


def test_a_bug_writes_a_report_and_prints_its_path(
    run: Run, tiny: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> dict[str, object]:
        raise ZeroDivisionError("our fault")

    monkeypatch.setattr(generate_verb, "run", broken)
    code, events = run("generate", "--model", tiny, "--prompt", "a")
    (report,) = (home / "log").iterdir()
    assert code == BUG and str(report) in events[-1]["hint"]
    assert "our fault" in report.read_text("utf-8") and "Traceback" in report.read_text("utf-8")


def test_an_interruption_is_no_failure_of_ours(run: Run, tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> dict[str, object]:
        raise KeyboardInterrupt

    monkeypatch.setattr(generate_verb, "run", interrupted)
    code, events = run("generate", "--model", tiny, "--prompt", "a")
    assert code == INTERRUPTED and events[-1] == {"event": "error", "message": "Interrupted", "hint": ""}


@pytest.mark.parametrize("verb", [*(v.NAME for v in VERBS), "models list", "models import", "models verify", ""])
def test_help_shows_an_example(verb: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*verb.split(), "--help"]) == DONE
    out = capfd.readouterr().out
    assert f"Example:\n  python -m engine {verb}" in out


def test_help_is_quick_since_it_imports_nothing_heavy() -> None:
    program = (
        "import sys, time; from engine.cli.main import main; main(['--help'])\n"
        "heavy = {'torch', 'numpy', 'numba', 'tokenizers', 'sentencepiece', 'safetensors', 'jinja2'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "print(time.process_time(), file=sys.stderr)"
    )
    runs = [subprocess.run([sys.executable, "-c", program], capture_output=True, check=False) for _ in range(3)]
    assert all(run.returncode == 0 for run in runs), runs[0].stderr.decode()
    # The processor's seconds with the interpreter's own start, twice what they are here: torch alone takes several.
    assert min(float(run.stderr) for run in runs) < 0.6


def test_the_module_runs(tiny: str, home: Path) -> None:
    argv = [sys.executable, "-m", "engine", "next", "--model", tiny, "--text", "a", "--data-dir", str(home), "--json"]
    done = subprocess.run(argv, capture_output=True, check=True, text=True)
    assert json.loads(done.stdout.splitlines()[-1])["event"] == "done" and not done.stderr
