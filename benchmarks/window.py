"""How soon the window takes keys and a first token comes, and how long its event loop waits while a reply is written.

    python benchmarks/window.py --data-dir DIR [--seconds 60]

DIR has the model in use. The window is drawn off the screen. Five starts, medians; then one that writes at full speed
for a minute: a timer of 1 ms says how late it came, and the longest of a thousand (p99.9) and of all are told.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

STARTS = 5
MODEL = "smollm2-135m"
QUESTION = "Tell me a very long story about a lighthouse, its keeper, and everything they see in a year."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--begun", type=float, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.begun is not None:
        return once(args)
    keys, tokens = [], []
    for start in range(STARTS + 2):  # the first chooses the model, the second is warm
        seconds = args.seconds if start == STARTS + 1 else 0.0
        flags = ["--data-dir", str(args.data_dir), "--seconds", str(seconds), "--begun", str(time.time())]
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
        told = subprocess.run(
            [sys.executable, __file__, *flags], env=environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout.splitlines()
        key, token = map(float, told[0].split())
        if start > 0:
            keys.append(key)
            tokens.append(token)
        for line in told[1:]:
            print(line)
    print(
        f"window takes keys after {statistics.median(keys):.2f} s, first token after {statistics.median(tokens):.2f} s"
    )
    return None


def once(args: argparse.Namespace) -> None:
    """One start in a process of its own."""
    import contextlib

    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from desktop.app import App
    from engine.heap import keep_memory
    from engine.paths import Paths

    keep_memory()
    qt = QApplication([])
    with contextlib.ExitStack() as closing:
        app = App(qt, Paths.under(args.data_dir), closing)
        window = app.window
        if not window.loader.wanted:
            window.use_model(MODEL)
        field = window.chat.composer.field
        window.chat.new_chat()
        until(qt, window.isVisible)
        QTest.keyClicks(field, "H")
        until(qt, lambda: field.toPlainText() == "H")
        keys = time.time() - args.begun
        until(qt, lambda: app.loader.loaded is not None)
        app.settings.set("generation.max_new_tokens", 4000)
        window.chat._ask(QUESTION)
        writer = window.conversation.writer
        until(qt, lambda: writer.tokens > 0)
        print(keys, time.time() - args.begun)
        if args.seconds:
            waits = watched(args.seconds, lambda: writer.message is not None or window.chat._ask(QUESTION))
            waits.sort()
            p999, rate = waits[int(len(waits) * 0.999)], writer.rate
            print(f"event loop: p99.9 {p999:.1f} ms, longest {waits[-1]:.1f} ms of {len(waits)}; {rate:.0f} tokens/s")
        app.quit()


def until(qt: QApplication, true: Callable[[], object]) -> None:
    while not true():
        qt.processEvents()
        time.sleep(0.001)


def watched(seconds: float, keep: Callable[[], object]) -> list[float]:
    """Milliseconds between two turns of a timer of 1 ms."""
    from PySide6.QtCore import QEventLoop, QTimer

    waits: list[float] = []
    loop, last = QEventLoop(), time.perf_counter()

    def turn() -> None:
        nonlocal last
        now = time.perf_counter()
        waits.append(1000 * (now - last))
        last = now
        keep()

    timer = QTimer(interval=1)
    timer.timeout.connect(turn)
    timer.start()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    loop.exec()
    timer.stop()
    return waits


if __name__ == "__main__":
    main()
