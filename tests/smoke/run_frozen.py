"""Starts the built application without a screen and with an empty home, and waits for a reply.

`python tests/smoke/run_frozen.py dist/nextword`; exit code 0 when it lives. Not collected by pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

STAGES = ("Smoke: window shown", "Smoke: loaded", "Smoke: reply of", "Smoke: done")
FATAL = (
    "Traceback (most recent call last)",
    "ModuleNotFoundError",
    "ImportError",
    "could not load the Qt platform plugin",
    "cannot open shared object file",
    "undefined symbol",
    "Segmentation fault",
    "Fatal Python error",
    "Aborted",
    "Failed to execute script",
    "QThread: Destroyed",
)
TIMEOUT_S = 180


def clean_environment(home: Path) -> dict[str, str]:
    """Nothing of this checkout, of Python or of a screen: only what every program is given."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    return kept | {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "QT_QPA_PLATFORM": "offscreen"}


def run(program: Path, home: Path, model: Path) -> tuple[int, list[tuple[float, str]]]:
    """The exit code, and every line with the seconds since the start."""
    command = [str(program), "--data-dir", str(home / "nextword"), "--smoke", str(model)]
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=home,
        env=clean_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    watchdog = threading.Timer(TIMEOUT_S, process.kill)
    watchdog.start()
    assert process.stdout is not None
    lines = [(time.monotonic() - started, line.rstrip()) for line in process.stdout]
    code = process.wait()
    watchdog.cancel()
    return code, [*lines, (time.monotonic() - started, f"ended with {code}")]


def problems(code: int, lines: list[str]) -> list[str]:
    """Why this run is no sign of life; empty when it is one."""
    found = [f"a fatal line: {line}" for line in lines for marker in FATAL if marker in line]
    found += [f"never said: {stage}" for stage in STAGES if not any(line.startswith(stage) for line in lines)]
    return found + ([f"ended with {code}"] if code else [])


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: run_frozen.py FOLDER", file=sys.stderr)
        return 2
    from tests.tiny import write_tiny_checkpoint

    folder = Path(sys.argv[1]).resolve()
    program = folder / ("nextword.exe" if sys.platform == "win32" else "nextword")
    print(f"{folder}: {size_of(folder) / 1e6:.0f} MB")
    with tempfile.TemporaryDirectory() as home:
        model = write_tiny_checkpoint(Path(home) / "tiny")
        code, lines = run(program, Path(home), model)
    for seconds, line in lines:
        print(f"{seconds:6.2f} s  {line}")
    wrong = problems(code, [line for _, line in lines])
    print("\n".join(wrong) if wrong else "the application lives")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
