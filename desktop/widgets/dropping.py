"""Files and folders dropped on a page: takes them, and shows while they hover that it will. Knows no model."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLabel, QWidget

from desktop.theme import Look


def local_paths(data: QMimeData) -> list[Path]:
    """The files and folders of this computer among what is dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


class Dropping(QObject):
    """Watches one page."""

    dropped = Signal(list)  # of Path

    def __init__(self, look: Look, page: QWidget) -> None:
        super().__init__(page)
        self._look, self._page = look, page
        self._veil = QLabel("Drop it here to see what it is", page)
        self._veil.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._veil.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._veil.hide()
        look.changed.connect(self._restyle)
        self._restyle()
        page.setAcceptDrops(True)
        page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragEnterEvent) and local_paths(event.mimeData()):
            event.acceptProposedAction()
            self._show()
        elif event.type() == QEvent.Type.DragLeave:
            self._veil.hide()
        elif isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self._veil.hide()
            event.acceptProposedAction()
            self.dropped.emit(local_paths(event.mimeData()))
        else:
            return False
        return True

    def _show(self) -> None:
        edge = self._look.px(12)
        self._veil.setGeometry(self._page.rect().adjusted(edge, edge, -edge, -edge))
        self._veil.raise_()
        self._veil.show()

    def _restyle(self) -> None:
        soft, accent = self._look.color("soft").name(), self._look.color("accent").name()
        self._veil.setFont(self._look.font("section"))
        self._veil.setStyleSheet(
            f"background: {soft}; color: {accent}; border: 2px dashed {accent}; border-radius: {self._look.px(10)}px;"
        )
