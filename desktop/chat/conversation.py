"""The open chat: its messages, the reply being written, what waits. Asking, branching and going on start here.

Knows the store of chats and the writer of replies; knows no widget.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Signal

from desktop.bridge import Bridge
from desktop.chat.correcting import Correcting
from desktop.chat.options import Options
from desktop.chat.prompt import TokenMeter, prompt_of
from desktop.chat.reply import ReplyWriter, Request
from desktop.chat.titles import title_of
from desktop.loader import ModelLoader
from desktop.task import Task
from engine.data.chats import Chat, Chats, StoredMessage
from engine.data.receipts import Receipts, Turn
from engine.messages import Failed, LoadedModel, Message


class Conversation(QObject):
    """At most one chat is open; `chat` is None for a new one that has no message yet."""

    shown = Signal()  # other messages are on screen: draw them anew
    listed = Signal()  # a title, a pin or the order of chats changed
    queued = Signal()  # the waiting question changed
    failed = Signal(object)  # Failed

    def __init__(
        self,
        bridge: Bridge,
        loader: ModelLoader,
        chats: Chats,
        receipts: Receipts,
        options: Options,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._loader = loader
        self.chats = chats
        self.receipts = receipts
        self.options = options
        self.writer = ReplyWriter(bridge, receipts, self)
        self.meter = TokenMeter(bridge, self)
        self.correcting = Correcting(bridge, loader, self)
        self.weighing, self.looking = Task(bridge, self), Task(bridge, self)
        self.chat: Chat | None = None
        self.messages: list[StoredMessage] = []
        self.waiting = ""
        self._asked_chat: int | None = None
        self._when_loaded: int | None = None
        self.writer.ended.connect(self._reply_ended)
        self.writer.failed.connect(self.failed)
        loader.changed.connect(self._model_changed)

    @property
    def model(self) -> LoadedModel | None:
        """The one in memory, which answers."""
        return self._loader.loaded

    # ---- which chat is open --------------------------------------------------------
    def open(self, chat: int | None) -> None:
        """Show a chat, or an empty place for a new one. A reply that is being written in another chat goes on."""
        self.shelve()
        self.chat = self.chats.get(chat) if chat is not None else None
        self.refresh()

    def refresh(self) -> None:
        """Read the open chat again from the store."""
        if self.chat is not None:
            self.chat = self.chats.get(self.chat.id)
        self.messages = self.chats.path(self.chat.id) if self.chat else []
        self.shown.emit()
        self.count_tokens()

    def rename(self, chat: int, title: str) -> None:
        self.chats.rename(chat, title)
        self._reread(chat)

    def pin(self, chat: int) -> None:
        """Pin or unpin."""
        found = self.chats.get(chat)
        if found is not None:
            self.chats.pin(chat, not found.pinned)
            self._reread(chat)

    def restore(self, chat: int) -> None:
        """Bring back a chat that was deleted, and show it."""
        self.chats.restore(chat)
        self.open(chat)
        self.listed.emit()

    def _reread(self, chat: int) -> None:
        if self.chat is not None and self.chat.id == chat:
            self.chat = self.chats.get(chat)
        self.listed.emit()

    def delete(self, chat: int) -> None:
        if self._asked_chat == chat:
            self.writer.stop()
        self.chats.delete(chat)
        if self.chat is not None and self.chat.id == chat:
            self.open(None)
        self.listed.emit()

    def set_instructions(self, text: str | None) -> None:
        """The system prompt of this chat; None goes back to the default one."""
        self.chats.set_instructions(self._chat_id(), text)
        self.refresh()

    def set_sampling(self, encoded: str | None) -> None:
        """The settings of this chat (JSON), or None for the defaults."""
        self.chats.set_sampling(self._chat_id(), encoded)
        self.refresh()

    def _chat_id(self) -> int:
        """The open chat, made now if there is none."""
        if self.chat is None:
            self.chat = self.chats.get(self.chats.create())
            self.listed.emit()
        assert self.chat is not None
        return self.chat.id

    # ---- asking --------------------------------------------------------------------
    def ask(self, text: str) -> None:
        """Send a question; it waits while a reply is written."""
        if self.writer.message is not None:
            self.waiting = "\n\n".join(part for part in (self.waiting, text) if part)
            return self.queued.emit()
        self._add_question(text, self.messages[-1].id if self.messages else None)

    def take_waiting(self) -> str:
        """The question that waits, taken back."""
        text, self.waiting = self.waiting, ""
        self.queued.emit()
        return text

    def shelve(self) -> None:
        """What waits becomes part of the draft of its chat, because one goes elsewhere."""
        if self.waiting:
            chat = self.chats.get(self._chat_id())
            parts = (self.take_waiting(), chat.draft if chat else "")
            self.chats.set_draft(self._chat_id(), "\n\n".join(part for part in parts if part))

    def edit_question(self, message: StoredMessage, text: str) -> None:
        """Ask in other words: a new version beside the old one, with a reply of its own."""
        self._add_question(text, message.parent)

    def edit_reply(self, message: StoredMessage, text: str) -> None:
        """A corrected version beside the one that was written; it has no receipt."""
        self.chats.add(message.chat, message.parent, "assistant", text)
        self.refresh()

    def _add_question(self, text: str, parent: int | None) -> None:
        chat = self._chat_id()
        question = self.chats.add(chat, parent, "user", text)
        if not self.messages and self.chat is not None and not self.chat.title:
            self.chats.rename(chat, title_of(text))
        self.refresh()
        self.listed.emit()
        self._reply_to(question)

    def write_again(self, message: StoredMessage) -> None:
        """Another version of a reply; the old one stays."""
        if message.parent is not None and self.writer.message is None:
            self.chats.show(message.chat, message.parent)
            self.refresh()
            self._reply_to(message.parent)

    def _reply_to(self, question: int) -> None:
        """Begin a reply, now or as soon as the model is there."""
        model = self._loader.loaded
        if model is None:
            self._when_loaded = question
            return None if self._loader.loading else self._no_model()
        history = self._history(question)
        if history is None:
            return None
        reply = self.chats.add(self._chat_id(), question, "assistant", "", "writing")
        self._begin(reply, model, history)

    def _begin(
        self,
        reply: int,
        model: LoadedModel,
        history: tuple[Message, ...],
        ids: tuple[int, ...] = (),
        forced: tuple[int, ...] = (),
        offset: int = 0,
    ) -> None:
        chosen = self.options.of(self.chat)
        if self.receipts.turn(reply) is None:
            self.receipts.begin(reply, self._turn(model))
        self._asked_chat = self.chat.id if self.chat else None
        self.refresh()
        self.writer.start(
            Request(
                reply,
                model.sha256,
                history,
                chosen.sampling(),
                chosen.max_new_tokens,
                chosen.overflow,
                ids,
                forced,
                offset,
                self.options.keep_alternatives,
                chosen.cards,
            )
        )

    def _turn(self, model: LoadedModel) -> Turn:
        chosen, instructions = self.options.of(self.chat), self.options.instructions(self.chat)
        return Turn(model.name, model.sha256, model.device, model.precision, chosen.to_json(), instructions)

    # ---- going on --------------------------------------------------------------------
    def can_go_on(self, message: StoredMessage) -> Literal["", "model", "edited", "writing"]:
        """Why a reply can't be continued token by token: its receipt must be from the model that is loaded."""
        turn, model = self.receipts.turn(message.id), self._loader.loaded
        if self.writer.message is not None:
            return "writing"
        if turn is None:
            return "edited"
        return "" if model is not None and turn.model_sha256 == model.sha256 else "model"

    def go_on(self, message: StoredMessage) -> None:
        """Continue a reply where it ended."""
        model = self._loader.loaded
        history = self._history(message.parent)
        if model is not None and history is not None and not self.can_go_on(message):
            self.receipts.reopen(message.id)
            self._begin(message.id, model, history, self.receipts.ids(message.id), (), len(message.text))

    def branch(self, message: StoredMessage, position: int, tokens: tuple[int, ...]) -> None:
        """A new version that is the same up to `position` and goes on with other tokens."""
        model = self._loader.loaded
        history = self._history(message.parent)
        if model is None or history is None or self.can_go_on(message):
            return
        reply = self.chats.add(message.chat, message.parent, "assistant", "", "writing")
        self.receipts.begin(reply, self._turn(model))
        offset = self.receipts.copy(message.id, reply, position)
        self._begin(reply, model, history, self.receipts.ids(reply), tokens, offset)

    def show_version(self, message: StoredMessage, step: int) -> None:
        self.chats.show_sibling(message.id, step)
        self.refresh()

    def _history(self, question: int | None) -> tuple[Message, ...] | None:
        """What the model reads: the instructions and the messages up to `question`."""
        until = next((n for n, m in enumerate(self.messages) if m.id == question), None)
        if until is None:
            return None
        return prompt_of(self.options.instructions(self.chat), self.messages[: until + 1])

    # ---- what the engine answers -------------------------------------------------------
    def count_tokens(self, draft: str = "") -> None:
        """Ask how much of the context the messages and the draft take."""
        if self._loader.loaded is not None:
            prompt = prompt_of(self.options.instructions(self.chat), self.messages, draft)
            chosen = self.options.of(self.chat)
            self.meter.ask(self._loader.loaded, prompt, chosen.overflow, chosen.max_new_tokens)

    def _reply_ended(self, message: int) -> None:
        asked, self._asked_chat = self._asked_chat, None
        self.listed.emit()
        if self.chat is not None and self.chat.id == asked:
            self.refresh()
        if self.waiting:
            self.ask(self.take_waiting())

    def _model_changed(self) -> None:
        if self._loader.loaded is not None:
            question, self._when_loaded = self._when_loaded, None
            if question is not None and self.writer.message is None:
                self._reply_to(question)
            self.count_tokens()
        elif self._loader.problem is not None:
            self._when_loaded = None

    def _no_model(self) -> None:
        self.failed.emit(
            Failed(
                0, "No model is loaded, so nobody answers yet", "Choose one on the page Models; your message is kept."
            )
        )
