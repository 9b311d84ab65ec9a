"""A beginning of one's own that is to be watched too, while a run goes on. Knows no run."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from desktop.theme import Look
from desktop.widgets.button import Button

ONLY_LIVE = "Can be added only while a run goes on, since nothing was written for it before."
LONGEST = 400


class PromptEdit(QLineEdit):
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            return self.left.emit()
        return super().keyPressEvent(event)


class WatchField(QWidget):
    """Hidden until its button is pressed. `wanted` comes with what was typed."""

    wanted = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.button = Button(look, "Add", "plus", kind="ghost", size="small")
        self.button.setToolTip("Watch another beginning from now on")
        self.edit = PromptEdit()
        self.edit.setPlaceholderText("A beginning, such as “The old boat”")
        self.edit.setAccessibleName("Another beginning to watch")
        self.edit.setMaxLength(LONGEST)
        self.watch = Button(look, "Watch it", size="small")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self.edit, 1)
        self._row.addWidget(self.watch)
        self.button.clicked.connect(self.open)
        self.edit.returnPressed.connect(self._take)
        self.edit.left.connect(self.close_field)
        self.watch.clicked.connect(self._take)
        look.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def allow(self, live: bool) -> None:
        if live:
            self.button.enable()
        else:
            self.button.disable(ONLY_LIVE)
            self.hide()

    @Slot()
    def open(self) -> None:
        self.show()
        self.edit.setFocus()

    @Slot()
    def close_field(self) -> None:
        self.button.setFocus()
        self.hide()

    @Slot()
    def _take(self) -> None:
        text = self.edit.text().strip()
        if text:
            self.edit.clear()
            self.close_field()
            self.wanted.emit(text)

    @Slot()
    def _restyle(self) -> None:
        self._row.setSpacing(self._look.px(8))
