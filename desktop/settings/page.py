"""What every page of the settings has: a title, a hint, rows that scroll. Knows no setting by name."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.forms import Form
from desktop.theme import Look
from desktop.widgets.area import area
from desktop.widgets.label import Label


class SettingsPage(QWidget):
    """`note` stands in the footer while the page is open. `failed` says what could not be kept."""

    failed = Signal(str, str)

    def __init__(
        self, look: Look, title: str, *, hint: str = "", note: str = "Changes are saved as you make them"
    ) -> None:
        super().__init__()
        self._look = look
        self.note = note
        self.forms: list[Form] = []
        self.head = QHBoxLayout()
        self.head.addWidget(Label(look, title, "page_title"))
        self.head.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addLayout(self.head)
        if hint:
            self._column.addWidget(Label(look, hint, "small", "ink2", wrap=True))
        self._rows = QWidget()
        self.rows = QVBoxLayout(self._rows)
        self._column.addWidget(self._scroll(), 1)
        self._restyle()
        look.changed.connect(self._restyle)

    def add(self, widget: QWidget) -> None:
        self.rows.insertWidget(self.rows.count() - 1, widget)

    def add_form(self, form: Form) -> None:
        self.forms.append(form)
        form.failed.connect(self.failed)
        self.add(form)

    def add_well(self, icon: str, color: str, title: str, text: str) -> Label:
        """A box that says something before the rows; returns the label of its text."""
        well = area("well")
        row = QHBoxLayout(well)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label(self._look, title, "body_medium"))
        label = Label(self._look, text, "small", "ink2", wrap=True)
        words.addWidget(label)
        mark = Icon(self._look, icon, color)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        px = self._look.px
        row.setContentsMargins(px(16), px(12), px(16), px(12))
        row.setSpacing(px(12))
        self.add(well)
        return label

    def _scroll(self) -> QScrollArea:
        self.rows.addStretch(1)
        self.rows.setSpacing(self._look.px(8))
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._rows)
        return scroll

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setContentsMargins(px(26), px(18), px(10), 0)
        self.head.setContentsMargins(0, 0, px(16), 0)
        self.rows.setContentsMargins(0, px(8), px(16), px(12))


class Icon(Label):
    """A drawn icon that follows the theme."""

    def __init__(self, look: Look, name: str, color: str, size: int = 18) -> None:
        self._name, self._size = name, size
        super().__init__(look, "", "body", color)

    @Slot()
    def _restyle(self) -> None:
        self.setPixmap(self._look.pixmap(self._name, self._color, self._size))
