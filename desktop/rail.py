"""The column of pages at the left edge. Knows which page is chosen, not what a page is."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from desktop.metrics import RAIL
from desktop.theme import Look


class Rail(QWidget):
    """One button a page, exclusive; buttons at the foot open something and are never chosen."""

    chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._icons: dict[str, str] = {}
        self._buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        self._layout = QVBoxLayout(self)
        self._layout.addStretch(1)
        self._pages = 0
        self.setProperty("area", "win")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        look.changed.connect(self._restyle)

    def add_page(self, name: str, title: str, icon: str) -> None:
        button = self._add(name, title, icon, self._pages)
        button.setCheckable(True)
        self._group.addButton(button)
        self._pages += 1

    def add_foot(self, name: str, title: str, icon: str) -> None:
        self._add(name, title, icon, self._layout.count())

    def _add(self, name: str, title: str, icon: str, place: int) -> QToolButton:
        button = QToolButton(self)
        button.setText(title)
        button.setAccessibleName(title)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setProperty("kind", "rail")
        button.clicked.connect(lambda: self.chosen.emit(name))
        self._icons[name], self._buttons[name] = icon, button
        self._layout.insertWidget(place, button, 0, Qt.AlignmentFlag.AlignHCenter)
        button.toggled.connect(lambda _: self._restyle())
        self._restyle()
        return button

    def show_page(self, name: str) -> None:
        self._buttons[name].setChecked(True)

    def _restyle(self) -> None:
        px = self._look.px
        self.setFixedWidth(px(RAIL))
        self._layout.setContentsMargins(px(6), px(8), px(6), px(8))
        self._layout.setSpacing(px(2))
        for name, button in self._buttons.items():
            button.setFixedSize(px(64), px(52))
            button.setIconSize(QSize(px(20), px(20)))
            button.setFont(self._look.font("caption"))
            button.setIcon(self._look.icon(self._icons[name], "accent" if button.isChecked() else "ink2", 20))
