"""The line above the transcript: title, the key to the colours, what can be done with the chat. Knows no chat."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedLayout, QWidget

from desktop.chat.painting import BANDS
from desktop.metrics import CHAT_HEADER
from desktop.theme import Look
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import ElidedLabel


class ColourKey(QWidget):
    """What the colours mean, painted as they are painted in replies."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setAccessibleName("Colours: fairly sure, unsure, a guess")
        self.setToolTip("How sure the model was of a token: blue from 40 to 70 percent, amber from 15, orange below")

    def sizeHint(self) -> QSize:
        return QSize(sum(w for w, *_ in self._cells()), self._look.px(24))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _cells(self) -> list[tuple[int, str, str, str, int]]:
        metrics = QFontMetrics(self._look.font("small"))
        return [
            (metrics.horizontalAdvance(name) + self._look.px(24), name, fill, line, width)
            for _, fill, line, width, name in BANDS
            if name
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        px, look = self._look.px, self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(look.font("small"))
        left = 0
        for width, name, fill, line, thickness in self._cells():
            place = QRectF(left + px(6), (self.height() - px(20)) / 2, width - px(16), px(20))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color(fill))
            painter.drawRoundedRect(place, px(3), px(3))
            painter.setBrush(look.color(line))
            painter.drawRect(QRectF(place.left(), place.bottom() - px(thickness), place.width(), px(thickness)))
            painter.setPen(look.color("ink"))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, name)
            left += width


class TitleField(QLineEdit):
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            return self.left.emit()
        return super().keyPressEvent(event)


class Header(QWidget):
    renamed = Signal(str)
    menu = Signal()
    side = Signal()
    dock = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setProperty("area", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.side_button = IconButton(look, "panel-left", "Show or hide the list of chats")
        self._title = ElidedLabel(look, "", "section")
        self._field = TitleField()
        self._field.setAccessibleName("Title of this chat")
        self.key = ColourKey(look)
        self.menu_button = IconButton(look, "ellipsis", "More about this chat")
        self.dock_button = IconButton(look, "panel-right", "Show or hide the next words", checkable=True)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._title)
        self._stack.addWidget(self._field)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.side_button)
        self._row.addLayout(self._stack, 1)
        self._row.addWidget(self.key)
        self._row.addWidget(self.menu_button)
        self._row.addWidget(self.dock_button)
        self._field.returnPressed.connect(self._commit)
        self._field.editingFinished.connect(self._leave)
        self._field.left.connect(self._leave)
        self.menu_button.clicked.connect(self.menu)
        self.side_button.clicked.connect(self.side)
        self.dock_button.clicked.connect(self.dock)
        look.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        px = self._look.px
        self.setFixedHeight(px(CHAT_HEADER))
        self._row.setContentsMargins(px(12), 0, px(12), 0)
        self._row.setSpacing(px(8))
        self._field.setFont(self._look.font("section"))
        self.key.updateGeometry()

    def show_title(self, title: str) -> None:
        self._title.setText(title)

    def rename(self, title: str) -> None:
        """Turn the title into a field."""
        self._field.setText(title)
        self._stack.setCurrentWidget(self._field)
        self._field.selectAll()
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _commit(self) -> None:
        text = " ".join(self._field.text().split())
        self._leave()
        if text:
            self.renamed.emit(text)

    def _leave(self) -> None:
        self._stack.setCurrentWidget(self._title)
