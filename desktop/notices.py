"""What happened, said where the person is: a strip at the top of the page area, never a dialog over it.

Knows how things are said and announced, not what they are about.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QEnterEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import Label

MOST = 3
INFO_MS = 8_000
ACTION_MS = 15_000
DETAILS_LINES = 6

Action = tuple[str, Callable[[], object]]


class Notices(QWidget):
    """At most three at once; then the oldest goes, errors last. Takes no room while there is nothing to say."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._notices: list[Notice] = []
        self._column = QVBoxLayout(self)
        self.setAccessibleName("Notices")
        self._restyle()
        look.changed.connect(self._restyle)
        self.hide()

    def info(self, text: str, action: Action | None = None) -> None:
        """Something was done. It goes by itself, later where `action` (such as Undo) can still be taken."""
        notice = Notice(self._look, text, action=action)
        notice.lasts(ACTION_MS if action else INFO_MS)
        self._show(notice)

    def error(self, message: str, hint: str = "", report: str = "") -> None:
        """Something went wrong. It stays until it is closed; `report` waits behind Details."""
        self._show(Notice(self._look, message, hint=hint, report=report, wrong=True))

    def clear(self) -> None:
        for notice in list(self._notices):
            self._remove(notice)

    def texts(self) -> list[str]:
        """What is shown now, oldest first."""
        return [notice.text for notice in self._notices]

    def _show(self, notice: Notice) -> None:
        for same in [one for one in self._notices if one.text == notice.text]:
            self._remove(same)
        while len(self._notices) >= MOST:
            self._remove(next((one for one in self._notices if not one.wrong), self._notices[0]))
        self._notices.append(notice)
        self._column.addWidget(notice)
        notice.closed.connect(self._on_closed)
        self.show()
        announce(self, notice.spoken, urgent=notice.wrong)

    @Slot(QWidget)
    def _on_closed(self, notice: Notice) -> None:
        self._remove(notice)

    def _remove(self, notice: Notice) -> None:
        if notice not in self._notices:
            return
        self._notices.remove(notice)
        self._column.removeWidget(notice)
        notice.hide()
        notice.deleteLater()
        self.setVisible(bool(self._notices))

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setContentsMargins(px(24), px(8), px(24), px(8))
        self._column.setSpacing(px(8))


class Notice(QFrame):
    """One sentence, what can be done about it, and the way to close it."""

    closed = Signal(QWidget)

    def __init__(
        self,
        look: Look,
        text: str,
        *,
        hint: str = "",
        report: str = "",
        action: Action | None = None,
        wrong: bool = False,
    ) -> None:
        super().__init__()
        self._look = look
        self.text = text
        self.spoken = f"{text} {hint}".strip()
        self.wrong = wrong
        self._report = report
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._expire)
        self._mark = QLabel()
        self._details: QWidget | None = None
        self.setProperty("area", "notice-error" if wrong else "notice")
        self._column = QVBoxLayout(self)
        self._line = QHBoxLayout()
        self._column.addLayout(self._line)
        self._fill(text, hint, action)
        self._restyle()
        look.changed.connect(self._restyle)

    def lasts(self, milliseconds: int) -> None:
        self._timer.start(milliseconds)

    def _fill(self, text: str, hint: str, action: Action | None) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label(self._look, text, "body_medium", wrap=True))
        if hint:
            words.addWidget(Label(self._look, hint, "body", "ink2", wrap=True))
        self._line.addWidget(self._mark)
        self._line.addLayout(words, 1)
        if action is not None:
            self._add_action(action)
        if self._report:
            details = Button(self._look, "Details", "chevron-down", kind="ghost", size="small")
            details.setCheckable(True)
            details.toggled.connect(self._show_details)
            self._line.addWidget(details)
        close = IconButton(self._look, "x", "Close this notice")
        close.clicked.connect(self._close)
        self._line.addWidget(close)

    def _add_action(self, action: Action) -> None:
        label, act = action
        button = Button(self._look, label, size="small")

        def take() -> None:
            self._close()
            act()

        button.clicked.connect(take)
        self._line.addWidget(button)

    @Slot(bool)
    def _show_details(self, shown: bool) -> None:
        if self._details is None:
            self._details = self._details_box()
        self._details.setVisible(shown)

    def _details_box(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        text = QPlainTextEdit(self._report, readOnly=True)
        text.setProperty("kind", "details")
        text.setAccessibleName("Details of the error")
        text.setFont(self._look.font("token"))
        text.setTabChangesFocus(True)
        text.setFixedHeight(self._look.line("token") * DETAILS_LINES)
        copy = Button(self._look, "Copy details", "copy", size="small")
        copy.clicked.connect(self._copy)
        row = QHBoxLayout()
        row.addWidget(copy)
        row.addStretch(1)
        column.addWidget(text)
        column.addLayout(row)
        self._column.addWidget(box)
        return box

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self.spoken}\n\n{self._report}")

    @Slot()
    def _expire(self) -> None:
        focused = QApplication.focusWidget()
        if focused is not None and self.isAncestorOf(focused):  # nothing vanishes under the keyboard either
            self._timer.start(INFO_MS)
        else:
            self._close()

    @Slot()
    def _close(self) -> None:
        self._timer.stop()
        self.closed.emit(self)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Nothing vanishes under the mouse."""
        if self._timer.isActive():
            self._timer.setProperty("left", self._timer.remainingTime())
            self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        left = self._timer.property("left")
        if left is not None:
            self._timer.setProperty("left", None)
            self._timer.start(max(left, 2_000))
        super().leaveEvent(event)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        icon, color = ("circle-alert", "bad") if self.wrong else ("info", "accent")
        self._mark.setPixmap(self._look.pixmap(icon, color))
        self._column.setContentsMargins(px(12), px(6), px(6), px(6))
        self._line.setSpacing(px(8))


def announce(widget: QWidget, text: str, *, urgent: bool = False) -> None:
    """Say a sentence through the screen reader, where one listens."""
    event = QAccessibleAnnouncementEvent(widget, text)
    politeness = QAccessible.AnnouncementPoliteness
    event.setPoliteness(politeness.Assertive if urgent else politeness.Polite)
    QAccessible.updateAccessibility(event)
