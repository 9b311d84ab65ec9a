"""Text in a role and a colour of the theme, and text that ends in … where there is no room. Knows no page."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from desktop.theme import Look


class Label(QLabel):
    """Plain text: what a person or a model wrote is never read as markup."""

    def __init__(
        self,
        look: Look,
        text: str = "",
        role: str = "body",
        color: str = "ink",
        *,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._look = look
        self._role = role
        self._color = color
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setForegroundRole(QPalette.ColorRole.WindowText)  # also on a button, where it would be ButtonText
        self._restyle()
        look.changed.connect(self._restyle)

    def set_color(self, color: str) -> None:
        self._color = color
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        colors = self.palette()
        for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
            colors.setColor(group, QPalette.ColorRole.WindowText, self._look.color(self._color))
        colors.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText, self._look.color("ink3"))
        self.setPalette(colors)
        self.setFont(self._look.font(self._role))


class ElidedLabel(Label):
    """One line that may be narrower than its text; the tip then has all of it."""

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance("mm…"), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), self._flags(), self._shown())
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setToolTip(self.text() if self._shown() != self.text() else "")

    def _shown(self) -> str:
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())

    def _flags(self) -> int:
        return int(self.alignment()) | Qt.TextFlag.TextSingleLine.value
