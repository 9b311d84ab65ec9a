"""The page Train in its states, with the engine of its tests: a real run takes hours and is never twice the same."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a script finds only its own folder, not tests/

from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.bridge import Bridge
from desktop.main_window import MainWindow
from desktop.theme import Look
from engine.data.chats import Chats
from engine.data.pair_sets import PairSets
from engine.data.receipts import Receipts
from engine.data.schema import MIGRATIONS
from engine.data.store import open_store
from engine.data.taught_runs import TaughtRuns
from engine.messages import (
    Command,
    CountTokens,
    Event,
    Failed,
    Finished,
    ListModels,
    ListRuns,
    ModelList,
    ReadCorpus,
    ReadSource,
    Result,
)
from engine.paths import Paths
from engine.settings import SettingsStore
from tests.desktop.train.scripted import Desk, Script, report_of, run_of

THEMES = ("light", "dark")


class Stage:
    """A window with the scripted engine, and the way to draw it in both themes."""

    def __init__(self, qt: QApplication, folder: Path, home: Path) -> None:
        self.qt, self.folder, self.home = qt, folder, home
        paths = Paths.under(home)
        self.settings = SettingsStore(paths.settings)
        bridge = Bridge()
        engine = Script(bridge)
        models = ModelList((), "CPU, 8 threads", 16 * 10**9, 9 * 10**9)
        engine.answers = {
            ListModels: lambda c: [Result(c.job, models), Finished(c.job, "done")],
            CountTokens: lambda c: [Finished(c.job, "done")],
            ListRuns: lambda c: [Result(c.job, ()), Finished(c.job, "done")],
        }
        bridge.attach(engine)
        self.db = open_store(paths.database, MIGRATIONS)
        chats, look = Chats(self.db), Look(self.settings, qt)
        sets, runs = PairSets(self.db), TaughtRuns(self.db)
        self.window = MainWindow(look, self.settings, bridge, chats, Receipts(self.db), sets, runs, paths)
        self.window.resize(1280, 768)  # the mockups have 32 more, for the title bar
        self.window.show()
        page = self.window.pages.train
        self.desk = Desk(page, engine, self.window.loader, self.window.notices, chats, self.settings)
        self.window.show_page("train")

    def settle(self) -> None:
        self.desk.settle()
        QTest.qWait(250)

    def take(self, name: str, widget: Callable[[], QWidget] | None = None) -> None:
        self.settle()
        for theme in THEMES:
            self.settings.set("general.theme", theme)
            QTest.qWait(150)
            shown = widget() if widget else self.window
            image = QImage(shown.size(), QImage.Format.Format_RGB32)
            image.fill(QColor("white"))
            shown.render(image)
            path = self.folder / f"{name}-{theme}.png"
            image.save(str(path))
            print(path)
        self.settings.set("general.theme", THEMES[0])


def train_pages(qt: QApplication, folder: Path) -> None:
    """Every state of the page, into `folder`."""
    with tempfile.TemporaryDirectory() as home:
        stage = Stage(qt, folder, Path(home))
        _before(stage)
        _run(stage)
        _earlier(stage)
        _sizes(stage)
        stage.window.close()
        stage.window.release()
        stage.db.close()


def _before(stage: Stage) -> None:
    page, engine = stage.desk.page, stage.desk.engine
    stage.take("train-start")
    page.text.left_out.click()
    stage.take("train-left-out", lambda: page.text.dialog or stage.window)
    if page.text.dialog is not None:
        page.text.dialog.accept()
    page.vocabulary.pieces_button.click()
    stage.take("train-pieces", lambda: page.vocabulary.dialog or stage.window)
    if page.vocabulary.dialog is not None:
        page.vocabulary.dialog.accept()
    letters = stage.home / "Harbour Town letters"
    letters.mkdir()
    page.sources.add([letters, stage.home / "A very long name of a file that somebody has kept for years.txt"])
    page.size_part.more_button.click()
    stage.take("train-more")
    page.size_part.more_button.click()
    engine.answers[ReadCorpus] = _one_unreadable
    page.sources.choose(0, False)
    page.sources.choose(0, True)
    stage.take("train-unreadable")
    engine.answers[ReadCorpus] = lambda c: [
        Failed(c.job, "The text is too short to learn from, it has 200 bytes", "Add more, at least 100 kB")
    ]
    page.sources.choose(0, False)
    stage.take("train-trouble")
    del engine.answers[ReadCorpus]
    for place in (1, 2):
        page.sources.choose(place, False)
    stage.take("train-nothing-chosen")
    for place in (0, 1, 2):
        page.sources.choose(place, True)
    page.sources.remove(2)
    stage.settle()


def _one_unreadable(command: Command) -> list[Event]:
    assert isinstance(command, ReadCorpus)
    report = report_of(command)
    broken = ReadSource(report.sources[1].title, 0, 0, 0, "The folder cannot be read: permission denied.")
    report = replace(report, sources=(report.sources[0], broken, *report.sources[2:]))
    return [Result(command.job, report), Finished(command.job, "done")]


def _run(stage: Stage) -> None:
    page, engine = stage.desk.page, stage.desk.engine
    engine.runs = (run_of(),)
    page.runs.refresh()
    stage.take("train-interrupted")
    engine.runs = ()
    page.runs.refresh()
    page.box.name.setText("Harbour nano")
    page.box.name.textEdited.emit("Harbour nano")
    stage.desk.begin()
    engine.step(6_200)
    stage.settle()
    page.watching.view.watch.scrubber.go_to(1_000)
    stage.take("train-run")
    engine.runs = (run_of(state="done", model="harbour-nano", step=10_000, bits=0.982),)
    engine.end()
    stage.take("train-result")
    page.watching.view.saving.write(stage.folder / "train-picture.png", "png")
    page.watching.view.saving.write(stage.folder / "train-picture.svg", "svg")
    stage.window.notices.clear()


def _earlier(stage: Stage) -> None:
    page, engine = stage.desk.page, stage.desk.engine
    engine.runs = (
        run_of("a", "Harbour small", bits=1.101, preset="small", parameters=19_000_000),
        run_of("b", "Harbour nano", state="done", model="harbour-nano", step=10_000, bits=0.982),
        run_of("c", "Harbour tiny", state="done", model="harbour-tiny", step=9_000, bits=1.31, preset="tiny"),
    )
    page.runs.refresh()
    stage.settle()
    page.header.earlier_button.click()
    dialog = page.earlier.dialog
    assert dialog is not None
    stage.take("train-earlier", lambda: dialog)
    dialog.table.selectAll()
    dialog.compare.click()
    stage.settle()
    stage.take("train-compare", lambda: page.earlier.comparison or dialog)
    if page.earlier.comparison is not None:
        page.earlier.comparison.close()
    dialog.reject()


def _sizes(stage: Stage) -> None:
    page, engine = stage.desk.page, stage.desk.engine
    engine.runs = ()
    page.runs.refresh()
    stage.desk.begin()
    engine.step(3_000)
    stage.window.resize(960, 640)
    stage.take("train-narrow")
    stage.settings.set("general.text_size", 150)
    stage.take("train-text-150")
    page.run.stop()
    stage.take("train-text-150-stopped")
    stage.settings.set("general.text_size", 100)
