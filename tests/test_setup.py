"""The set-up: which Python it takes, when it mends, what it says. No network: pip and apt-get are stand-ins."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import setup as set_up_tool
import system_libraries

from desktop.display import missing_display

ROOT = Path(__file__).resolve().parent.parent

FAKE_PYTHON = """#!/bin/sh
case "$2" in
*version_info*) exit {in_range} ;;
*ensurepip*) exit {has_venv} ;;
esac
echo "ran {name} $*"
"""


def fake_bin(folder: Path, **pythons: tuple[bool, bool]) -> dict[str, str]:
    """An environment whose PATH has only these Pythons (in range?, with venv?) and what the script needs."""
    folder.mkdir()
    for tool in ("dirname", "sh", "id"):
        (folder / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    for name, (in_range, has_venv) in pythons.items():
        file = folder / name.replace("_", ".")
        file.write_text(FAKE_PYTHON.format(in_range=int(not in_range), has_venv=int(not has_venv), name=file.name))
        file.chmod(0o755)
    return {"PATH": str(folder)}


def run_setup(environment: dict[str, str], part: str = "app") -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(ROOT / "tools/setup.sh"), part]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_takes_the_first_python_that_fits(tmp_path: Path) -> None:
    pythons = {"python3": (False, True), "python3_12": (True, True), "python3_13": (True, True)}
    result = run_setup(fake_bin(tmp_path / "bin", **pythons))
    assert result.stdout == "ran python3.12 tools/setup.py app\n"


def test_passes_over_a_python_that_cannot_make_environments(tmp_path: Path) -> None:
    result = run_setup(fake_bin(tmp_path / "bin", python3_11=(True, False), python3_13=(True, True)))
    assert result.stdout.startswith("ran python3.13")


def test_says_which_python_is_needed(tmp_path: Path) -> None:
    result = run_setup(fake_bin(tmp_path / "bin", python3=(False, True)))
    assert result.returncode == 1
    assert result.stderr.startswith("Nextword needs Python 3.11, 3.12 or 3.13, and none was found")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("display", "platform", "opens"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", True),
        ({}, "darwin", True),
    ],
)
def test_knows_whether_a_window_can_open(display: dict[str, str], platform: str, opens: bool) -> None:
    assert (missing_display(display, platform) == "") is opens


def test_without_a_display_the_program_says_so_and_ends() -> None:
    environment = {k: v for k, v in os.environ.items() if "DISPLAY" not in k and k != "QT_QPA_PLATFORM"}
    command = [sys.executable, "-m", "desktop"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    if sys.platform.startswith("linux"):
        assert result.returncode == 1
        assert result.stderr.count("\n") == 1 and "no display" in result.stderr


def fake_environment(tmp_path: Path) -> Path:
    """An environment that is this very Python, so that its packages are found."""
    environment = tmp_path / ".venv"
    python = set_up_tool.python_of(environment)
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return environment


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Python is a shell script")
def test_a_stamp_holds_until_something_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(set_up_tool.IMPORTS, "app", ("jinja2",))
    environment = fake_environment(tmp_path)
    wanted = set_up_tool.wanted_stamp("app", tmp_path)
    stamp = environment / "nextword.json"
    assert not set_up_tool.is_ready(environment, wanted), "no stamp yet"
    stamp.write_text(json.dumps(wanted))
    assert set_up_tool.is_ready(environment, wanted)
    assert not set_up_tool.is_ready(environment, set_up_tool.wanted_stamp("test", tmp_path)), "more is asked for"
    monkeypatch.setitem(set_up_tool.IMPORTS, "app", ("a_package_that_went_away",))
    assert not set_up_tool.is_ready(environment, wanted), "a package is gone"
    monkeypatch.setitem(set_up_tool.IMPORTS, "app", ("jinja2",))
    stamp.write_text("{half")
    assert not set_up_tool.is_ready(environment, wanted), "a damaged stamp"
    stamp.write_text(json.dumps(wanted))
    (tmp_path / "pyproject.toml").write_text("changed")
    assert not set_up_tool.is_ready(environment, set_up_tool.wanted_stamp("app", tmp_path)), "other dependencies"


@pytest.mark.parametrize("state", ["a file", "no python", "no pip"])
def test_a_broken_environment_is_made_anew(tmp_path: Path, state: str) -> None:
    environment = tmp_path / ".venv"
    if state == "a file":
        environment.write_text("")
    elif state == "no python":
        (environment / "bin").mkdir(parents=True)
        (environment / "bin/python").symlink_to(tmp_path / "gone")
    elif state == "no pip":
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True, timeout=60)
    assert set_up_tool.ensure_environment(environment)
    python = set_up_tool.python_of(environment)
    subprocess.run([python, "-m", "pip", "--version"], check=True, capture_output=True, timeout=60)
    assert not set_up_tool.ensure_environment(environment), "a whole one is left alone"


def test_a_library_without_a_known_package_is_named_by_itself() -> None:
    assert system_libraries.packages(["libxcb-icccm.so.4", "libnovel.so.9"]) == ["libnovel.so.9", "libxcb-icccm4"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ldd is of Linux")
def test_a_missing_library_is_found_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = tmp_path / "PySide6/Qt/plugins/platforms/libqxcb.so"
    plugin.parent.mkdir(parents=True)
    plugin.write_bytes(b"")
    ldd = tmp_path / "ldd"
    ldd.write_text("#!/bin/sh\necho '\tlibxcb-icccm.so.4 => not found'\necho '\tlibc.so.6 => /lib/libc.so.6 (0x1)'\n")
    ldd.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert system_libraries.missing(tmp_path) == ["libxcb-icccm.so.4"]


def test_without_rights_the_missing_libraries_are_named_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lib/python3.11/site-packages").mkdir(parents=True)
    monkeypatch.setattr(system_libraries, "missing", lambda _: ["libxcb-cursor.so.0"])
    monkeypatch.setattr(system_libraries, "install", lambda _: False)
    with pytest.raises(set_up_tool.SetupError, match="run sudo apt-get install libxcb-cursor0"):
        set_up_tool.ensure_system_libraries(tmp_path)


def test_every_command_of_the_readme_is_in_the_makefile() -> None:
    targets = {line.split(":")[0] for line in (ROOT / "Makefile").read_text().splitlines() if ":" in line}
    readme = (ROOT / "README.md").read_text()
    named = set(re.findall(r"^make ([a-z]+)", readme, re.MULTILINE))
    assert {"run", "test"} <= named <= targets


def test_qt_and_torch_are_pinned_to_releases_that_work() -> None:
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert "PySide6_Essentials>=6.11.3,<6.12" in dependencies
    assert "torch>=2.13,<2.14" in dependencies


def test_the_wheel_carries_the_resources(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("nextword-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = "from engine.paths import resource as r; print(r(''), *(p.name for p in r('').iterdir()))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "site", check=True, capture_output=True, text=True, timeout=60
    )
    root, *names = result.stdout.split()
    assert Path(root) == tmp_path / "site/resources"
    assert {p.name for p in (ROOT / "resources").iterdir()} <= set(names)
