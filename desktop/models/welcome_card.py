"""One way to begin, as a card: what it is, what it costs, one button. Knows no engine."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.button import Button
from desktop.widgets.label import Label

WIDTH, HEIGHT = 300, 296


class WelcomeCard(QFrame):
    """The first card is marked with the accent. More buttons may be added with `add_button`."""

    def __init__(
        self,
        look: Look,
        icon: str,
        title: str,
        text: str,
        *,
        facts: str,
        verdict: tuple[str, str, str],
        first: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`verdict` is an icon, a colour token and a sentence."""
        super().__init__(parent)
        self._look, self._first = look, first
        self._icon, self._verdict = icon, verdict
        self._mark, self._tick = QLabel(), QLabel()
        self.setAccessibleName(title)
        self.setObjectName("welcome-card")
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._mark)
        self._column.addWidget(Label(look, title, "section"))
        self._column.addWidget(Label(look, text, "body", "ink2", wrap=True))
        self._column.addStretch(1)
        self._column.addWidget(hairline())
        self._column.addWidget(Label(look, facts, "small", "ink2", wrap=True))
        self._column.addLayout(self._verdict_row())
        self._buttons = QHBoxLayout()
        self._column.addLayout(self._buttons)
        look.changed.connect(self._restyle)
        self._restyle()

    def add_button(self, text: str, *, primary: bool = False) -> Button:
        button = Button(self._look, text, primary=primary, size="large")
        self._buttons.addWidget(button, 1)
        return button

    def _verdict_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self._tick)
        row.addWidget(Label(self._look, self._verdict[2], "small_medium", self._verdict[1], wrap=True), 1)
        return row

    @Slot()
    def _restyle(self) -> None:
        look, px = self._look, self._look.px
        self._mark.setPixmap(look.pixmap(self._icon, "accent" if self._first else "ink2", 24))
        self._tick.setPixmap(look.pixmap(self._verdict[0], self._verdict[1], 14))
        self._column.setContentsMargins(px(20), px(20), px(20), px(18))
        self._column.setSpacing(px(8))
        self._buttons.setContentsMargins(0, px(6), 0, 0)
        self._buttons.setSpacing(px(8))
        self.setFixedWidth(px(WIDTH))
        self.setMinimumHeight(px(HEIGHT))
        width, color = (2, "accent") if self._first else (1, "line")
        edge, fill = look.color(color).name(), look.color("surface").name()
        self.setStyleSheet(
            f"#welcome-card {{ border: {width}px solid {edge}; border-radius: {px(10)}px; background: {fill}; }}"
        )
