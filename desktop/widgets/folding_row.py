"""Two groups of controls side by side, the second below the first where there is no room. Knows no control."""

from __future__ import annotations

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from desktop.theme import Look


class FoldingRow(QWidget):
    """Put widgets into `first` and `second`; margins and gaps are in logical pixels."""

    def __init__(self, look: Look, margins: tuple[int, int, int, int], gap: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._margins, self._gap = look, margins, gap
        self.first, self.second = QHBoxLayout(), QHBoxLayout()
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.addLayout(self.first, 1)
        self._box.addLayout(self.second)
        look.changed.connect(self._restyle)
        self._restyle()

    @property
    def folded(self) -> bool:
        return self._box.direction() == QBoxLayout.Direction.TopToBottom

    def minimumSizeHint(self) -> QSize:
        """As narrow as the wider of the two: then they are folded."""
        edges = self._box.contentsMargins()
        width = max(self.first.minimumSize().width(), self.second.minimumSize().width())
        width += edges.left() + edges.right()
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        edges = self._box.contentsMargins()
        needed = self.first.minimumSize().width() + self.second.sizeHint().width() + self._box.spacing()
        needed += edges.left() + edges.right()
        ways = QBoxLayout.Direction
        way = ways.TopToBottom if 0 < self.width() < needed else ways.LeftToRight
        if way != self._box.direction():
            self._box.setDirection(way)
            self.updateGeometry()

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._box.setContentsMargins(*(px(edge) for edge in self._margins))
        self._box.setSpacing(px(self._gap))
        for row in (self.first, self.second):
            row.setSpacing(px(self._gap))
        self._fold()
