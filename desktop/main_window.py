"""The window: rail, pages, notices, status line; and what goes between them. Knows every page, no engine."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QSettings, Qt, Slot
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.chat.conversation import Conversation
from desktop.chat.keys import chat_actions
from desktop.chat.options import Options
from desktop.chat.page import ChatPage
from desktop.chat.titles import EMPTY_TITLE
from desktop.icons import app_icon
from desktop.loader import ModelLoader
from desktop.notices import Notices
from desktop.pages import TITLES, WELCOME, Pages, Parts
from desktop.rail import Rail
from desktop.status import StatusLine
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.window_keys import WindowKeys
from engine.data.chats import Chats
from engine.data.pair_sets import PairSets
from engine.data.receipts import Receipts
from engine.data.taught_runs import TaughtRuns
from engine.messages import Failed
from engine.paths import Paths
from engine.settings import SettingsStore

SIZE = (1280, 800)
SMALLEST = (960, 640)


class MainWindow(QMainWindow):
    """Made once by `app.py`. `begin` is called when the engine runs."""

    def __init__(
        self,
        look: Look,
        settings: SettingsStore,
        bridge: Bridge,
        chats: Chats,
        receipts: Receipts,
        pair_sets: PairSets,
        runs: TaughtRuns,
        paths: Paths,
    ) -> None:
        super().__init__()
        self._look, self._settings, self._bridge, self._paths = look, settings, bridge, paths
        self._state = QSettings(str(paths.data / "window.ini"), QSettings.Format.IniFormat)
        self.loader = ModelLoader(bridge, settings, self)
        self.conversation = Conversation(bridge, self.loader, chats, receipts, Options(settings), self)
        self.notices = Notices(look)
        self.chat = ChatPage(look, settings, self.conversation, self.loader, self.notices)
        self.pages = Pages(Parts(look, bridge, self.loader, self.notices, chats, pair_sets, runs), self.chat)
        self._lay_out()
        self._wire()
        self._bind_keys()
        self._restore()

    def _lay_out(self) -> None:
        self.setWindowIcon(app_icon())
        self.rail = Rail(self._look)
        self.rail.add_page("chat", "Chat", "message-square")
        self.rail.add_page("teach", "Teach", "graduation-cap")
        self.rail.add_page("train", "Train", "sprout")
        self.rail.add_page("inspect", "Look inside", "scan-search")
        self.rail.add_page("models", "Models", "boxes")
        self.rail.add_foot("settings", "Settings", "settings")
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.notices)
        right.addWidget(self.pages, 1)
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addWidget(hairline(vertical=True))
        middle.addLayout(right, 1)
        centre = QWidget()
        centre.setLayout(middle)
        self.setCentralWidget(centre)
        self.status = StatusLine(self._look)
        self.setStatusBar(self.status)
        self.setMinimumSize(*SMALLEST)

    def _wire(self) -> None:
        self.rail.chosen.connect(self.show_page)
        self.pages.made.connect(self._wire_page)
        self.chat.look_wanted.connect(self._look_inside)
        self.loader.changed.connect(self._model_changed)
        self.loader.failed.connect(self._load_failed)
        self.chat.pair_wanted.connect(self._show_pair)
        self.conversation.correcting.keep_pair = lambda question, answer: self.pages.teach.add_pair(question, answer)
        self.conversation.failed.connect(self._reply_failed)
        self.conversation.writer.changed.connect(self._doing)
        self.conversation.writer.wrote.connect(lambda _: self._doing())
        self.conversation.shown.connect(self._title)
        self.conversation.listed.connect(self._title)

    @Slot(str)
    def _wire_page(self, name: str) -> None:
        """One that was made just now."""
        wire: dict[str, Callable[[Pages], None]] = {
            "teach": self._wire_teach, "train": self._wire_train, "models": self._wire_models
        }  # fmt: skip
        if name in wire:
            wire[name](self.pages)
        elif name == "inspect":
            self.pages.inspect.loading.connect(self._load_here)
        elif name == WELCOME:
            self.pages.welcome.chosen.connect(self.use_model)

    def _wire_teach(self, pages: Pages) -> None:
        pages.teach.chat_wanted.connect(self.use_model)
        pages.teach.loading.connect(self.loader.load)
        pages.teach.removing.connect(self._let_go)
        pages.teach.run.changed.connect(self._doing)

    def _wire_train(self, pages: Pages) -> None:
        pages.train.chat_wanted.connect(self.use_model)
        pages.train.talking.connect(self._talk_to_training)
        pages.train.teaching.connect(lambda: self.show_page("teach"))
        pages.train.teach_wanted.connect(self._teach_model)
        pages.train.model_wanted.connect(self._show_model)
        pages.train.run.changed.connect(self._doing)
        pages.train.restore(self._state)

    def _wire_models(self, pages: Pages) -> None:
        pages.models.use.connect(self.use_model)
        pages.models.removing.connect(self._let_go)
        pages.models.renamed.connect(self.loader.rename)
        pages.models.renamed.connect(lambda old, info: pages.teach.results.model_renamed(old, info.name))
        pages.models.set_in_use(self.loader.loaded)

    # ---- pages and models --------------------------------------------------------------
    def begin(self) -> None:
        """The engine runs: bring back the model of last time, or let the person choose one."""
        name = str(self._state.value("model", ""))
        if name:
            self.loader.load(name)
        page = self._state.value("page")
        self.show_page(page if page in TITLES else "chat")

    def show_chat(self) -> bool:
        """False as long as a first model has to be chosen."""
        self.show_page("chat")
        return self.pages.currentWidget() is self.chat

    def show_page(self, name: str) -> None:
        if name == "settings":
            return self.open_settings()
        if name == "chat" and not self.loader.wanted and not self.conversation.chats.list():
            name = WELCOME
        self.rail.show_page("chat" if name == WELCOME else name)
        self.pages.show_page(name)
        self._title()

    def open_settings(self, page: str = "general") -> None:
        from desktop.settings.dialog import SettingsDialog  # not read before the window is there

        dialog = SettingsDialog(self._look, self._settings, self._bridge, self, paths=self._paths)
        dialog.page(page)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(lambda _: self.activateWindow())  # some window managers leave nobody the keyboard
        dialog.open()

    def use_model(self, name: str) -> None:
        """Load a model and go where one talks to it."""
        self.conversation.writer.stop()
        self.loader.load(name)
        self.show_page("chat")

    def _load_here(self, name: str) -> None:
        """Another model, on the page where one is."""
        self.conversation.writer.stop()
        self.loader.load(name)

    def _talk_to_training(self, title: str) -> None:
        """With the weights as they are now, while they learn on."""
        self.conversation.writer.stop()
        self.loader.load_training(title)
        self.show_page("chat")

    def _teach_model(self, name: str) -> None:
        self._load_here(name)
        self.show_page("teach")

    def _show_model(self, name: str) -> None:
        self.pages.models.select(name)
        self.show_page("models")

    def _look_inside(self, text: str) -> None:
        self.show_page("inspect")
        self.pages.inspect.show_text(text)

    def _show_pair(self, pair: int) -> None:
        """On the page Teach; where the pair is gone, a notice says so and the chat stays."""
        teach = self.pages.teach
        if teach.pairs.sets.set_of(pair) is not None:
            self.show_page("teach")
        teach.show_pair(pair)

    def _let_go(self, name: str) -> None:
        """A model is about to be deleted: it must not stay in memory."""
        if self.loader.wanted == name or (self.loader.loaded and self.loader.loaded.name == name):
            self.conversation.writer.stop()
            self.loader.unload()
            self._state.remove("model")

    def _model_changed(self) -> None:
        self.status.show_model(
            self.loader.loaded, self.loader.progress, self.loader.wanted if self.loader.loading else ""
        )
        if self.pages.is_made("models"):
            self.pages.models.set_in_use(self.loader.loaded)
        if self.loader.loaded is not None:
            self.pages.read_ahead()
        if self.loader.loaded is not None and not self.loader.passing:
            self._state.setValue("model", self.loader.wanted)

    def _load_failed(self, failed: Failed) -> None:
        self.notices.error(failed.message, failed.hint, failed.report)
        if not self.conversation.messages:
            self.show_page("models" if self.conversation.chats.list() else "welcome")

    def _reply_failed(self, failed: Failed) -> None:
        self.notices.error(failed.message, failed.hint, failed.report)
        if self.loader.loaded is not None:
            self.status.show_doing("Stopped")

    def _doing(self) -> None:
        writer, pages = self.conversation.writer, self.pages
        if writer.message is None:
            done = pages.doing() or (f"{writer.rate:.1f} tokens/s" if writer.tokens else "")
        elif writer.started is None:
            reading = writer.reading
            done = f"Reading the prompt, {reading.done:,} of {reading.total:,}" if reading else "Reading the prompt"
        else:
            done = f"Writing, {writer.rate:.1f} tokens/s"
        self.status.show_doing(done, writer.started.seed if writer.started else None, training=pages.training)

    def _title(self) -> None:
        chat = (self.conversation.chat.title if self.conversation.chat else "") or EMPTY_TITLE
        title = TITLES.get(self.pages.name, "Welcome") or chat
        self.setWindowTitle(f"{title} — Nextword")

    # ---- keys --------------------------------------------------------------------------
    def _bind_keys(self) -> None:
        targets: dict[str, Callable[[], object]] = {
            **{f"page_{name}": lambda page=name: self.show_page(page) for name in TITLES},
            "settings": self.open_settings,
            "shortcuts": lambda: self.open_settings("shortcuts"),
            **chat_actions(self.chat, self.show_chat),
        }
        self.keys = WindowKeys(self, self._settings, targets)

    # ---- what survives -------------------------------------------------------------------
    def _restore(self) -> None:
        geometry = self._state.value("geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(*SIZE)
        self.chat.restore(self._state)

    def closeEvent(self, event: QCloseEvent) -> None:
        pages = self.pages
        if event.spontaneous() and pages.ask_before_closing(self.close):
            return event.ignore()
        self._state.setValue("geometry", self.saveGeometry())
        self._state.setValue("page", pages.name if pages.name in TITLES else "chat")
        self.chat.save(self._state)
        if pages.is_made("train"):
            pages.train.save(self._state)
        self._state.sync()
        self.conversation.writer.stop()
        return super().closeEvent(event)

    def release(self) -> None:
        """Let go of every widget now: a timer that fires later would ask a store that is closed."""
        self.deleteLater()
        QCoreApplication.sendPostedEvents(self, QEvent.Type.DeferredDelete.value)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.chat.sides.fit(self.width())
