"""A card that can be chosen: all of it is the target. What stands on it is the page's business."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.enter import enter_clicks


class Card(QAbstractButton):
    """Put labels into `body`. Checkable; give several to a `QButtonGroup` for one choice of many."""

    def __init__(
        self,
        look: Look,
        accessible_name: str,
        *,
        description: str = "",
        checkable: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self.setAccessibleName(accessible_name)
        self.setAccessibleDescription(description)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.body = QVBoxLayout(self)
        self._restyle()
        look.changed.connect(self._restyle)

    def sizeHint(self) -> QSize:
        return self.body.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self.body.minimumSize()

    def hasHeightForWidth(self) -> bool:
        return self.body.hasHeightForWidth()

    def heightForWidth(self, width: int) -> int:
        return self.body.heightForWidth(width)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not enter_clicks(self, event):
            super().keyPressEvent(event)

    @Slot()
    def _restyle(self) -> None:
        margin, gap = self._look.px(12), self._look.px(2)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(gap)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        marked = self.isChecked() or self.hasFocus()
        width = 2 if marked else 1
        edge = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        radius = self._look.px(10)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self._look.color(self._fill()))
        painter.setPen(QPen(self._look.color("accent" if marked else "line"), width))
        painter.drawRoundedRect(edge, radius, radius)
        if self.isChecked() and self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(edge.adjusted(4, 4, -4, -4), radius - 4, radius - 4)
        painter.end()

    def _fill(self) -> str:
        if not self.isEnabled() or self.isDown():
            return "sunken"
        return "hover" if self.underMouse() else "surface"
