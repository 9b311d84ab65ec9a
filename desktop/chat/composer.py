"""Where a person writes: the text, what waits, what is being edited, and the line of buttons below.

Knows text and buttons; what sending means is up to the page.
"""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QTextEdit, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.meter_bar import MeterBar
from engine.messages import TokenCount
from engine.settings import SettingsStore

MOST_LINES = 8
DRAFT_MS = 400
NARROW = 560
ASK = "Ask something, or write the beginning of a text"
NEXT = "Write your next message. It waits until this reply is finished."


class Field(QTextEdit):
    """Plain text. Enter sends and Shift+Enter breaks the line, or the other way round."""

    entered = Signal()

    def __init__(self, settings: SettingsStore) -> None:
        super().__init__()
        self._settings = settings
        self.setObjectName("composer")
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Your message")

    def insertFromMimeData(self, source: QMimeData) -> None:
        self.insertPlainText(source.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if control or shift != self._settings.get("general.enter_sends"):
                return self.entered.emit()
            return self.textCursor().insertBlock()
        return super().keyPressEvent(event)


class Composer(QFrame):
    """The card at the foot of the transcript."""

    sent = Signal(str)
    edited = Signal(str)
    stop = Signal()
    drafted = Signal(str)
    instructions = Signal()
    sampling = Signal()
    take_back = Signal()
    send_now = Signal()
    remove = Signal()

    def __init__(self, look: Look, settings: SettingsStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._writing = False
        self._editing = False
        self._kept = self._waiting = ""
        self._labels = ("Instructions", "")
        self._verb = ""
        self.setProperty("area", "card")
        self.field = Field(settings)
        self._draft_timer = QTimer(self, singleShot=True, interval=DRAFT_MS)
        self._draft_timer.timeout.connect(lambda: self.drafted.emit(self.draft))
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self._make_banner())
        self._layout.addWidget(self.field)
        self._layout.addLayout(self._make_buttons())
        self.field.textChanged.connect(self._text_changed)
        self.field.entered.connect(self._send)
        look.changed.connect(self._restyle)
        self._restyle()
        self.set_writing(False)
        self.show_count(None)
        self._show_banner("")

    # ---- parts -----------------------------------------------------------------------
    def _make_banner(self) -> QWidget:
        self._banner = QWidget()
        row = QHBoxLayout(self._banner)
        row.setContentsMargins(0, 0, 0, 0)
        self._banner_text = ElidedLabel(self._look, "", "small", "ink2")
        self._banner_now = Button(self._look, "Send now", kind="link", size="small")
        self._banner_now.clicked.connect(self.send_now)
        self._banner_edit = Button(self._look, "Edit", kind="link", size="small")
        self._banner_edit.clicked.connect(self.take_back)
        self._banner_close = IconButton(self._look, "x", "Remove the waiting message")
        self._banner_close.clicked.connect(self._close_banner)
        for widget in (self._banner_text, self._banner_now, self._banner_edit, self._banner_close):
            row.addWidget(widget, 1 if widget is self._banner_text else 0)
        return self._banner

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.instructions_button = Button(self._look, "Instructions", "book-open", kind="ghost", size="small")
        self.instructions_button.setToolTip("What the model should keep in mind (system prompt)")
        self.instructions_button.clicked.connect(self.instructions)
        self.sampling_button = Button(self._look, "", "sliders-horizontal", kind="ghost", size="small")
        self.sampling_button.setToolTip("How the next word is picked (sampling)")
        self.sampling_button.clicked.connect(self.sampling)
        self.meter = MeterBar(self._look, "Context in use", alarms=True)
        self.meter_text = Label(self._look, "", "small", "ink2")
        self.stop_button = Button(self._look, "Stop", "stop", size="small")
        self.stop_button.clicked.connect(self.stop)
        self.send_button = Button(self._look, "Send", "corner-down-left", primary=True, size="small")
        self.send_button.clicked.connect(self._send)
        for widget in (self.instructions_button, self.sampling_button):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.meter, self.meter_text, self.stop_button, self.send_button):
            row.addWidget(widget)
        self._buttons = row
        return row

    def _restyle(self) -> None:
        px = self._look.px
        self._layout.setContentsMargins(px(14), px(10), px(10), px(10))
        self._layout.setSpacing(px(6))
        self._buttons.setSpacing(px(8))
        self.field.setFont(self._look.font("composer"))
        self.field.viewport().setFont(self.field.font())  # the placeholder is drawn in it, and it does not inherit
        self.meter.setFixedWidth(px(64))
        self._fit_height()

    # ---- text ------------------------------------------------------------------------
    @property
    def text(self) -> str:
        return self.field.toPlainText()

    @property
    def draft(self) -> str:
        """What to keep for this chat: not the text of an edit in progress."""
        return self._kept if self._editing else self.text

    def set_text(self, text: str) -> None:
        self.leave_editing()
        self.field.setPlainText(text)
        self._draft_timer.stop()
        cursor = self.field.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.field.setTextCursor(cursor)

    def write(self, instead: str, text: str) -> None:
        """Where the cursor stands, in place of what stands before it."""
        cursor = self.field.textCursor()
        units = len(instead.encode("utf-16-le")) // 2
        cursor.movePosition(cursor.MoveOperation.PreviousCharacter, cursor.MoveMode.KeepAnchor, units)
        cursor.insertText(text)
        self.field.setTextCursor(cursor)
        self.focus()

    def focus(self) -> None:
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def edit(self, text: str, banner: str, verb: str) -> None:
        """Write another version of a message; what was being written comes back afterwards. `verb` is the button's."""
        self._verb = verb
        if not self._editing:
            self._kept = self.text
        self._editing = True
        self.field.setPlainText(text)
        self.field.selectAll()
        self._show_banner(banner)
        self.focus()

    def leave_editing(self) -> bool:
        """Back to what was being written before; False if nothing was being edited."""
        if not self._editing:
            return False
        self._editing = False
        self.field.setPlainText(self._kept)
        self.show_waiting(self._waiting)
        return True

    def _text_changed(self) -> None:
        self._fit_height()
        self._enable_send()
        if not self._editing:
            self._draft_timer.start()

    def _send(self) -> None:
        text = self.text.strip()
        if not text:
            return None
        if self._editing:
            self.leave_editing()
            return self.edited.emit(text)
        self.field.clear()
        self._draft_timer.stop()
        self.sent.emit(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is too narrow for words, two of the buttons keep their icon only."""
        super().resizeEvent(event)
        self._fit_height()
        self._name_buttons()

    def show_options(self, instructions: bool, sampling: str) -> None:
        self._labels = ("Instructions set" if instructions else "Instructions", sampling)
        self._name_buttons()

    def _name_buttons(self) -> None:
        narrow = self.width() < self._look.px(NARROW)
        for button, label in zip((self.instructions_button, self.sampling_button), self._labels, strict=True):
            button.setText("" if narrow else label)
            button.setAccessibleName(label)

    def _fit_height(self) -> None:
        line = self._look.line("composer")
        wanted = int(self.field.document().size().height())
        self.field.setFixedHeight(max(line + 8, min(wanted, MOST_LINES * line + 8)))

    # ---- state -----------------------------------------------------------------------
    def set_writing(self, writing: bool) -> None:
        """While a reply is written the box stays usable; what is sent waits."""
        self._writing = writing
        self.stop_button.setVisible(writing)
        self.field.setPlaceholderText(NEXT if writing else ASK)
        self._enable_send()

    def _enable_send(self) -> None:
        if self.text.strip():
            self.send_button.enable()
        else:
            self.send_button.disable("Write something first")
        self.send_button.setText(self._verb if self._editing else "Send")

    def show_waiting(self, text: str) -> None:
        """The message that goes out when the reply is finished; empty when none waits."""
        self._waiting = text
        if self._editing:  # shown again when the edit is left
            return
        first = " ".join(text.split())
        self._show_banner(f"Next: {first}" if first else "", waiting=True)

    def _show_banner(self, text: str, *, waiting: bool = False) -> None:
        self._banner.setVisible(bool(text))
        self._banner_text.setText(text)
        self._banner_now.setVisible(waiting)
        self._banner_edit.setVisible(waiting)
        self._banner_close.setAccessibleName(
            "Remove the waiting message" if waiting else "Leave the old version as it is"
        )
        self._banner_close.setToolTip(self._banner_close.accessibleName())
        self._enable_send()

    def _close_banner(self) -> None:
        if self._editing:
            self.leave_editing()
        else:
            self.remove.emit()

    def show_count(self, count: TokenCount | None) -> None:
        """The context meter: number and bar, with words when it is nearly full."""
        self.meter.setVisible(count is not None)
        self.meter_text.setVisible(count is not None)
        if count is None:
            return
        self.meter.show_value(count.prompt / max(1, count.context), f"{count.prompt:,} of {count.context:,} tokens")
        note = ", nearly full" if self.meter.nearly_full else ""
        self.meter_text.setText(f"{count.prompt:,} of {count.context:,}{note}")
        dropped = f" {count.dropped} messages at the start are no longer read." if count.dropped else ""
        self.meter_text.setToolTip(f"Tokens that the model reads, of those that it can read.{dropped}")
