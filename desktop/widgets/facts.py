"""A few numbers side by side, each under what it is. In as many columns as there is room for. Knows no number."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.label import Label


class Fact(QWidget):
    def __init__(self, look: Look, title: str, tip: str) -> None:
        super().__init__()
        self.title, self.value = Label(look, title, "caption", "ink3"), Label(look, "", "body_medium")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(self.value)
        self.setToolTip(tip)

    def show_value(self, text: str) -> None:
        """ "–" stands for what is not known."""
        self.value.setText(text or "–")
        self.setAccessibleName(f"{self.title.text()}: {text or 'not known yet'}")


class Facts(QWidget):
    """`facts` are (name, title, tip); the tip has the term."""

    def __init__(self, look: Look, facts: Sequence[tuple[str, str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._columns = 0
        self.facts = {name: Fact(look, title, tip) for name, title, tip in facts}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        look.changed.connect(self._restyle)
        for fact in self.facts.values():
            fact.show_value("")
        self._restyle()

    def show_values(self, **values: str) -> None:
        for name, text in values.items():
            self.facts[name].show_value(text)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        return QSize(max(fact.sizeHint().width() for fact in self.facts.values()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """All in one row, or in two or more of equal length."""
        widest = max(fact.sizeHint().width() for fact in self.facts.values()) + self._look.px(8)
        count = len(self.facts)
        columns = min(max((self.width() + self._look.px(8)) // widest, 1), count)
        rows = -(-count // columns)
        columns = -(-count // rows)
        if columns == self._columns:
            return
        self._columns = columns
        for place, fact in enumerate(self.facts.values()):
            self._grid.addWidget(fact, place // columns, place % columns)
        for column in range(count):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        self.updateGeometry()

    @Slot()
    def _restyle(self) -> None:
        self._grid.setHorizontalSpacing(self._look.px(8))
        self._grid.setVerticalSpacing(self._look.px(6))
        self._columns = 0
        self._arrange()
