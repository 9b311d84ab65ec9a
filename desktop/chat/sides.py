"""What stands beside the transcript: the list of chats on the left, the next words on the right; folded when narrow.

Knows widths and wishes, not what is shown there.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSettings, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.area import hairline

LIST_FOLDS_BELOW, DOCK_FOLDS_BELOW = 1040, 1180
DOCK, NARROWEST, WIDEST = 312, 280, 420
GRIP = 5


class Grip(QWidget):
    """The edge of the dock, which can be dragged. `dragged` carries how far to the left, since the last time."""

    dragged = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._from = 0
        self.setFixedWidth(GRIP)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(hairline(vertical=True))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.globalPosition().toPoint().x()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        now = event.globalPosition().toPoint().x()
        if event.buttons() & Qt.MouseButton.LeftButton and now != self._from:
            self.dragged.emit(self._from - now)
            self._from = now


class Sides(QObject):
    """As a person wants them, until the window becomes narrow or wide. A narrow window has the dock over the page."""

    changed = Signal()

    def __init__(self, look: Look, page: QWidget, row: QHBoxLayout, sidebar: QWidget, dock: QFrame) -> None:
        super().__init__(page)
        self._look, self._page, self._row, self._list, self._dock = look, page, row, sidebar, dock
        self._list_hidden = self._list_narrow = self._dock_hidden = self._dock_narrow = False
        self._width, self._window = DOCK, 0
        self._edge, self.grip = hairline(vertical=True), Grip()
        self.grip.dragged.connect(self._drag)
        row.insertWidget(0, sidebar)
        row.insertWidget(1, self._edge)
        row.addWidget(self.grip)
        row.addWidget(dock)
        page.installEventFilter(self)
        look.changed.connect(self._restyle)
        self._show_dock(False)

    # ---- the list ----------------------------------------------------------------------
    def toggle_list(self) -> None:
        self.show_list(self._list.isHidden())

    def show_list(self, shown: bool) -> None:
        self._list_hidden = not shown
        self._list.setVisible(shown)
        self._edge.setVisible(shown)

    # ---- the dock ----------------------------------------------------------------------
    @property
    def dock_shown(self) -> bool:
        return not self._dock.isHidden()

    @property
    def dock_over(self) -> bool:
        """Whether it lies over the transcript."""
        return self.dock_shown and self._dock_narrow

    def toggle_dock(self) -> None:
        self.show_dock(not self.dock_shown)

    def show_dock(self, shown: bool) -> None:
        if not self._dock_narrow:
            self._dock_hidden = not shown
        self._show_dock(shown)

    def _show_dock(self, shown: bool) -> None:
        self._place()
        self._dock.setVisible(shown)
        self.grip.setVisible(shown and not self._dock_narrow)
        self.changed.emit()

    def _drag(self, wider: int) -> None:
        scale = self._look.px(100) / 100
        self._width = max(NARROWEST, min(round(self._width + wider / scale), WIDEST))
        self._place()

    def _place(self) -> None:
        width = self._look.px(self._width)
        self._dock.setFixedWidth(width)
        if self._dock_narrow:
            self._row.removeWidget(self._dock)
            self._dock.setGeometry(self._page.width() - width, 0, width, self._page.height())
            self._dock.raise_()
        elif self._row.indexOf(self._dock) < 0:
            self._row.addWidget(self._dock)
        if self._dock.property("over") != self._dock_narrow:
            self._dock.setProperty("over", self._dock_narrow)
            self._dock.style().polish(self._dock)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._page and event.type() == QEvent.Type.Resize and self._dock_narrow:
            self._place()
        return False

    def _restyle(self) -> None:
        """Larger text leaves less room."""
        self._place()
        if self._window:
            self.fit(self._window)

    # ---- the window --------------------------------------------------------------------
    def fit(self, width: int) -> None:
        """Both fold when the window becomes narrow; the transcript and the composer never do."""
        self._window = width
        narrow = width < self._look.px(LIST_FOLDS_BELOW)
        if narrow != self._list_narrow:
            self._list_narrow = narrow
            self.show_list(not narrow)
        narrow = width < self._look.px(DOCK_FOLDS_BELOW)
        if narrow != self._dock_narrow:
            self._dock_narrow = narrow
            self._show_dock(not narrow and not self._dock_hidden)

    def save(self, state: QSettings) -> None:
        state.setValue("list_hidden", self._list_hidden and not self._list_narrow)
        state.setValue("dock_hidden", self._dock_hidden)
        state.setValue("dock_width", self._width)

    def restore(self, state: QSettings) -> None:
        self.show_list(not state.value("list_hidden", False, bool))
        self._dock_hidden = bool(state.value("dock_hidden", False, bool))
        width = state.value("dock_width", DOCK, int)
        self._width = max(NARROWEST, min(width if isinstance(width, int) else DOCK, WIDEST))
        self._show_dock(not self._dock_hidden and not self._dock_narrow)
