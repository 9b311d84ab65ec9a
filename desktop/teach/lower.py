"""The lower part of Teach: runs to go on with, the run that goes on, the result of the last one. Knows no pair."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop.teach.interrupted import Interrupted
from desktop.teach.result_view import ResultView
from desktop.theme import Look
from desktop.widgets.area import area, hairline

SHARE, LARGEST_SHARE = 0.52, 0.6
"""How much of the page it may take; more when all answers are asked for."""
AROUND_TABLE = 160
"""What stands above and below the answers, so that they scroll in their table and not a second time with it."""


class Lower(QScrollArea):
    """As high as what it shows, and scrolled where that is too much. Takes no room while there is nothing."""

    def __init__(self, look: Look, interrupted: Interrupted, result: ResultView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.interrupted, self.result = interrupted, result
        self.run_view: QWidget | None = None
        self._page_height = 0
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = area("surface")
        self._column = QVBoxLayout(inside)
        self._column.addWidget(interrupted)
        self._column.addWidget(result)
        self.line = hairline()
        self.line.hide()
        self.setWidget(inside)
        inside.installEventFilter(self)
        result.hide()
        result.resized.connect(self.fit)
        look.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def add_run_view(self, view: QWidget) -> None:
        self.run_view = view
        self._column.insertWidget(1, view)

    def show_parts(self, *, running: bool, result: bool) -> None:
        """A run hides the result of the one before."""
        if self.run_view is not None:
            self.run_view.setVisible(running)
        self.result.setVisible(result and not running)
        shown = running or result or not self.interrupted.isHidden()
        self.setVisible(shown)
        self.line.setVisible(shown)
        self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What a part inside needs is known only when its own layout was done."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.fit()
        return super().eventFilter(watched, event)

    def keep_height(self, page_height: int) -> None:
        self._page_height = page_height
        self.result.table.set_room(int(page_height * LARGEST_SHARE) - self._look.px(AROUND_TABLE))
        self.fit()

    @Slot()
    def fit(self) -> None:
        if self.isHidden():
            return
        whole = self.result.rows.most is None and not self.result.isHidden()
        most = int(self._page_height * (LARGEST_SHARE if whole else SHARE))

        self._column.activate()
        width = self.viewport().width()
        wanted = self._column.heightForWidth(width) if self._column.hasHeightForWidth() else -1
        wanted = max(wanted, self._column.sizeHint().height())
        self.setFixedHeight(min(wanted, max(most, self._look.px(120))))

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setContentsMargins(px(20), px(16), px(20), px(16))
        self._column.setSpacing(px(12))
        self.fit()
