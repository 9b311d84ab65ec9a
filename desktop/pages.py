"""The pages of the window. Chat is there at once, each other one is made when it is first asked for.

Made all at once they were half of the time from the start of the program to its first key. Knows how a page is made,
not what goes on between pages: who cares connects to `made`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.bridge import Bridge
from desktop.chat.page import ChatPage
from desktop.loader import ModelLoader
from desktop.notices import Notices
from desktop.theme import Look
from engine.data.chats import Chats
from engine.data.pair_sets import PairSets
from engine.data.taught_runs import TaughtRuns

if TYPE_CHECKING:
    from desktop.inspect.page import InspectPage
    from desktop.models.page import ModelsPage
    from desktop.models.welcome import WelcomePage
    from desktop.teach.page import TeachPage
    from desktop.train.page import TrainPage

TITLES = {"chat": "", "teach": "Teach", "train": "Train", "inspect": "Look inside", "models": "Models"}
"""Of the pages that the rail shows; a chat has its own."""
WELCOME = "welcome"
TO_READ = (
    "engine.data.pairs.yaml_rows", "engine.data.pairs.reading", "desktop.teach.checking", "desktop.teach.check_list",
    "desktop.teach.transfer", "desktop.teach.lower", "desktop.teach.watching", "desktop.teach.page",
    "desktop.inspect.attention", "desktop.inspect.compare", "desktop.inspect.layers", "desktop.inspect.words",
    "desktop.inspect.text", "desktop.inspect.page", "desktop.train.vocabulary_part", "desktop.train.watching",
    "desktop.train.page", "desktop.models.details", "desktop.models.page",
)  # fmt: skip
"""Files, in the order in which they are read ahead: 3 to 39 ms each."""
APART_MS = 50
Page = TypeVar("Page", bound=QWidget)


@dataclass(frozen=True, slots=True)
class Parts:
    """What pages are made of."""

    look: Look
    bridge: Bridge
    loader: ModelLoader
    notices: Notices
    chats: Chats
    pair_sets: PairSets
    runs: TaughtRuns


class Pages(QStackedWidget):
    """`made` names a page that is there from now on; it is an attribute of that name."""

    made = Signal(str)

    def __init__(self, parts: Parts, chat: ChatPage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts, self.chat = parts, chat
        self._unread = [*TO_READ]
        self._timer = QTimer(self, interval=APART_MS)
        self._timer.timeout.connect(self._read_one)
        self.addWidget(chat)

    def read_ahead(self) -> None:
        """Read the code of the other pages while nobody waits, a file at a time: half of what making them takes."""
        if not self._timer.isActive() and self._unread:
            self._timer.start()

    @Slot()
    def _read_one(self) -> None:
        import_module(self._unread.pop(0))
        if not self._unread:
            self._timer.stop()

    def is_made(self, name: str) -> bool:
        return name in vars(self)

    def show_page(self, name: str) -> None:
        """And let it know: the keyboard is there, or what it lists is read again."""
        page = getattr(self, name)
        assert isinstance(page, QWidget)
        self.setCurrentWidget(page)
        arrived: dict[str, Callable[[], object]] = {
            "chat": lambda: self.chat.composer.focus(), "teach": lambda: self.teach.focus(),
            "train": lambda: self.train.focus(), "inspect": lambda: self.inspect.focus(),
            "models": lambda: self.models.refresh(), WELCOME: lambda: self.welcome.refresh(),
        }  # fmt: skip
        arrived[name]()

    @property
    def name(self) -> str:
        """Of the page that is seen."""
        here = self.currentWidget()
        return next(name for name in (*TITLES, WELCOME) if self.is_made(name) and getattr(self, name) is here)

    # ---- what goes on in those that are there ------------------------------------------
    def doing(self) -> str:
        """What the status line says of a run; empty without one."""
        teaching = self.teach.teaching() if self.is_made("teach") else ""
        return teaching or (self.train.training() if self.is_made("train") else "")

    @property
    def training(self) -> bool:
        return self.is_made("train") and self.train.run.active

    def ask_before_closing(self, close: Callable[[], object]) -> bool:
        """Whether a run goes on, so that the person is asked first."""
        if self.is_made("teach") and self.teach.watching.ask_before_closing(close):
            return True
        return self.is_made("train") and self.train.watching.ask_before_closing(close)

    # ---- making them -------------------------------------------------------------------
    @cached_property
    def teach(self) -> TeachPage:
        from desktop.teach.page import TeachPage

        p = self._parts
        return self._take("teach", TeachPage(p.look, p.bridge, p.loader, p.notices, p.pair_sets, p.runs))

    @cached_property
    def train(self) -> TrainPage:
        from desktop.train.page import TrainPage

        p = self._parts
        return self._take("train", TrainPage(p.look, p.bridge, p.notices, p.chats))

    @cached_property
    def inspect(self) -> InspectPage:
        from desktop.inspect.page import InspectPage

        p = self._parts
        return self._take("inspect", InspectPage(p.look, p.bridge, p.loader, p.notices))

    @cached_property
    def models(self) -> ModelsPage:
        from desktop.models.page import ModelsPage

        p = self._parts
        return self._take("models", ModelsPage(p.look, p.bridge, p.notices))

    @cached_property
    def welcome(self) -> WelcomePage:
        from desktop.models.welcome import WelcomePage

        return self._take(WELCOME, WelcomePage(self._parts.look, self._parts.bridge, self._parts.notices))

    def _take(self, name: str, page: Page) -> Page:
        self.addWidget(page)
        vars(self)[name] = page  # before it is said, so that who hears of it may ask for it
        self.made.emit(name)
        return page
