"""The chat page: list, transcript and composer put together. Says who hears whom; the parts do the work."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSettings, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.chat.announcing import SentenceReader
from desktop.chat.composer import Composer
from desktop.chat.conversation import Conversation
from desktop.chat.corrections import Corrections
from desktop.chat.dock.dock import Dock
from desktop.chat.empty import EmptyChat
from desktop.chat.find import FindBar
from desktop.chat.header import Header
from desktop.chat.looking import Looking
from desktop.chat.panels import InstructionsDialog, SamplingDialog
from desktop.chat.rows import Rows
from desktop.chat.sidebar import Sidebar
from desktop.chat.sides import Sides
from desktop.chat.titles import EMPTY_TITLE
from desktop.chat.transcript import Transcript
from desktop.loader import ModelLoader
from desktop.metrics import GUTTER, READING_WIDTH
from desktop.notices import Notices, announce
from desktop.theme import Look
from desktop.widgets.area import hairline
from engine.data.chats import StoredMessage
from engine.messages import Piece, TokenCount
from engine.settings import SettingsStore


class ChatPage(QWidget):
    """Everything about talking to a model."""

    pair_wanted = Signal(int)  # a reply names the taught pair that it leans on
    look_wanted = Signal(str)  # the text of a reply up to the token that is looked into

    def __init__(
        self, look: Look, settings: SettingsStore, conversation: Conversation, loader: ModelLoader, notices: Notices
    ) -> None:
        super().__init__()
        self._look, self._settings, self._loader, self._notices = look, settings, loader, notices
        self.talk = conversation
        self._editing: StoredMessage | None = None
        self._writing: int | None = None
        self._new_draft = ""
        self.sidebar = Sidebar(look, conversation.chats)
        self.header = Header(look)
        self.rows = Rows(look, conversation, self)
        self.transcript = Transcript(look, self.rows.make, conversation.receipts.spans, self.rows.noted)
        self.empty = EmptyChat(look)
        self.composer = Composer(look, settings)
        self._reader = SentenceReader(lambda text: announce(self.transcript, text))
        self.find_bar = FindBar(look, self.transcript)
        self.inspector = Looking(look, self.rows, self.transcript, conversation, loader, notices).inspector
        self.dock = Dock(look, loader, conversation, self.transcript, self.composer, self._before_draft, notices)
        self.corrections = Corrections(look, conversation, notices, self)
        self._lay_out()
        self._wire_conversation()
        self._wire_parts()
        self._settings_changed("")
        self._refresh()

    def _lay_out(self) -> None:
        self._foot = QHBoxLayout()
        self._foot.addStretch(1)
        self._foot.addWidget(self.composer, 1000)  # all the room up to its largest width, the rest on both sides
        self._foot.addStretch(1)
        middle = QVBoxLayout()
        middle.setSpacing(0)
        for widget in (self.header, hairline(), self.find_bar, self.transcript, self.empty):
            middle.addWidget(widget, 1 if widget in (self.transcript, self.empty) else 0)
        middle.addLayout(self._foot)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(middle, 1)
        self.sides = Sides(self._look, self, row, self.sidebar, self.dock.panel)
        self._look.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        px = self._look.px
        self.composer.setMaximumWidth(px(READING_WIDTH))
        self._foot.setContentsMargins(px(GUTTER), px(8), px(GUTTER), px(16))

    def _wire_conversation(self) -> None:
        talk = self.talk
        talk.shown.connect(self._refresh)
        talk.listed.connect(self.sidebar.refresh)
        talk.listed.connect(self._show_title)
        talk.meter.counted.connect(self._show_count)
        talk.queued.connect(lambda: self.composer.show_waiting(talk.waiting))
        talk.writer.wrote.connect(self._grow)
        talk.writer.ended.connect(lambda _: self._reader.finish())
        talk.writer.changed.connect(self._show_progress)
        self._loader.changed.connect(self._model_changed)
        self._settings.on_change(self._settings_changed)

    def _wire_parts(self) -> None:
        side, talk, composer = self.sidebar, self.talk, self.composer
        side.new.connect(self.new_chat)
        side.opened.connect(self.open_chat)
        side.rename.connect(self.rename)
        side.pin.connect(self.talk.pin)
        side.delete.connect(self.delete)
        self.header.renamed.connect(self._renamed)
        self.header.menu.connect(self._chat_menu)
        self.header.side.connect(self.sides.toggle_list)
        self.header.dock.connect(self.sides.toggle_dock)
        self.dock.panel.closed.connect(lambda: self.sides.show_dock(False))
        self.sides.changed.connect(lambda: self.header.dock_button.setChecked(self.sides.dock_shown))
        self.empty.asked.connect(self._ask)
        composer.sent.connect(self._ask)
        composer.edited.connect(self._save_edit)
        composer.stop.connect(talk.writer.stop)
        composer.drafted.connect(self._keep_draft)
        composer.instructions.connect(lambda: InstructionsDialog(self._look, talk, self).open())
        composer.sampling.connect(lambda: SamplingDialog(self._look, talk, self).open())
        composer.take_back.connect(lambda: composer.set_text(talk.take_waiting()))
        composer.remove.connect(talk.take_waiting)
        composer.send_now.connect(talk.writer.stop)  # what waits goes out when the reply has ended
        self.rows.copying.connect(self.copy)
        self.rows.editing.connect(self._edit)
        self.rows.correcting.connect(self.corrections.open)
        self.rows.pair_wanted.connect(self.pair_wanted)
        self.inspector.look_wanted.connect(self.look_wanted)
        talk.correcting.changed.connect(self.transcript.refresh_rows)
        self.transcript.copied.connect(self.copy)
        self.transcript.link_chosen.connect(self.copy)

    # ---- showing -------------------------------------------------------------------------
    def _refresh(self) -> None:
        talk = self.talk
        chat = talk.chat.id if talk.chat else None
        self.inspector.close()
        self.empty.setVisible(not talk.messages)
        self.transcript.setVisible(bool(talk.messages))
        self.transcript.show_messages(talk.messages, to_end=False)
        self.sidebar.show_current(chat)
        self._show_title()
        self._show_progress()
        self._show_options()

    def _show_title(self) -> None:
        self.header.show_title((self.talk.chat.title if self.talk.chat else "") or EMPTY_TITLE)
        self.header.menu_button.setEnabled(self.talk.chat is not None)

    def _show_options(self) -> None:
        chosen = self.talk.options.of(self.talk.chat)
        own = bool(self.talk.options.instructions(self.talk.chat))
        self.composer.show_options(own, f"{chosen.preset}, {chosen.values['temperature']:.2f}")

    def _show_count(self) -> None:
        count, writer = self.talk.meter.count, self.talk.writer
        if count is not None and writer.started is not None and self._writes_here():
            count = TokenCount(writer.started.prompt_tokens + writer.tokens, count.context, writer.started.dropped)
        self.composer.show_count(count if self._loader.loaded else None)
        overflow = self.talk.options.of(self.talk.chat).overflow
        self.transcript.show_unread(count.dropped if count else 0, overflow)

    def _writes_here(self) -> bool:
        """Whether the reply that is being written belongs to the open chat."""
        return any(m.id == self.talk.writer.message for m in self.talk.messages)

    def _show_progress(self) -> None:
        writer = self.talk.writer
        self.composer.set_writing(self._writes_here())
        if self._writing != writer.message:  # what waited for the reply waits no more, in every row
            self._writing = writer.message
            self.transcript.refresh_rows()
        if writer.message is not None:
            self.rows.say_progress(self.transcript.row_of(writer.message))

    def _grow(self, pieces: list[Piece]) -> None:
        messages, writer = self.talk.messages, self.talk.writer
        if messages and messages[-1].id == writer.message:
            self.transcript.grow(pieces, writer.position - len(pieces))
            self._reader.read("".join(piece.text for piece in pieces))
            self._show_progress()
            self._show_count()

    def _model_changed(self) -> None:
        self.empty.show_model(self._loader)
        self.transcript.refresh_rows()
        self._show_count()

    def _settings_changed(self, key: str) -> None:
        self.transcript.tinted = bool(self._settings.get("general.tint"))
        self.header.key.setVisible(self.transcript.tinted)
        self.transcript.viewport().update()
        self._show_options()

    # ---- doing ---------------------------------------------------------------------------
    def new_chat(self) -> None:
        self.open_chat(None)

    def open_chat(self, chat: int | None) -> None:
        self._keep_draft(self.composer.draft)
        self._editing = None
        self.talk.open(chat)
        self.composer.set_text(self.talk.chat.draft if self.talk.chat else self._new_draft)
        self.transcript.show_messages(self.talk.messages, to_end=True)
        self.composer.focus()

    def _ask(self, text: str) -> None:
        self._new_draft = ""
        self.talk.ask(text)
        self.transcript.show_messages(self.talk.messages, to_end=True)

    def _edit(self, message: StoredMessage) -> None:
        self._editing = message
        mine = message.role == "user"
        banner = f"Another version of {'your message' if mine else 'this reply'}. The old one is kept."
        self.composer.edit(message.text, banner, "Ask this version" if mine else "Save this version")

    def _save_edit(self, text: str) -> None:
        message, self._editing = self._editing, None
        if message is None:
            return None
        if self.talk.writer.message is not None:  # a reply began meanwhile: nothing that was typed is lost
            self._edit(replace(message, text=text))
            return self._notices.info("This version waits until the reply is written.")
        if message.role == "user":
            self.talk.edit_question(message, text)
        else:
            self.talk.edit_reply(message, text)

    def _before_draft(self) -> list[StoredMessage] | None:
        """What the message that is being written answers; None while a reply is edited."""
        edited, messages = self._editing, self.talk.messages
        if edited is None:
            return messages
        place = next((n for n, one in enumerate(messages) if one.id == edited.id), 0)
        return messages[:place] if edited.role == "user" else None

    def _keep_draft(self, draft: str) -> None:
        chat = self.talk.chat
        if chat is None:
            self._new_draft = draft
        elif chat.draft != draft:
            self.talk.chats.set_draft(chat.id, draft)
        self.talk.count_tokens(draft.strip())

    def rename(self, chat: int) -> None:
        self.open_chat(chat)
        self.header.rename(self.talk.chat.title if self.talk.chat else "")

    def _renamed(self, title: str) -> None:
        if self.talk.chat is not None:
            self.talk.rename(self.talk.chat.id, title)
            self._notices.info("Renamed")

    def delete(self, chat: int) -> None:
        title = next((c.title for c in self.talk.chats.list() if c.id == chat), "") or EMPTY_TITLE
        self.talk.delete(chat)
        self._notices.info(f"Deleted “{title}”. It is kept for 30 days.", ("Undo", lambda: self.talk.restore(chat)))

    def _chat_menu(self) -> None:
        if self.talk.chat is not None:
            button = self.header.menu_button
            self.sidebar.menu_for(self.talk.chat).popup(button.mapToGlobal(button.rect().bottomLeft()))

    def copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._notices.info("Copied")

    # ---- the window's wishes -----------------------------------------------------------------
    def last_reply(self) -> StoredMessage | None:
        return next((m for m in reversed(self.talk.messages) if m.role == "assistant"), None)

    def search(self) -> None:
        self.sides.show_list(True)
        self.sidebar.search.setFocus()
        self.sidebar.search.selectAll()

    def save(self, state: QSettings) -> None:
        """Keep what the window should show at the next start."""
        self._keep_draft(self.composer.draft)
        self.talk.shelve()
        state.setValue("chat", self.talk.chat.id if self.talk.chat else "")
        state.setValue("draft", self._new_draft)
        self.sides.save(state)

    def restore(self, state: QSettings) -> None:
        chat = str(state.value("chat", ""))
        self.sides.restore(state)
        self.composer.set_text(str(state.value("draft", "")))  # of a new chat, to which one may come back
        self.open_chat(int(chat) if chat.isdecimal() else None)
