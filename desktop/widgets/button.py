"""A push button with a word on it, in the kinds of the design. Knows no page."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, QSize, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QWidget

from desktop.theme import Look
from desktop.widgets import availability
from desktop.widgets.enter import enter_clicks

Kind = Literal["", "primary", "ghost", "link", "danger"]
ICON_COLORS = {"": "ink", "primary": "onaccent", "ghost": "ink2", "link": "accent", "danger": "bad"}
GAP = 3
"""Besides the 4 that the style leaves between icon and text, whatever the text size."""


class Button(QPushButton):
    """At most one primary button a screen."""

    def __init__(
        self,
        look: Look,
        text: str,
        icon: str | None = None,
        primary: bool = False,
        *,
        kind: Kind = "",
        size: Literal["", "small", "large"] = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._look = look
        self._icon = icon
        self._kind: Kind = "primary" if primary else kind
        self.setProperty("kind", self._kind)
        self.setProperty("bulk", size)  # "size" is taken by QWidget
        self.setAutoDefault(False)
        self._restyle()
        look.changed.connect(self._restyle)

    def disable(self, reason: str) -> None:
        """Grey it and say why, in a sentence."""
        availability.disable(self, reason)

    def enable(self) -> None:
        availability.enable(self)

    def setText(self, text: str) -> None:
        """The gap between icon and words is part of the icon, so it comes and goes with them."""
        super().setText(text)
        self._restyle()

    def set_icon(self, icon: str) -> None:
        self._icon = icon
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        gap = GAP if self.text() else 0
        self.setFont(self._look.font("body_medium"))
        self.setIconSize(QSize(self._look.px(16) + self._look.px(gap), self._look.px(16)))
        if self._icon:
            self.setIcon(self._look.icon(self._icon, ICON_COLORS[self._kind], gap=gap))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not enter_clicks(self, event):
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._kind == "primary" and self.hasFocus():  # the accent ring is lost on an accent button
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._look.color("onaccent"), 2))
            radius = self._look.px(4)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(3, 3, -3, -3), radius, radius)
            painter.end()
