"""Puts the parts together: engine thread, store, settings, window; and takes them apart again.

The one file of the desktop that may see everything. Order matters here and the comments say where.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import functools
import gc
import sys
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QLockFile, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop.bridge import Bridge
from desktop.main_window import MainWindow
from desktop.smoke import Smoke
from desktop.theme import Look
from engine.data.chats import Chats
from engine.data.pair_sets import PairSets
from engine.data.receipts import Receipts
from engine.data.schema import MIGRATIONS
from engine.data.store import Connection, DamagedStore, open_store, put_aside
from engine.data.taught_runs import TaughtRuns
from engine.errors import UserError
from engine.heap import keep_memory
from engine.paths import Paths
from engine.service import Engine, Handlers
from engine.settings import SettingsStore

COLLECT_MS = 5_000
IN_USE = "Nextword is open already, and two windows would write into the same chats"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the app until its window closes; returns the exit code."""
    options = _arguments(argv)
    keep_memory()  # before any thread is there
    paths = Paths.under(options.data_dir) if options.data_dir else Paths.of_user()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("Nextword")
    QGuiApplication.setDesktopFileName("nextword")
    with contextlib.ExitStack() as closing:
        try:
            running = App(app, paths, closing)
        except UserError as error:
            (sys.stderr or open_log(paths)).write(f"{error.message}. {error.hint}\n")
            return 2
        if options.smoke:
            Smoke(running.window, running.loader, options.smoke, app).start()
        code = app.exec()
        running.quit()
    return code


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="nextword", description="A small language model learns to talk, on your own computer."
    )
    parser.add_argument("--data-dir", type=Path, help="keep chats, models and settings below this folder")
    parser.add_argument("--smoke", type=Path, metavar="MODEL", help="load this model, write a short reply, and quit")
    return parser.parse_args(argv)


class App:
    """Everything that lives as long as the window."""

    def __init__(self, app: QApplication, paths: Paths, closing: contextlib.ExitStack) -> None:
        self._over = False
        self.paths = paths
        self._lock = _locked(paths)
        closing.callback(self._lock.unlock)
        _keep_crashes(paths, closing)
        self.settings = settings = SettingsStore(paths.settings)
        self.look = look = Look(settings, app)
        self._db, problem = _open_chats(paths)
        closing.callback(self._db.close)
        chats, receipts = Chats(self._db), Receipts(self._db)
        chats.recover()
        pair_sets, runs = PairSets(self._db), TaughtRuns(self._db)
        pair_sets.recover()
        self.bridge = Bridge()
        self._engine = Engine(functools.partial(_prepare, paths), self.bridge.post)
        self.bridge.attach(self._engine)
        self.window = MainWindow(look, settings, self.bridge, chats, receipts, pair_sets, runs, paths)
        self.loader = self.window.loader
        sys.excepthook = self._bug
        for sentence in (problem, settings.problem):
            if sentence:
                self.window.notices.error(sentence)
        self.window.show()
        self._engine.start()
        closing.callback(self.quit)  # whatever happens: a thread that is not joined keeps the process alive
        self.window.begin()
        self._pin_collector(app)

    def _pin_collector(self, app: QApplication) -> None:
        """Collect in the GUI thread only: the collector destroys Qt objects on whichever thread it runs."""
        gc.disable()
        self._timer = QTimer(app, interval=COLLECT_MS)
        self._timer.timeout.connect(_collect)
        self._timer.start()
        self.loader.changed.connect(self._freeze)

    def _freeze(self) -> None:
        """With torch in memory a full collection stops the window for 290 ms, so what is there by then is left out
        of all later ones. Not collected first, for the same reason: little of it is garbage."""
        if self.loader.loaded is not None:
            gc.freeze()

    def _bug(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        report = "".join(traceback.format_exception(kind, error, trace))
        if isinstance(error, UserError):
            return self.window.notices.error(error.message, error.hint)
        sys.stderr.write(report)
        self.window.notices.error(
            "Something in Nextword went wrong", "Your chats are saved. The details help to mend it.", report
        )

    def quit(self) -> None:
        """Close the window, stop what runs, hear its last events, so that they are stored, then let go."""
        if self._over:
            return
        self._over = True
        self.window.close()
        self._timer.stop()
        if not self._engine.close():
            sys.stderr.write("The engine did not stop in time\n")
        self.bridge.flush()
        self.window.release()
        self._db.close()
        self._lock.unlock()
        sys.excepthook = sys.__excepthook__
        gc.enable()


def _collect() -> None:
    """All generations once something is frozen, since few objects are left then."""
    gc.collect(2 if gc.get_freeze_count() else 1)


def _prepare(paths: Paths) -> Handlers:
    """Runs on the engine thread, because importing torch takes seconds and the window is there at once."""
    from engine.run.session import prepare

    return prepare(paths)


def _locked(paths: Paths) -> QLockFile:
    paths.data.mkdir(parents=True, exist_ok=True)
    lock = QLockFile(str(paths.data / "in-use.lock"))
    lock.setStaleLockTime(0)  # only the death of the process that holds it makes it stale
    if not lock.tryLock(100):
        raise UserError(IN_USE, "Look for its window, or start with another folder: --data-dir")
    return lock


def _keep_crashes(paths: Paths, closing: contextlib.ExitStack) -> None:
    log = open_log(paths)
    closing.callback(log.close)
    faulthandler.enable(file=log)
    closing.callback(faulthandler.disable)
    if sys.stderr is None:  # a windowed program has none
        sys.stdout = sys.stderr = log


def open_log(paths: Paths) -> TextIO:
    paths.log.mkdir(parents=True, exist_ok=True)
    return (paths.log / "desktop.log").open("a", encoding="utf-8")


def _open_chats(paths: Paths) -> tuple[Connection, str]:
    """The store, and a sentence when the old one is damaged: it is kept aside, never thrown away."""
    try:
        return open_store(paths.database, MIGRATIONS), ""
    except DamagedStore as error:
        aside = put_aside(paths.database, f"{datetime.now():%Y%m%d-%H%M%S}")
        sentence = f"{error.message}. It is kept as {aside}, and an empty one was begun"
        return open_store(paths.database, MIGRATIONS), sentence
