"""The list of settings pages on the left. Knows their names and icons as it was given them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from desktop.theme import Look


class Categories(QListWidget):
    """`chosen` comes with the name of a page, by mouse or arrow keys."""

    chosen = Signal(str)

    def __init__(self, look: Look, pages: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self._look = look
        self._pages = list(pages)
        self.setProperty("kind", "categories")
        self.setAccessibleName("Settings pages")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for name, title, _ in self._pages:
            item = QListWidgetItem(title)
            item.setData(Qt.ItemDataRole.UserRole, name)
            self.addItem(item)
        self.currentRowChanged.connect(self._on_row)
        self._restyle()
        look.changed.connect(self._restyle)

    def show_chosen(self, name: str) -> None:
        row = next(row for row, page in enumerate(self._pages) if page[0] == name)
        if row != self.currentRow():
            self.blockSignals(True)
            self.setCurrentRow(row)
            self.blockSignals(False)
        self._restyle()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.scheduleDelayedItemsLayout()  # rows measured before the style sheet applied are too low

    @Slot(int)
    def _on_row(self, row: int) -> None:
        self.chosen.emit(self._pages[row][0])

    @Slot()
    def _restyle(self) -> None:
        self.setIconSize(QSize(self._look.px(16), self._look.px(16)))
        for row, (_, _, icon) in enumerate(self._pages):
            color = "accent" if row == self.currentRow() else "ink2"
            self.item(row).setIcon(self._look.icon(icon, color, gap=3))
        self.scheduleDelayedItemsLayout()
