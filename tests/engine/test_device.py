"""Device and precision are chosen for a reason that can be read, and the fit is a sum that can be checked."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from engine import device
from engine.errors import UserError
from engine.model.config import ModelConfig

SMOLLM2 = ModelConfig("llama", 49152, 576, 1536, layers=30, heads=9, kv_heads=3, head_dim=64, context=8192)
GB = 10**9


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Free memory as the test sets it, in bytes."""
    now = [16 * GB]
    monkeypatch.setattr(device, "memory", lambda: (32 * GB, now[0]))
    return now


def test_a_small_model_runs_in_float32(free: list[int]) -> None:
    choice = device.choose("cpu", "auto", 2, 135_000_000)
    assert (choice.device, choice.precision, choice.fallback) == ("cpu", "float32", False)
    assert choice.reason == "Runs on the CPU in float32, the most precise, since the model is small."


def test_a_model_that_would_take_a_quarter_of_the_memory_runs_in_bfloat16(free: list[int]) -> None:
    free[0] = 2 * GB
    choice = device.choose("cpu", "auto", 0, 135_000_000)
    assert choice.precision == "bfloat16"
    assert "0.5 GB of the 2.0 GB that are free" in choice.reason


def test_a_large_model_runs_in_bfloat16(free: list[int]) -> None:
    assert device.choose("cpu", "auto", 0, 600_000_000).precision == "bfloat16"
    assert device.choose("cpu", "auto", 0, 599_000_000).precision == "float32"


def test_what_was_asked_for_is_taken(free: list[int]) -> None:
    choice = device.choose("cpu", "bfloat16", 1, 135_000_000)
    assert (choice.precision, choice.threads) == ("bfloat16", 1)
    assert choice.reason == "Runs on the CPU in bfloat16, as asked for."


def test_a_device_that_is_missing_falls_back_and_says_so(free: list[int]) -> None:
    import torch

    missing = next((name for name in ("mps", "cuda") if not getattr(torch, name).is_available()), None)
    if missing is None:
        pytest.skip("this computer has both devices")
    choice = device.choose(missing, "auto", 0, 135_000_000)
    assert (choice.device, choice.fallback) == ("cpu", True)
    assert "was asked for and is not there. Runs on the CPU" in choice.reason


@pytest.mark.parametrize(
    ("wanted", "precision", "threads"), [("tpu", "auto", 0), ("cpu", "int2", 0), ("cpu", "auto", -1)]
)
def test_what_there_is_not_is_refused(wanted: str, precision: str, threads: int) -> None:
    with pytest.raises(UserError) as refused:
        device.choose(wanted, precision, threads, 1)
    assert refused.value.hint.startswith("Choose ")


def test_a_precision_that_there_is_not_names_those_that_there_are() -> None:
    with pytest.raises(UserError, match="int2") as refused:
        device.choose("cpu", "int2", 0, 1)
    assert refused.value.hint == "Choose auto, float32, bfloat16, float16, int8 or int4."


@pytest.mark.parametrize(("precision", "eighths"), [("int8", 40), ("int4", 37)])
def test_what_is_rounded_lies_beside_what_many_tokens_are_read_with(
    precision: str, eighths: int, free: list[int]
) -> None:
    small, large = (device.choose("cpu", precision, 0, size) for size in (135_000_000, 600_000_000))
    assert (small.precision, small.stored, large.stored) == (precision, "float32", "bfloat16")
    assert small.reason == f"Runs on the CPU in {precision}, as asked for."
    assert device.choose("cpu", "bfloat16", 0, 1).stored == "bfloat16"
    assert device.fit(SMOLLM2, precision, 8192).weights == eighths * 134_515_008 // 8
    assert device.fit(SMOLLM2, precision, 8192).cache == device.fit(SMOLLM2, "float32", 8192).cache


@pytest.mark.parametrize("precision", ["int8", "int4"])
def test_what_is_rounded_is_for_the_processor(precision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_present", lambda wanted: "cuda")
    with pytest.raises(UserError, match=f"graphics card does not run {precision}"):
        device.choose("auto", precision, 0, 1)


def test_threads_are_at_least_one_and_at_most_those_there_are(free: list[int]) -> None:
    usual = device.choose("cpu", "auto", 0, 1).threads
    assert 1 <= usual <= device.choose("cpu", "auto", 10_000, 1).threads < 10_000
    assert device.computer() == f"CPU, {usual} {'thread' if usual == 1 else 'threads'}"


def test_the_fit_is_weights_and_cache_and_working_memory(free: list[int]) -> None:
    fit = device.fit(SMOLLM2, "float32", 8192)
    assert fit.weights == 4 * 134_515_008
    assert fit.cache == 8192 * 46_080
    assert fit.free == 16 * GB
    assert fit.verdict == "fits"
    assert device.fit(SMOLLM2, "bfloat16", 8192).cache == fit.cache // 2


@pytest.mark.parametrize(("share", "verdict"), [(0.69, "fits"), (0.71, "tight"), (0.94, "tight"), (0.96, "too big")])
def test_the_verdict_turns_at_its_limits(share: float, verdict: str, free: list[int]) -> None:
    needed = device.fit(SMOLLM2, "float32", 8192).needed
    free[0] = int(needed / share)
    assert device.fit(SMOLLM2, "float32", 8192).verdict == verdict


def test_the_usual_fit_takes_no_context_that_few_ever_fill(free: list[int]) -> None:
    endless = replace(SMOLLM2, context=1 << 20)
    assert device.usual_fit(endless) == device.fit(SMOLLM2, "float32", 4096)


def test_memory_is_asked_without_torch() -> None:
    code = "import sys; from engine import device; device.memory(); device.computer(); print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
