"""The card that opens at a token: what else the model might have written there. Knows the token, not the chat."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QFrame, QGraphicsDropShadowEffect, QHBoxLayout, QVBoxLayout, QWidget

from desktop.amounts import choices_between
from desktop.chat.facts import ordinal
from desktop.chat.painting import band
from desktop.metrics import POPOVER
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.button import Button
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.word_bars import WordBars
from desktop.widgets.word_row import WordRow, percent
from engine.data.receipts import Token
from engine.messages import Alternative

SHOWN = 8
ARROW = 9
VISIBLE = {" ": "␣", "\n": "↵", "\t": "⇥", "\r": "␍"}


def visible(text: str) -> str:
    """A token's text with its spaces inside kept and what can't be seen made visible."""
    if not text:
        return "end of the reply"
    if not text.strip():
        return "".join(VISIBLE.get(c, c) for c in text)
    return "".join(VISIBLE.get(c, c) if c != " " else c for c in text).strip(" ")


def bars_of(token: Token) -> tuple[list[WordRow], list[Alternative]]:
    """The likeliest alternatives, the one that was written among them, and what is left for all others."""
    shown = list(token.alternatives[:SHOWN])
    written = next((a for a in token.alternatives if a.id == token.id), None)
    if written is None and token.alternatives:
        written = Alternative(token.id, "", token.logprob)
    if written is not None and all(a.id != token.id for a in shown):
        shown.append(written)
    bars = []
    for alternative in shown:
        kind = "written" if alternative.id == token.id else "word"
        bars.append(WordRow(visible(alternative.text), math.exp(alternative.logprob), kind))
    rest = max(0.0, 1.0 - sum(bar.probability for bar in bars))
    bars.append(WordRow("<others>", rest, "others"))
    return bars, shown


class TokenPopover(QFrame):
    """A child of the window, since windows of its own are placed unreliably. Esc or a click outside closes it."""

    go_on = Signal(int)  # token id
    look = Signal()
    step = Signal(int)
    closed = Signal()

    def __init__(self, look: Look, window: QWidget) -> None:
        super().__init__(window)
        self._look, self._window = look, window
        self._shown: list[Alternative] = []
        self._written = -1
        self._blocked = ""
        self._arrow = QPointF()
        self._above = False
        self.setAccessibleName("What else it might have written")
        self._word = ElidedLabel(look, "", "section")
        self._rank = Label(look, "", "small", "ink2")
        self._label = Label(look, "model, before sampler", "small", "ink3")
        self._finding = Label(look, "", "small", "ink2", wrap=True)
        self._bars = WordBars(look, "Alternatives")
        self._back = IconButton(look, "chevron-left", "Token before this one")
        self._forth = IconButton(look, "chevron-right", "Token after this one")
        self._go_on = Button(look, "Continue from here", "corner-down-left", primary=True, size="small")
        self._inside = Button(look, "Look inside", "scan-search", kind="ghost", size="small")
        self._inside.setToolTip("Open the page Look inside with this reply up to here")
        self._lay_out()
        self._bars.moved.connect(self._show_choice)
        self._bars.chosen.connect(lambda _: self._choose())
        self._go_on.clicked.connect(self._choose)
        self._inside.clicked.connect(self.look)
        self._back.clicked.connect(lambda: self.step.emit(-1))
        self._forth.clicked.connect(lambda: self.step.emit(1))
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(look.px(30))
        shadow.setOffset(0, look.px(10))
        shadow.setColor(QColor(0, 0, 0, 128 if look.dark else 36))
        self.setGraphicsEffect(shadow)
        self.hide()

    def _lay_out(self) -> None:
        px = self._look.px
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self._word)
        head.addWidget(self._rank)
        head.addStretch(1)
        head.addWidget(self._label)
        foot = QHBoxLayout()
        foot.setSpacing(px(4))
        foot.addWidget(self._back)
        foot.addWidget(self._forth)
        foot.addStretch(1)
        foot.addWidget(self._inside)
        foot.addWidget(self._go_on)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(px(8))
        self._column.addLayout(head)
        self._column.addWidget(self._finding)
        self._column.addWidget(self._bars)
        self._column.addWidget(hairline())
        self._column.addLayout(foot)

    def show_token(self, token: Token, text: str, place: QRect, blocked: str) -> None:
        """Open under `place` (in the window's coordinates), or above it when there is no room."""
        bars, self._shown = bars_of(token)
        self._written, self._blocked = token.id, blocked
        rank = next((n for n, a in enumerate(token.alternatives, 1) if a.id == token.id), None)
        self._word.setText(visible(text))
        chance = percent(token.probability)
        self._rank.setText(
            f"{ordinal(rank)} choice, {chance}" if rank else f"not among the first {len(token.alternatives)}, {chance}"
        )
        certainty = band(token.probability)[4]
        self._word.setAccessibleName(", ".join(part for part in (visible(text), certainty, chance) if part))
        if token.alternatives:
            self._finding.setText(f"Choosing between {choices_between(token.entropy)} here.")
        else:
            self._finding.setText("The other chances were not kept: Settings, Privacy.")
        self._bars.setVisible(bool(token.alternatives))
        self._bars.show_rows(bars if token.alternatives else [])
        self._bars.select(0)
        self._show_choice(0)
        self._place(place)
        self.show()
        self.raise_()
        self._bars.setFocus(Qt.FocusReason.PopupFocusReason)
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def _place(self, token: QRect) -> None:
        px = self._look.px
        window = self._window.rect()
        for above in (False, True):
            self._above = above
            top, bottom = (px(14), px(14) + px(ARROW)) if above else (px(14) + px(ARROW), px(14))
            self._column.setContentsMargins(px(16), top, px(16), bottom)
            self.setFixedWidth(px(POPOVER))
            self.adjustSize()
            y = token.top() - self.height() - px(2) if above else token.bottom() + px(2)
            if above or y + self.height() <= window.bottom() - px(8):
                break
        x = max(px(8), min(token.center().x() - self.width() // 2, window.right() - self.width() - px(8)))
        self.move(x, max(px(8), y))
        edge = self.height() - 1 if self._above else 0
        self._arrow = QPointF(token.center().x() - x, edge)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._look.px
        arrow, half = px(ARROW), px(9)
        body = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        body = body.adjusted(0, 0, 0, -arrow) if self._above else body.adjusted(0, arrow, 0, 0)
        outline = QPainterPath()
        outline.addRoundedRect(body, px(12), px(12))
        base = body.bottom() - 1 if self._above else body.top() + 1
        x = max(body.left() + px(24), min(self._arrow.x(), body.right() - px(24)))
        tip = QPainterPath(QPointF(x - half, base))
        tip.lineTo(x, self._arrow.y() + (-0.5 if self._above else 0.5))
        tip.lineTo(x + half, base)
        tip.closeSubpath()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._look.color("line2"), 1))
        painter.setBrush(self._look.color("surface"))
        painter.drawPath(outline.united(tip))

    def _show_choice(self, row: int) -> None:
        choice = self._shown[row] if 0 <= row < len(self._shown) else None
        if self._blocked:
            self._go_on.disable(self._blocked)
        elif choice is None:
            self._go_on.disable("Choose a token above")
        elif choice.id == self._written:
            self._go_on.disable("This one was written here")
        else:
            self._go_on.enable()
            self._go_on.setToolTip("A new version of the reply; the old one is kept")

    def _choose(self) -> None:
        row = self._bars.currentIndex().row()
        if self._go_on.isEnabled() and 0 <= row < len(self._shown):
            self.go_on.emit(self._shown[row].id)

    # ---- closing -----------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() in steps:
            self.step.emit(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent) and self.isVisible():
            point = self.mapFromGlobal(event.globalPosition().toPoint())
            if isinstance(watched, QWidget) and watched.window() is self.window() and not self.rect().contains(point):
                self.closed.emit()
        return False

    def hideEvent(self, event: QEvent) -> None:
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]

    def point(self) -> QPoint:
        """Where the arrow points, for tests."""
        return self.pos() + self._arrow.toPoint()
