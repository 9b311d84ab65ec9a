"""The page Teach in its states, with the engine of its tests: a real run takes minutes and is never twice the same."""

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
from engine.data.pairs.pair import Pair
from engine.data.receipts import Receipts
from engine.data.schema import MIGRATIONS
from engine.data.store import open_store
from engine.data.taught_runs import TaughtRuns
from engine.messages import (
    CountTokens,
    Finished,
    ListModels,
    LoadModel,
    Message,
    ModelList,
    Result,
    RunInfo,
    TeachSettings,
    TextDifference,
)
from engine.paths import Paths
from engine.settings import SettingsStore
from tests.desktop.teach.scripted import DESK, MODEL, Desk, Script

THEMES = ("light", "dark")
RECALLS = (0.99, 0.97, 0.61, 0.95, 0.18, 0.93, 0.9, 0.91, 0.96, 0.57)
MORE = (
    ("Is there a copier?", "Yes, 10 cents a page."),
    ("Can I reserve a book?", "Yes, at the desk or by telephone."),
    ("Is the reading room quiet?", "After 4 it is."),
    ("How many books may I take?", "Ten at a time."),
    ("Do you take old books?", "On Mondays, clean ones only."),
    ("Where are the children's books?", "On the ground floor, left of the stairs."),
    ("Is there a book club for teenagers?", "Every second Thursday at 5."),
    ("Can I renew from home?", "Yes, once."),
    ("Who do I call about a lost book?", "Call 030 12345678."),
)


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
        }
        bridge.attach(engine)
        self.db = open_store(paths.database, MIGRATIONS)
        sets, runs = PairSets(self.db), TaughtRuns(self.db)
        look = Look(self.settings, qt)
        self.window = MainWindow(look, self.settings, bridge, Chats(self.db), Receipts(self.db), sets, runs, paths)
        self.window.resize(1280, 768)  # the mockups have 32 more, for the title bar
        self.window.show()
        page = self.window.pages.teach
        self.desk = Desk(page, engine, self.window.loader, self.window.notices, sets, runs, self.settings)
        self.desk.load()
        self.window.show_page("teach")

    def settle(self) -> None:
        self.desk.settle()
        QTest.qWait(200)

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


def teach_pages(qt: QApplication, folder: Path) -> None:
    """Every state of the page, into `folder`."""
    with tempfile.TemporaryDirectory() as home:
        stage = Stage(qt, folder, Path(home))
        stage.take("teach-empty")
        ids = _pairs(stage)
        _run(stage, ids)
        _import(stage)
        _sizes(stage)
        stage.window.close()
        stage.window.release()
        stage.db.close()


def _pairs(stage: Stage) -> list[int]:
    page = stage.desk.page
    ids = stage.desk.fill((*DESK, *MORE))
    turns = (Message("user", "When are you open?"), Message("assistant", "From 10 to 2."))
    page.pairs.add([Pair("And on Sundays?", "Closed.", "", turns)])
    stage.take("teach")
    page.box.how_button.click()
    stage.take("teach-how")
    page.box.how_button.click()
    link = page.checks.rows[0].link
    if link is not None:
        link.click()
    stage.take("teach-review")
    page.filter_bar.all_button.click()
    return ids


def _run(stage: Stage, ids: list[int]) -> None:
    page, engine = stage.desk.page, stage.desk.engine
    engine.unfinished = (RunInfo("library-desk-v0", MODEL.name, 20, 40, 150, 0.0),)
    stored = stage.desk.runs.begin(page.pairs.needed().id, "library-desk-v0", "Library desk v1", TeachSettings())
    page.lessons.look_for_interrupted()
    stage.take("teach-interrupted")
    engine.unfinished = ()
    stage.desk.runs.forget(stored)
    page.lessons.look_for_interrupted()
    stage.settle()
    page.box.button.click()
    engine.bridge.flush()
    engine.step(124)
    engine.measure(108, lambda place: RECALLS[place % len(RECALLS)])
    engine.sample(0, ids[2], "You can renew your home by calling the city office.")
    engine.sample(124, ids[2], "Yes, twice, if nobody is waiting.")
    engine.sample(0, ids[5], "I do not know.")
    page.table.begin_edit(ids[6], 2)
    stage.take("teach-run")
    engine.end()
    stage.take("teach-result")
    page.result.all_button.click()
    stage.take("teach-result-all")
    page.result.all_button.click()
    _difference(stage)


def _difference(stage: Stage) -> None:
    desk = stage.desk
    taught = replace(MODEL, name="library-desk-v1", title="Library desk v1", adapters=("library-desk-v1",))
    desk.engine.answers[LoadModel] = lambda c: [Result(c.job, taught), Finished(c.job, "done")]
    desk.loader.load("library-desk-v1")
    desk.engine.bridge.flush()
    changes = (("Can I", None), (" renew", 0.1), (" from", 0.2), (" home", 0.1), ("?\n", 0.0), ("Yes", 1.4),
               (",", 0.2), (" twice", 3.9), (", if", 2.2), (" nobody", 4.8), (" else", 0.7), (" is", -0.8),
               (" waiting", 1.9), (".", -1.6))  # fmt: skip
    pieces = tuple((text, None if by is None else -5.0, None if by is None else by - 5.0) for text, by in changes)
    desk.engine.difference = TextDifference(pieces, "SmolLM2 135M", "Library desk v1")
    desk.page.result.difference_button.click()
    dialog = desk.page.results.dialog
    assert dialog is not None
    dialog.field.setPlainText("Can I renew from home?\nYes, twice, if nobody else is waiting.")
    dialog.compare_button.click()
    stage.take("teach-difference", lambda: dialog)
    dialog.accept()


def _import(stage: Stage) -> None:
    path = stage.home / "Front desk.csv"
    rows = [f"{question};{answer};desk" for question, answer in MORE]
    path.write_text("\n".join(["Question;Answer;Where", *rows, ";;cellar"]), encoding="utf-8")
    transfer = stage.desk.page.transfer
    transfer.read([path])
    stage.settle()
    dialog = transfer.dialog
    assert dialog is not None
    dialog.skipped_button.click()
    stage.take("teach-import", lambda: dialog)
    dialog.reject()


def _sizes(stage: Stage) -> None:
    page, engine = stage.desk.page, stage.desk.engine
    page.box.button.click()
    engine.bridge.flush()
    engine.step(60)
    engine.measure(54, lambda place: RECALLS[place % len(RECALLS)])
    stage.window.resize(960, 640)
    stage.take("teach-narrow")
    stage.settings.set("general.text_size", 150)
    stage.take("teach-text-150")
    stage.settings.set("general.text_size", 100)
    page.run.cancel()
    engine.bridge.flush()
