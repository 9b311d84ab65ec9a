"""The real program in a real window of a virtual screen, with real key presses and clicks, and killed in the middle."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.tiny import write_tiny_checkpoint

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 90.0
WINDOW = (1280, 800)
COMPOSER = (640, 690)
NEW_CHAT = (282, 24)


def wait_for(what: str, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.1)


class Screen:
    """A virtual screen, and hands."""

    def __init__(self, display: str) -> None:
        self.env = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "LC_ALL": "C.UTF-8"}

    def do(self, *words: str) -> str:
        return subprocess.run(
            ["xdotool", *words], env=self.env, capture_output=True, text=True, timeout=60, check=True
        ).stdout

    def start(self, home: Path) -> subprocess.Popen[bytes]:
        program = [sys.executable, "-m", "desktop", "--data-dir", str(home)]
        return subprocess.Popen(program, env=self.env, cwd=ROOT)

    def window(self) -> str:
        """The number of the window, once it is there, with the keyboard given to it."""
        found: list[str] = []

        def there() -> bool:
            search = ["xdotool", "search", "--onlyvisible", "--name", "Nextword"]
            found[:] = subprocess.run(search, env=self.env, capture_output=True, text=True).stdout.split()
            return bool(found)

        wait_for("the window", there)
        self.do("windowmove", found[-1], "0", "0", "windowsize", found[-1], *map(str, WINDOW), "windowfocus", found[-1])
        time.sleep(0.5)
        return found[-1]

    def click(self, place: tuple[int, int]) -> None:
        self.do("mousemove", str(place[0]), str(place[1]), "click", "1")


@pytest.fixture
def screen() -> Iterator[Screen]:
    if not (shutil.which("Xvfb") and shutil.which("xdotool")):
        pytest.skip("Xvfb and xdotool are not installed (apt-get install xvfb xdotool)")
    read, write = os.pipe()
    size = f"{WINDOW[0]}x{WINDOW[1]}x24"
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        display = f":{pipe.readline().strip()}"
    yield Screen(display)
    server.terminate()
    server.wait(10)


def rows(home: Path, query: str) -> list[tuple[object, ...]]:
    """Read the store beside the running app."""
    path = home / "data" / "nextword.sqlite3"
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return db.execute(query).fetchall()


def test_typing_asking_killing_and_finding_it_again(screen: Screen, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "data").mkdir(parents=True)
    model = write_tiny_checkpoint(tmp_path / "tiny")
    (home / "data" / "window.ini").write_text(f"[General]\nmodel={model}\n", encoding="utf-8")
    program = screen.start(home)
    try:
        screen.window()
        screen.click(COMPOSER)
        screen.do("type", "--delay", "20", "Hello there")
        screen.do("key", "Return")
        wait_for("the question", lambda: rows(home, "SELECT text FROM message") != [])
        assert rows(home, "SELECT role, text FROM message ORDER BY id")[0] == ("user", "Hello there")
        wait_for("some tokens", lambda: int(str(rows(home, "SELECT count(*) FROM token")[0][0])) > 5)
        screen.do("key", "Escape")
        wait_for("the stop", lambda: rows(home, "SELECT count(*) FROM message WHERE state = 'writing'") == [(0,)])
        screen.click(NEW_CHAT)
        screen.click(COMPOSER)
        screen.do("type", "--delay", "20", "Second chat")
        screen.do("key", "Return")
        wait_for("the second chat", lambda: rows(home, "SELECT count(*) FROM chat") == [(2,)])
        wait_for("its tokens", lambda: int(str(rows(home, "SELECT count(*) FROM token WHERE message > 2")[0][0])) > 3)
    finally:
        program.send_signal(signal.SIGKILL)
        program.wait(10)
    before = rows(home, "SELECT id, role, text FROM message ORDER BY id")
    assert [text for _, role, text in before if role == "user"] == ["Hello there", "Second chat"]
    tokens = rows(home, "SELECT id FROM token")
    again = screen.start(home)
    try:
        screen.window()
        wait_for("recovery", lambda: rows(home, "SELECT count(*) FROM message WHERE state = 'writing'") == [(0,)])
        assert rows(home, "SELECT id, role, text FROM message ORDER BY id") == before
        assert rows(home, "SELECT id FROM token") == tokens
    finally:
        again.terminate()
        again.wait(30)
