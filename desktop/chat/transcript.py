"""Shows the messages of a chat: text in one document, buttons laid over it, a click on a token reported.

Knows how messages look and which token was meant; knows nothing of the engine or of the store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QTextBrowser, QWidget

from desktop.chat.blocks import Blocks
from desktop.chat.overlays import MakeRow, Overlays
from desktop.chat.painting import CUT, CUT_MIDDLE, Painter, token_rects
from desktop.chat.script import Entry, Placed, Script
from desktop.chat.window import unread
from desktop.metrics import GUTTER, READING_WIDTH
from desktop.theme import Look
from engine.data.chats import StoredMessage
from engine.data.receipts import Span
from engine.messages import Overflow, Piece

ReadSpans = Callable[[int], Sequence[Span]]
IsNoted = Callable[[StoredMessage], bool]


class Transcript(QTextBrowser):
    """One document for all messages. `make_row` gives the row of buttons for a message, `noted` whether it has a line
    above them."""

    token_chosen = Signal(int, int)  # message, position of the token in it
    selection_changed = Signal()
    link_chosen = Signal(str)
    copied = Signal(str)

    def __init__(self, look: Look, make_row: MakeRow, spans: ReadSpans, noted: IsNoted) -> None:
        super().__init__()
        self._look = look
        self._spans, self._noted = spans, noted
        self._overlays = Overlays(look, self.viewport(), make_row, self.copied.emit)
        self._pressed = QPoint()
        self._unread: frozenset[int] = frozenset()
        self.tinted = True
        self.selected: tuple[int, int] | None = None
        self.setObjectName("transcript")
        self.setAccessibleName("Messages")
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
            | Qt.TextInteractionFlag.LinksAccessibleByMouse
        )
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        self.document().setDefaultTextOption(option)
        self._script = self._new_script()
        # Rows are placed once a pass of the event loop, however often the layout changed in it.
        self._placing = QTimer(self, singleShot=True, interval=0)
        self._placing.timeout.connect(self._place_overlays)
        self.verticalScrollBar().rangeChanged.connect(lambda *_: self._fit_column())  # the bar comes and goes
        self.verticalScrollBar().valueChanged.connect(lambda _: self._place_overlays())
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._placing.start())
        look.changed.connect(self.restyle)
        self.anchorClicked.connect(lambda url: self.link_chosen.emit(url.toString()))

    # ---- what is shown ---------------------------------------------------------------
    def show_messages(self, messages: Sequence[StoredMessage], *, to_end: bool) -> None:
        """Draw these messages; those at the start that are drawn already stay."""
        follow = to_end or self._at_end()
        same = 0
        for entry, message in zip(self._script.entries, messages, strict=False):
            if entry.message != message:
                break
            same += 1
        self._script.truncate(same)
        for message in messages[same:]:
            spans = self._spans(message.id) if message.role == "assistant" else ()
            self._script.append(message, spans, noted=self._noted(message))
        self._overlays.keep_rows({m.id for m in messages[:same]})
        self.selected = None
        self._placing.start()
        if follow:
            self._scroll_to_end()

    def grow(self, pieces: Sequence[Piece], first_position: int) -> None:
        """The last message goes on. Follows the end only for who is at the end."""
        follow = self._at_end()
        self._script.grow(pieces, first_position)
        if follow:
            self._scroll_to_end()

    def restyle(self) -> None:
        """Theme or text size changed: write everything anew in the new look."""
        messages = [e.message for e in self._script.entries]
        keep = self.verticalScrollBar().value()
        self._script.truncate(0)
        self._fit_column()
        self._script = self._new_script()
        self._overlays.keep_rows(set())
        self.show_messages(messages, to_end=False)
        self.verticalScrollBar().setValue(keep)

    def refresh_rows(self) -> None:
        """The buttons changed their meaning: make them anew."""
        self._overlays.keep_rows(set())
        self._placing.start()

    def row_of(self, message: int) -> QWidget | None:
        return self._overlays.row_of(message)

    def _new_script(self) -> Script:
        frame = self.document().rootFrame().frameFormat()
        frame.setTopMargin(self._look.px(16))  # the first block's own margin is not drawn
        frame.setBottomMargin(self._look.px(16))
        self.document().rootFrame().setFrameFormat(frame)
        return Script(self.document(), Blocks(self._look), self._column())

    def show_unread(self, dropped: int, overflow: Overflow) -> None:
        """Dim the messages that are no longer read, and draw the line where the model reads on."""
        found = unread([entry.message for entry in self._script.entries], dropped, overflow)
        if found != self._unread:
            self._unread = found
            self.viewport().update()

    # ---- geometry --------------------------------------------------------------------
    def _column(self) -> float:
        return max(1.0, min(float(self._look.px(READING_WIDTH)), self.width() - 2.0 * self._look.px(GUTTER)))

    def _fit_column(self) -> None:
        column = self._column()
        side = int((self.width() - column) / 2)
        self.setViewportMargins(side, 0, max(0, self.width() - side - int(column) - self._bar_width()), 0)
        self.document().setTextWidth(column)

    def _bar_width(self) -> int:
        bar = self.verticalScrollBar()
        return bar.width() if bar.isVisible() else 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        follow = self._at_end()
        self._fit_column()
        super().resizeEvent(event)
        self._script.set_column(self._column())
        self._placing.start()
        if follow:
            self._scroll_to_end()

    def _at_end(self) -> bool:
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - self._look.px(8)

    def _scroll_to_end(self) -> None:
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def _offset(self) -> QPointF:
        return QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def _visible(self) -> QRectF:
        return QRectF(self._offset(), self.viewport().size())

    # ---- painting --------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        visible = self._visible()
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-self._offset())
        layer = Painter(painter, self.document(), self._look, visible)
        top = self.cursorForPosition(QPoint(0, 0)).position()
        bottom = self.cursorForPosition(QPoint(self.viewport().width(), self.viewport().height())).position()
        layer.backgrounds(self.document().findBlock(top))
        for entry in self._script.entries:
            if entry.actions >= top and entry.start <= bottom:
                self._paint_entry(layer, entry, top, bottom)
        painter.end()
        super().paintEvent(event)
        if self._unread:
            self._paint_unread()

    def _paint_unread(self) -> None:
        """Over the text: a veil on what is not read, and the line below it."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-self._offset())
        layer = Painter(painter, self.document(), self._look, self._visible())
        entries = self._script.entries
        for entry, following in zip(entries, [*entries[1:], None], strict=True):
            if entry.message.id in self._unread:
                layer.veil(entry)
                if following is not None and following.message.id not in self._unread:
                    layer.cut(following, CUT if entries[0].message.id in self._unread else CUT_MIDDLE)
        painter.end()

    def _paint_entry(self, layer: Painter, entry: Entry, top: int, bottom: int) -> None:
        if entry.message.role == "user":
            return layer.question(entry)
        if self.tinted:
            layer.tints(entry, top, bottom)
        if self.selected and self.selected[0] == entry.message.id:
            for token in entry.tokens:
                if token.position == self.selected[1]:
                    layer.outline(token)

    def _place_overlays(self) -> None:
        self._overlays.place(self.document(), self._script.entries, self._visible())

    # ---- choosing a token --------------------------------------------------------------
    def token_place(self, message: int, position: int) -> QRect | None:
        """The rectangle of a token in the coordinates of the viewport."""
        entry = self._script.entry_of(message)
        token = next((t for t in entry.tokens if t.position == position), None) if entry else None
        if token is None:
            return None
        rects = list(token_rects(self.document(), token, self._look.px(2)))
        return rects[0].translated(-self._offset()).toAlignedRect() if rects else None

    def select(self, message: int, position: int) -> None:
        """Frame a token and bring it into view."""
        entry = self._script.entry_of(message)
        token = next((t for t in entry.tokens if t.position == position), None) if entry else None
        if token is not None:
            self._reveal(token)
        self._frame((message, position) if token else None)

    def _reveal(self, token: Placed) -> None:
        cursor = QTextCursor(self.document())
        cursor.setPosition(token.end)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def clear_selection(self) -> None:
        self._frame(None)

    def _frame(self, place: tuple[int, int] | None) -> None:
        self.selected = place
        self.viewport().update()
        self.selection_changed.emit()

    def step_token(self, step: int, *, unsure_only: bool = False) -> None:
        """Move the frame to the next or previous token of the replies."""
        flat = [(e.message.id, t) for e in self._script.entries if e.message.role == "assistant" for t in e.tokens]
        usable = [n for n, (_, t) in enumerate(flat) if not unsure_only or t.probability < 0.40]
        here = next((n for n, (m, t) in enumerate(flat) if self.selected == (m, t.position)), None)
        if here is None:
            candidates = usable if step > 0 else usable[::-1]
        else:
            candidates = [n for n in usable if n > here] if step > 0 else [n for n in usable if n < here][::-1]
        if candidates:
            message, token = flat[candidates[0]]
            self.select(message, token.position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.selected:
            self.token_chosen.emit(*self.selected)
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        moved = (event.position().toPoint() - self._pressed).manhattanLength()
        if event.button() == Qt.MouseButton.LeftButton and moved < 4 and not self.anchorAt(self._pressed):
            self._choose_at(event.position() + self._offset())

    def _choose_at(self, point: QPointF) -> None:
        position = self.document().documentLayout().hitTest(point, Qt.HitTestAccuracy.ExactHit)
        entry = self._script.entry_at(position) if position >= 0 else None
        token = entry.token_at(position) if entry else None
        if entry is not None and token is not None:
            self._frame((entry.message.id, token.position))
            self.token_chosen.emit(entry.message.id, token.position)
        else:
            self.clear_selection()

    # ---- safety ------------------------------------------------------------------------
    def loadResource(self, kind: int, name: QUrl | str) -> None:
        """Nothing is ever loaded: a reply may name files and addresses."""
        return None

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Tab:
            return QWidget.event(self, event)
        return super().event(event)
