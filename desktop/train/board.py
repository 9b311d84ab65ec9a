"""The right of Train: a run to go on with, what will happen, or a run. Knows which of them stands there, no engine."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.train.empty import EmptyTrain
from desktop.train.interrupted import Interrupted
from desktop.widgets.area import area


class Board(QScrollArea):
    """Scrolls only where the text is so large, or the window so small, that a run does not fit."""

    turned = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.interrupted = Interrupted(look)
        self.empty = EmptyTrain(look)
        self.view: QWidget | None = None
        self._beside = True
        self.shows_run = False
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.inside = area("surface")
        self._column = QVBoxLayout(self.inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.interrupted)
        self._column.addWidget(self.empty, 1)
        self.setWidget(self.inside)
        self.inside.installEventFilter(self)

    def add_view(self, view: QWidget) -> None:
        self.view = view
        self._column.addWidget(view, 1)

    def fit(self, *, beside: bool) -> None:
        """Beside the parts it scrolls by itself; below them the page does."""
        self._beside = beside
        bars = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(bars.ScrollBarAsNeeded if beside else bars.ScrollBarAlwaysOff)
        self._keep_height()

    def _keep_height(self) -> None:
        self.setMinimumHeight(0 if self._beside else self.inside.minimumSizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and watched is self.inside:
            self._keep_height()
        return super().eventFilter(watched, event)

    def show_view(self, shown: bool) -> None:
        """The run, or what will happen."""
        self.shows_run = shown
        self.empty.setVisible(not shown)
        if self.view is not None:
            self.view.setVisible(shown)
        self.turned.emit()
