"""The left column of the chat page: new chat, search, the list. Asks the store for rows; opens nothing itself."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from desktop.chat.chat_list import ChatList, rows_of
from desktop.metrics import CHAT_LIST
from desktop.theme import Look
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import Label
from engine.data.chats import Chat, Chats

SEARCH_MS = 150


class Sidebar(QWidget):
    """Signals carry the id of a chat."""

    new = Signal()
    opened = Signal(int)
    rename = Signal(int)
    pin = Signal(int)
    delete = Signal(int)

    def __init__(self, look: Look, chats: Chats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._chats = look, chats
        self._current: int | None = None
        self.setProperty("area", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = Label(look, "Chats", "section")
        self.new_button = IconButton(look, "plus", "New chat")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search chats")
        self.search.setAccessibleName("Search chats")
        self.search.setClearButtonEnabled(True)
        self._loupe = self.search.addAction(look.icon("search", "ink3"), QLineEdit.ActionPosition.LeadingPosition)
        self.list = ChatList(look)
        self._empty = Label(look, "", "small", "ink3", wrap=True)
        self._lay_out()
        self._typing = QTimer(self, singleShot=True, interval=SEARCH_MS)
        self._typing.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.search.returnPressed.connect(self.refresh)
        self.new_button.clicked.connect(self.new)
        self.list.opened.connect(self.opened)
        self.list.rename.connect(self.rename)
        self.list.delete.connect(self.delete)
        self.list.customContextMenuRequested.connect(self._menu)
        look.changed.connect(self._restyle)
        self._restyle()

    def _lay_out(self) -> None:
        self._head = QHBoxLayout()
        self._head.addWidget(self._title, 1)
        self._head.addWidget(self.new_button)
        self._box = QVBoxLayout()
        self._box.addWidget(self.search)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._head)
        layout.addLayout(self._box)
        layout.addWidget(self._empty)
        layout.addWidget(self.list, 1)

    def _restyle(self) -> None:
        px = self._look.px
        self._loupe.setIcon(self._look.icon("search", "ink3"))
        self.setFixedWidth(px(CHAT_LIST))
        self._head.setContentsMargins(px(16), px(10), px(12), px(10))
        self._box.setContentsMargins(px(12), 0, px(12), px(8))
        self._empty.setContentsMargins(px(16), px(8), px(16), px(8))

    def refresh(self) -> None:
        """Read the list again, through the search if there is one."""
        words = self.search.text().strip()
        hits = dict(self._chats.search(words)) if words else None
        rows = rows_of(self._chats.list(), datetime.now(), hits)
        self.list.show_rows(rows, self._current)
        self._empty.setText("No chat has these words." if words else "Your chats will be listed here.")
        self._empty.setVisible(not rows)

    def show_current(self, chat: int | None) -> None:
        self._current = chat
        self.refresh()

    def _menu(self, point: QPoint) -> None:
        chat = self.list.chat_at(self.list.indexAt(point))
        if chat is not None:
            self.menu_for(chat).popup(self.list.viewport().mapToGlobal(point))

    def menu_for(self, chat: Chat) -> QMenu:
        """What can be done with a chat; used by the list and by the header."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        icon = self._look.icon
        menu.addAction(icon("pencil"), "Rename", lambda: self.rename.emit(chat.id))
        pin = ("pin-off", "Unpin") if chat.pinned else ("pin", "Pin")
        menu.addAction(icon(pin[0]), pin[1], lambda: self.pin.emit(chat.id))
        menu.addSeparator()
        menu.addAction(icon("trash-2", "bad"), "Delete", lambda: self.delete.emit(chat.id))
        return menu
