"""What mattered for a reply: for each earlier message how much likelier it made the reply, measured.

Knows the messages and the engine's answer; knows neither chat nor store.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.amounts import counted
from desktop.notices import announce
from desktop.saving import Seen
from desktop.table import Table
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.meter_bar import MeterBar
from desktop.widgets.scrim import Scrim
from engine.messages import CardUsed, Failed, Importance, Message, Progress, WeighMessages

SIZE = (720, 460)
BAR = 140
LITTLE = 0.1
"""Nats under which a message made no difference that is worth a word."""
WHO = {"system": "Instructions", "user": "You", "assistant": "Reply"}
EXPLAINED = (
    "Each message is left out once, and the reply read again. The bar shows how much less likely the reply becomes: "
    "measured, not guessed from attention."
)
READING = "Reading the reply without each message"


class ImportanceBar(QWidget):
    """To the right of the middle: it helped; to the left: the reply is likelier without it."""

    def __init__(self, look: Look, share: float, words: str) -> None:
        super().__init__()
        self._look, self._share = look, share
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(words)
        self.setToolTip(words)

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(BAR), self._look.px(12))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, middle = QPainter(self), self.width() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.color("k1" if self._share > 0 else "k2"))
        length = middle * abs(self._share)
        painter.drawRect(QRectF(middle if self._share > 0 else middle - length, 1, length, self.height() - 2))
        painter.setBrush(self._look.color("line2"))
        painter.drawRect(QRectF(middle - 0.5, 0, 1, self.height()))
        painter.end()


class ContextDialog(QDialog):
    """Measures as soon as it opens; closing it stops that."""

    def __init__(
        self,
        look: Look,
        task: Task,
        messages: Sequence[Message],
        reply: str,
        cards: Sequence[CardUsed],
        model: str,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._look, self._task, self._messages, self._reply, self._model = look, task, messages, reply, model
        self._cards = tuple(cards)
        self.found: tuple[Importance, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("What mattered")
        self.resize(look.px(SIZE[0]), look.px(SIZE[1]))
        self.origin = Label(look, "", "small", "ink2", wrap=True)
        self.said = Label(look, READING, "body_medium", wrap=True)
        self.meter = MeterBar(look, "Measuring")
        self.again_button = Button(look, "Try again", "refresh-cw")
        self.save_button = Button(look, "Save", "download")
        self.save_button.disable("There are no numbers yet.")
        self.close_button = Button(look, "Close")
        self._rows = QWidget()
        self._grid = QGridLayout(self._rows)
        self._lay_out()
        self._wire()
        scrim = Scrim(look, parent.window())
        self.finished.connect(lambda _: (task.drop(), scrim.deleteLater()))
        self.measure()

    def _lay_out(self) -> None:
        px = self._look.px
        column, foot = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(px(24), px(20), px(24), px(16))
        column.setSpacing(px(10))
        self._grid.setContentsMargins(0, 0, px(8), 0)
        self._grid.setHorizontalSpacing(px(12))
        self._grid.setVerticalSpacing(px(8))
        self._grid.setColumnStretch(1, 1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(self._rows)
        area.setAccessibleName("Messages with how much each mattered")
        column.addWidget(Label(self._look, "What mattered for this reply", "section"))
        column.addWidget(Label(self._look, EXPLAINED, "small", "ink2", wrap=True))
        for widget in (self.origin, self.said, self.meter):
            column.addWidget(widget)
        column.addWidget(area, 1)
        foot.addWidget(self.save_button)
        foot.addStretch(1)
        foot.addWidget(self.again_button)
        foot.addWidget(self.close_button)
        column.addLayout(foot)

    def _wire(self) -> None:
        self.again_button.clicked.connect(self.measure)
        self.close_button.clicked.connect(self.accept)
        self._task.progress.connect(self._progress)
        self._task.done.connect(self._take)
        self._task.failed.connect(self._fail)

    def say_origin(self, *, edited: bool, other: bool) -> None:
        """With which model it is measured, and whether that one wrote the reply."""
        wrote = "You wrote this version. " if edited else ""
        if other and not edited:
            wrote = "Another model wrote this reply. "
        self.origin.setText(f"{wrote}Measured with {self._model}, before any sampler.")

    # ---- measuring -------------------------------------------------------------------
    @Slot()
    def measure(self) -> None:
        self.again_button.hide()
        self.meter.show()
        self.said.setText(READING)
        self._task.start(WeighMessages, messages=tuple(self._messages), reply=self._reply, cards=self._cards)

    @Slot(object)
    def _progress(self, progress: Progress) -> None:
        self.meter.show_value(progress.done / max(progress.total, 1), f"{progress.done:,} of {progress.total:,} tokens")

    @Slot(object)
    def _fail(self, failed: Failed) -> None:
        self.meter.hide()
        self.said.setText(f"{failed.message}. {failed.hint}".strip())
        self.again_button.show()

    @Slot(object)
    def _take(self, found: tuple[Importance, ...]) -> None:
        self.found = found
        self.save_button.enable()
        self.meter.hide()
        self.said.setText(summary(found, self._messages))
        announce(self, self.said.text())
        largest = max((abs(one.nats) for one in found if one.nats is not None), default=0.0)
        for row, one in enumerate(found):
            self._add(row, one, self._messages[one.index], max(largest, 1.0))
        self._grid.setRowStretch(len(found), 1)

    def seen(self) -> Seen:
        """What would be saved now: the difference in nats, None for messages that are not read any more."""
        rows = [
            (WHO[message.role], message.text, one.tokens, one.nats)
            for one, message in ((one, self._messages[one.index]) for one in self.found)
        ]
        table = Table("What mattered", ("who", "message", "tokens", "log-probability of the reply with it, nats"), rows)
        return Seen("What mattered", self._reply, table if rows else None, self._rows)

    def _add(self, row: int, one: Importance, message: Message, largest: float) -> None:
        color = "ink3" if one.nats is None else "ink"
        words = difference(one.nats)
        text = ElidedLabel(self._look, " ".join(message.text.split()), "body", color)
        text.setAccessibleName(f"{WHO[message.role]}: {message.text[:200]}. {words}")
        who = Label(self._look, WHO[message.role], "small_medium", "ink3" if one.nats is None else "ink2")
        size = Label(self._look, counted(one.tokens, "token"), "small", "ink3")
        bar = ImportanceBar(self._look, (one.nats or 0.0) / largest, words)
        figure = Label(self._look, words, "small", color)
        for column, widget in enumerate((who, text, size, bar, figure)):
            self._grid.addWidget(widget, row, column)


def difference(nats: float | None) -> str:
    """What leaving a message out does to the reply, in words."""
    if nats is None:
        return "not read any more"
    if abs(nats) < LITTLE:
        return "no difference"
    way = "likelier with it" if nats > 0 else "likelier without it"
    factor = math.exp(min(abs(nats), 30.0))
    if abs(nats) > math.log(1e6):
        return f"over a million times {way}"
    if factor < 9.95:
        return f"{factor:.1f} times {way}"
    return f"{round(factor, 1 - math.floor(math.log10(factor))):,.0f} times {way}"


def summary(found: Sequence[Importance], messages: Sequence[Message]) -> str:
    """The message that mattered most, in a sentence."""
    known = [one for one in found if one.nats is not None and one.nats >= LITTLE]
    unread = sum(one.nats is None for one in found)
    gone = (
        f" {counted(unread, 'message')} did not fit and {'was' if unread == 1 else 'were'} not read." if unread else ""
    )
    if not known:
        return f"No single message made the reply more likely.{gone}"
    most = max(known, key=lambda one: one.nats or 0.0)
    message = messages[most.index]
    start = " ".join(message.text.split())
    start = start if len(start) <= 48 else start[:47].rstrip() + "…"
    who = {"system": "the instructions", "user": f"your “{start}”", "assistant": f"the reply “{start}”"}[message.role]
    return f"What mattered most is {who}: the reply is {difference(most.nats)}.{gone}"
