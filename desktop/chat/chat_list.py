"""The list of chats: pinned ones, then by day; search over titles and messages. Knows rows, not conversations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.chat.titles import EMPTY_TITLE
from desktop.metrics import LIST_ROW
from desktop.theme import Look
from engine.data.chats import Chat

Index = QModelIndex | QPersistentModelIndex
CHAT_ROLE = Qt.ItemDataRole.UserRole
SNIPPET_ROLE = Qt.ItemDataRole.UserRole + 1
WHEN_ROLE = Qt.ItemDataRole.UserRole + 2

Row = str | tuple[Chat, str, str]  # a heading, or a chat with its snippet and its time


def rows_of(chats: Sequence[Chat], now: datetime, hits: Mapping[int, str] | None = None) -> list[Row]:
    """Headings and chats in order. `hits` are the snippets of a search, by chat; None without one."""
    rows: list[Row] = []
    group = ""
    for chat in chats:
        if hits is not None and chat.id not in hits:
            continue
        changed = datetime.fromtimestamp(chat.updated_at)
        heading, when = ("Pinned", "") if chat.pinned else day_of(changed, now)
        if heading != group:
            rows.append(heading)
            group = heading
        rows.append((chat, hits[chat.id] if hits else "", when))
    return rows


def day_of(moment: datetime, now: datetime) -> tuple[str, str]:
    """The group a chat stands in, and the time beside it."""
    days = (now.date() - moment.date()).days
    if days <= 0:
        return "Today", f"{moment:%H:%M}"
    if days == 1:
        return "Yesterday", f"{moment:%a}"
    if days < 7:
        return "Last days", f"{moment:%a}"
    if (now - timedelta(days=365)) < moment:
        return f"{moment:%B}", f"{moment.day} {moment:%b}"
    return f"{moment:%Y}", f"{moment.day} {moment:%b}"


class ChatRows(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []

    def set_rows(self, rows: list[Row]) -> None:
        if rows != self.rows:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if isinstance(row, str):
            return row if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) else None
        chat, snippet, when = row
        title = chat.title or EMPTY_TITLE
        pinned = ", pinned" if chat.pinned else ""
        values = {
            Qt.ItemDataRole.DisplayRole: title,
            Qt.ItemDataRole.ToolTipRole: title,
            Qt.ItemDataRole.AccessibleTextRole: f"{title}{pinned}, {when}" if when else f"{title}{pinned}",
            CHAT_ROLE: chat,
            SNIPPET_ROLE: snippet,
            WHEN_ROLE: when,
        }
        return values.get(role)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self.rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def row_of(self, chat: int | None) -> int:
        return next((n for n, r in enumerate(self.rows) if not isinstance(r, str) and r[0].id == chat), -1)


class ChatDelegate(QStyledItemDelegate):
    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, self._look.px(48 if index.data(SNIPPET_ROLE) else LIST_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        chat = index.data(CHAT_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(chat, Chat):
            self._chat(painter, option, index, chat)
        else:
            painter.setFont(self._look.font("caption"))
            painter.setPen(self._look.color("ink3"))
            place = option.rect.adjusted(self._look.px(16), self._look.px(4), 0, 0)  # type: ignore[attr-defined]
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, str(index.data()))
        painter.restore()

    def _chat(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, chat: Chat) -> None:
        px, look = self._look.px, self._look
        state = option.state  # type: ignore[attr-defined]
        place: QRect = option.rect.adjusted(px(8), 1, -px(8), -1)  # type: ignore[attr-defined]
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("sel" if selected else "hover"))
            painter.drawRoundedRect(place, px(6), px(6))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(look.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), px(6), px(6))
        inner = place.adjusted(px(8), 0, -px(8), 0)
        inner = self._right(painter, inner, chat, str(index.data(WHEN_ROLE) or ""))
        snippet = str(index.data(SNIPPET_ROLE) or "")
        top = inner.adjusted(0, px(4), 0, -px(22)) if snippet else inner
        painter.setFont(look.font("body_medium" if selected else "body"))
        painter.setPen(look.color("ink"))
        self._elided(painter, top, chat.title or EMPTY_TITLE)
        if snippet:
            painter.setFont(look.font("small"))
            painter.setPen(look.color("ink3"))
            self._elided(painter, place.adjusted(px(8), px(24), -px(8), -px(2)), snippet)

    def _right(self, painter: QPainter, place: QRect, chat: Chat, when: str) -> QRect:
        """The time or the pin at the right end; returns what is left for the title."""
        px = self._look.px
        if chat.pinned:
            pixmap = self._look.pixmap("pin", "ink2", 14)
            painter.drawPixmap(QPoint(place.right() - px(14), place.center().y() - px(7)), pixmap)
            return place.adjusted(0, 0, -px(22), 0)
        painter.setFont(self._look.font("small"))
        painter.setPen(self._look.color("ink3"))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, when)
        return place.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(when) - px(8), 0)

    def _elided(self, painter: QPainter, place: QRect, text: str) -> None:
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)


class ChatList(QListView):
    """Rows that can be opened, renamed, pinned and deleted by key or menu."""

    opened = Signal(int)
    rename = Signal(int)
    delete = Signal(int)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = ChatRows()
        self._look = look
        self.setModel(self._rows)
        self.setItemDelegate(ChatDelegate(look, self))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName("Chats")
        self.setObjectName("chatList")
        self.clicked.connect(self._open)
        look.changed.connect(self.scheduleDelayedItemsLayout)

    def show_rows(self, rows: list[Row], current: int | None) -> None:
        self._rows.set_rows(rows)
        row = self._rows.row_of(current)
        if row >= 0:
            self.setCurrentIndex(self._rows.index(row))
        else:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())

    def chat_at(self, index: Index) -> Chat | None:
        chat = index.data(CHAT_ROLE) if index.isValid() else None
        return chat if isinstance(chat, Chat) else None

    def _open(self, index: Index) -> None:
        chat = self.chat_at(index)
        if chat is not None:
            self.opened.emit(chat.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        chat = self.chat_at(self.currentIndex())
        signals = {
            Qt.Key.Key_Return: self.opened,
            Qt.Key.Key_Enter: self.opened,
            Qt.Key.Key_F2: self.rename,
            Qt.Key.Key_Delete: self.delete,
        }
        if chat is not None and event.key() in signals:
            signals[Qt.Key(event.key())].emit(chat.id)
        else:
            super().keyPressEvent(event)
