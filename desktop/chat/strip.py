"""How sure a reply was, on one thin line: a stripe a token, and jumps to the places of doubt. Knows no transcript."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolTip, QWidget

from desktop.amounts import counted
from desktop.chat.blocks import STRIP
from desktop.chat.certainty import Certainty, Doubt
from desktop.chat.painting import band
from desktop.notices import announce
from desktop.theme import Look
from desktop.widgets.button import Button
from engine.data.receipts import Span

HEIGHT, LOWEST = 16, 3
HOW = "Click for the next, Shift+click or the left arrow for the one before."
CHIP_TIPS = {
    "unsure": f"Tokens with a chance under 40 percent. {HOW}",
    "forks": f"Where another token was at least half as likely as the one written. {HOW}",
}


class CertaintyStrip(QWidget):
    """`chosen` has the position of a token, by click or by arrow keys. The lower a stripe, the surer its token."""

    chosen = Signal(int)

    def __init__(self, look: Look, certainty: Certainty, height: int = HEIGHT) -> None:
        super().__init__()
        self._look = look
        self.here: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(look.px(height))
        self.setAccessibleName("How sure each token was. Left and Right go from token to token")
        self.show_certainty(certainty)

    def show_certainty(self, certainty: Certainty) -> None:
        self.spans = certainty.spans
        self._length = sum(span.end - span.start for span in self.spans)
        self.setAccessibleDescription(f"{counted(len(certainty.unsure), 'unsure token')} of {len(self.spans):,}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(200), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(80), self.height())

    # ---- choosing --------------------------------------------------------------------
    def number_at(self, x: float) -> int:
        """The token whose stripe is at `x`."""
        left = 0.0
        for number, span in enumerate(self.spans):
            left += self._width(span)
            if x < left:
                return number
        return len(self.spans) - 1

    def _choose(self, number: int) -> None:
        self.here = max(0, min(number, len(self.spans) - 1))
        announce(self, said(self.spans[self.here]))
        self.update()
        self.chosen.emit(self.spans[self.here].position)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self.number_at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            return super().keyPressEvent(event)
        return self._choose((-1 if self.here is None else self.here) + step)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), said(self.spans[self.number_at(event.pos().x())]), self)
            return True
        return super().event(event)

    # ---- painting --------------------------------------------------------------------
    def _width(self, span: Span) -> float:
        return self.width() * (span.end - span.start) / max(self._length, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, px, left = QPainter(self), self._look.px, 0.0
        lowest, full = px(LOWEST), self.height() - 2
        painter.setPen(Qt.PenStyle.NoPen)
        for number, span in enumerate(self.spans):
            width = self._width(span)
            _, _, line, _, _ = band(span.probability)
            height = lowest + (full - lowest) * (1 - span.probability)
            stripe = QRectF(left, 1 + full - height, max(width - (1 if width > 3 else 0), 0.5), height)
            painter.setBrush(self._look.color(line or "track"))
            painter.drawRect(stripe)
            if number == self.here:
                painter.setBrush(self._look.color("accent"))
                painter.drawRect(QRectF(left, 0, max(width, 2), 2))
            left += width
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._look.color("accent"), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()


class DoubtChip(Button):
    """ "3 unsure": pressed it goes to the next, with Shift or the left arrow to the one before."""

    jump = Signal(int)  # 1 or -1

    def __init__(self, look: Look, doubt: Doubt, count: int) -> None:
        super().__init__(look, "", kind="ghost", size="small")
        self._doubt: Doubt = doubt
        self.setFont(look.font("small"))
        self.setToolTip(CHIP_TIPS[doubt])
        self.setAccessibleDescription(CHIP_TIPS[doubt])
        self._back = False
        self.clicked.connect(self._go)
        self.show_count(count)

    def show_count(self, count: int) -> None:
        self.setText(f"{count:,} unsure" if self._doubt == "unsure" else counted(count, "fork"))
        if count:
            self.enable()
        else:
            self.disable("There is no such place in this reply.")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            self._back = False
            return super().keyPressEvent(event)
        return self.jump.emit(step)

    @Slot()
    def _go(self) -> None:
        self.jump.emit(-1 if self._back else 1)

    @Slot()
    def _restyle(self) -> None:
        super()._restyle()
        self.setFont(self._look.font("small"))


class CertaintyLine(QWidget):
    """The strip with its chips. `chosen` has a position; `jump` the doubt and the way."""

    chosen = Signal(int)
    jump = Signal(str, int)

    def __init__(self, look: Look, certainty: Certainty) -> None:
        super().__init__()
        self.setFixedHeight(look.px(STRIP))
        self.strip = CertaintyStrip(look, certainty)
        self.chips = {doubt: DoubtChip(look, doubt, len(certainty.places(doubt))) for doubt in _DOUBTS}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.px(4))
        row.addWidget(self.strip, 1)
        self.strip.chosen.connect(self.chosen)
        for doubt, chip in self.chips.items():
            row.addWidget(chip)
            chip.jump.connect(lambda way, doubt=doubt: self.jump.emit(doubt, way))


_DOUBTS: tuple[Doubt, ...] = ("unsure", "forks")


def said(span: Span) -> str:
    """What a stripe stands for."""
    name = band(span.probability)[4]
    return f"Token {span.position + 1}, {100 * span.probability:.1f} percent{f', {name}' if name else ''}"
