"""A button that is only an icon: its name is spoken and shown as a tip. Knows no page."""

from __future__ import annotations

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton, QWidget

from desktop.metrics import ICON_BUTTON
from desktop.theme import Look
from desktop.widgets import availability
from desktop.widgets.enter import enter_clicks


class IconButton(QToolButton):
    """28 by 28, never under 24 by 24 at the smallest text size; in the accent when checked."""

    def __init__(
        self,
        look: Look,
        icon: str,
        accessible_name: str,
        *,
        color: str = "ink2",
        checkable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._icon = icon
        self._color = color
        self.setAccessibleName(accessible_name)
        self.setToolTip(accessible_name)
        self.setCheckable(checkable)
        self._restyle()
        look.changed.connect(self._restyle)

    def disable(self, reason: str) -> None:
        """Grey it and say why, in a sentence."""
        availability.disable(self, reason)

    def enable(self) -> None:
        availability.enable(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not enter_clicks(self, event):
            super().keyPressEvent(event)

    @Slot()
    def _restyle(self) -> None:
        side = max(self._look.px(ICON_BUTTON), 24)
        self.setFixedSize(side, side)
        self.setIcon(self._look.icon(self._icon, self._color))
        self.setIconSize(QSize(self._look.px(16), self._look.px(16)))
