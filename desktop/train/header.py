"""The line at the top of Train: the three stages of a model, and the way to earlier runs. Knows no run."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from desktop.metrics import GUTTER
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.folding_row import FoldingRow
from desktop.widgets.label import Label

HEAD = 56


class TrainHeader(FoldingRow):
    """Only the second stage leads elsewhere; votes for the third are given in the chat."""

    teaching = Signal()
    earlier = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, (GUTTER, 6, 20, 6), 10, parent)
        self.here = Label(look, "1 Pre-training", "small_medium", "accent")
        self.here.setAccessibleName("Stage 1 of 3, pre-training: this page")
        self.here.setToolTip("It reads a lot of text and guesses the next token (pre-training)")
        self.teach = QToolButton()
        self.teach.setText("2 Questions and answers")
        self.teach.setProperty("kind", "chip")
        self.teach.setAccessibleName("Stage 2 of 3, questions and answers: opens Teach")
        self.teach.setToolTip("Teach a model how to answer (fine-tuning). Opens Teach.")
        self.third = Label(look, "3 Preferences", "small", "ink3")
        self.third.setToolTip("A person says which of two replies is better (preference tuning)")
        self._arrows = [QLabel(), QLabel()]
        self.earlier_button = Button(look, "Earlier runs", "clock")
        self.title = Label(look, "Train from scratch", "page_title")
        self.first.addWidget(self.title)
        self.first.addSpacing(look.px(6))
        for widget in (self.here, self._arrows[0], self.teach, self._arrows[1], self.third):
            self.first.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self.first.addStretch(1)
        self.second.addStretch(1)
        self.second.addWidget(self.earlier_button)
        self.teach.clicked.connect(self.teaching)
        self.earlier_button.clicked.connect(self.earlier)
        look.changed.connect(self._resize)
        self._resize()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._make_room()
        super().resizeEvent(event)

    def minimumSizeHint(self) -> QSize:
        """The stages give way; the title and the way to earlier runs do not."""
        return QSize(self._taken((self.title,)), super().minimumSizeHint().height())

    def _make_room(self) -> None:
        """What leads nowhere from here goes first."""
        first, second = self._arrows
        shown: tuple[QWidget, ...] = (self.here, first, self.teach, second, self.third)
        for fewer in ((self.here, first, self.teach), (self.teach,), ()):
            if self._taken((self.title, *shown)) <= self.width():
                break
            shown = fewer
        for part in (self.here, first, self.teach, second, self.third):
            part.setVisible(part in shown)

    def _taken(self, parts: tuple[QWidget, ...]) -> int:
        gap = self._look.px(10)
        return sum(part.sizeHint().width() + gap for part in parts) + self._look.px(GUTTER + 26)

    @Slot()
    def _resize(self) -> None:
        look, px = self._look, self._look.px
        self.setMinimumHeight(px(HEAD))
        self.teach.setFont(look.font("small_medium"))
        soft, accent = look.color("soft").name(), look.color("accent").name()
        for chip, fill, ink in ((self.here, soft, accent), (self.third, "transparent", look.color("ink3").name())):
            chip.setStyleSheet(
                f"background: {fill}; color: {ink}; border-radius: {px(11)}px; padding: {px(2)}px {px(8)}px;"
            )
        for part in (self.here, self.teach, self.third):
            part.setFixedHeight(2 * px(11))  # a radius of more than half the height would be no pill
        for arrow in self._arrows:
            arrow.setPixmap(look.pixmap("chevron-right", "ink3", 14))
        self._make_room()
