"""A wide part and a narrow one beside it, below it where the window is narrow; scrolls. Knows neither part."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop.theme import Look

SIDE = 332
FOLDS_BELOW = 760
GAP = 32


class TwoColumns(QScrollArea):
    """Put widgets into `main` and `side`. `content` is all of it, for a picture."""

    def __init__(self, look: Look, accessible_name: str) -> None:
        super().__init__()
        self._look = look
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is inside takes the focus and is scrolled to
        self.setAccessibleName(accessible_name)
        self.content = QWidget()
        self.content.setProperty("area", "surface")
        self.content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._left, self._right = QWidget(), QWidget()
        self.main, self.side = QVBoxLayout(self._left), QVBoxLayout(self._right)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self.content)
        self._row.addWidget(self._left, 1)
        self._row.addWidget(self._right)
        self.setWidget(self.content)
        look.changed.connect(self._restyle)
        self._restyle()

    @property
    def folded(self) -> bool:
        return self._row.direction() == QBoxLayout.Direction.TopToBottom

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(320), self._look.px(160))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fold()
        super().resizeEvent(event)

    def _fold(self) -> None:
        narrow = self.width() < self._look.px(FOLDS_BELOW)
        ways = QBoxLayout.Direction
        self._row.setDirection(ways.TopToBottom if narrow else ways.LeftToRight)
        self._right.setMinimumWidth(0 if narrow else self._look.px(SIDE))
        self._right.setMaximumWidth(16777215 if narrow else self._look.px(SIDE))

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._row.setContentsMargins(0, px(16), px(2), px(16))
        self._row.setSpacing(px(GAP))
        for column in (self.main, self.side):
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(px(8))
        self._fold()
