"""A chat page on a real store, with an engine that answers what the test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.chat.conversation import Conversation
from desktop.chat.options import Options
from desktop.chat.page import ChatPage
from desktop.loader import ModelLoader
from desktop.notices import Notices
from desktop.theme import Look
from engine.data.chats import Chats
from engine.data.receipts import Receipts
from engine.data.schema import MIGRATIONS
from engine.data.store import open_store
from engine.messages import (
    Alternative,
    Cancel,
    CardUsed,
    Command,
    Continue,
    CountTokens,
    Event,
    Finished,
    Generate,
    LoadedModel,
    LoadModel,
    Pause,
    Piece,
    ReplyEnd,
    ReplyStarted,
    Result,
    TokenCount,
    Tokens,
)
from engine.paths import Paths
from engine.settings import SettingsStore

MODEL = LoadedModel("tiny", "Tiny", "abc", "cpu", "float32", "It is small.", 2, 2048, 1000, True)


def piece(token: int, text: str, logprob: float = -0.1) -> Piece:
    return Piece(token, text, logprob, 1.0, (Alternative(token, text, logprob), Alternative(99, " other", -2.0)))


@dataclass
class Script:
    """An engine: loads and counts at once, writes what the test hands it."""

    bridge: Bridge
    sent: list[Command | Cancel | Pause | Continue] = field(default_factory=list)
    loads: bool = True
    model: LoadedModel = MODEL

    def send(self, command: Command | Cancel | Pause | Continue) -> None:
        self.sent.append(command)
        match command:
            case Cancel():
                self.say(Finished(command.job, "stopped"))
            case LoadModel() if self.loads:
                self.say(Result(command.job, self.model), Finished(command.job, "done"))
            case CountTokens():
                self.say(Result(command.job, TokenCount(12, 2048, 0)), Finished(command.job, "done"))

    def say(self, *events: Event) -> None:
        for event in events:
            self.bridge.post(event)

    @property
    def asked(self) -> Generate:
        return next(c for c in reversed(self.sent) if isinstance(c, Generate))

    def write(self, *pieces: Piece, seed: int = 5, cards: tuple[CardUsed, ...] = ()) -> None:
        """The beginning of a reply, or more of it."""
        job = self.asked.job
        self.say(ReplyStarted(job, seed, 20, 2048, 0, cards), Tokens(job, pieces))
        self.bridge.flush()

    def end(self) -> None:
        job = self.asked.job
        self.say(Result(job, ReplyEnd("stop", 100.0, 50.0)), Finished(job, "done"))
        self.bridge.flush()

    def reply(self, *pieces: Piece) -> None:
        self.write(*pieces)
        self.end()


@dataclass
class Desk:
    """Everything a test of the chat page touches."""

    page: ChatPage
    talk: Conversation
    engine: Script
    loader: ModelLoader
    settings: SettingsStore
    notices: Notices
    chats: Chats

    def load(self) -> None:
        self.loader.load("tiny")
        self.page.talk.meter.counted.emit()
        self.engine.bridge.flush()

    def texts(self) -> list[str]:
        return [m.text for m in self.talk.messages]


def scripted() -> Script:
    """An engine behind a bridge of its own."""
    bridge = Bridge()
    engine = Script(bridge)
    bridge.attach(engine)
    return engine


@pytest.fixture
def look(qapp: QApplication, paths: Paths) -> Look:
    return Look(SettingsStore(paths.settings), qapp)


@pytest.fixture
def make_desk(qtbot: QtBot, qapp: QApplication, paths: Paths) -> Iterator[Callable[[], Desk]]:
    opened = []

    def make() -> Desk:
        settings = SettingsStore(paths.settings)
        look, bridge = Look(settings, qapp), Bridge()
        db = open_store(paths.database, MIGRATIONS)
        chats, receipts = Chats(db), Receipts(db)
        engine = Script(bridge)
        bridge.attach(engine)
        loader = ModelLoader(bridge, settings)
        talk = Conversation(bridge, loader, chats, receipts, Options(settings))
        notices = Notices(look)
        page = ChatPage(look, settings, talk, loader, notices)
        opened.append((db, bridge, page, notices))
        page.resize(1200, 740)
        page.show()
        qtbot.waitExposed(page)
        return Desk(page, talk, engine, loader, settings, notices, chats)

    yield make
    for db, bridge, page, notices in opened:
        bridge.flush()
        for widget in (page, notices):  # before the store: a timer of a page would ask one that is closed
            widget.deleteLater()
            QCoreApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete.value)
        db.close()


@pytest.fixture
def desk(make_desk: Callable[[], Desk]) -> Desk:
    """With a model in memory."""
    desk = make_desk()
    desk.load()
    return desk
