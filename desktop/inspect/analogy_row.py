"""Arithmetic with words in one row: king − man + woman. Knows the embedding only through the engine."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.inspect.pieces import shown
from desktop.inspect.place import told
from desktop.notices import announce
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.messages import Failed, FindNeighbours, Neighbours

TOP = 4
EXAMPLE = (("king", "Start from"), ("man", "Take away"), ("woman", "Add"))
INVITE = "Directions between words often mean something: from man to woman, from a country to its capital."


class AnalogyRow(QWidget):
    def __init__(self, look: Look, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.found: Neighbours | None = None
        self._reason = ""
        self.fields = []
        for text, name in EXAMPLE:
            field = QLineEdit(text)
            field.setAccessibleName(name)
            field.setToolTip(name)
            field.setMaxLength(60)
            field.returnPressed.connect(self._ask)
            field.textChanged.connect(self._check)
            self.fields.append(field)
        self.button = Button(look, "Work it out", size="small")
        self.result = Label(look, INVITE, "small", "ink2", wrap=True)
        self._row = QHBoxLayout()
        self._row.addWidget(self.fields[0], 1)
        for sign, field in zip("−+", self.fields[1:], strict=True):
            self._row.addWidget(Label(look, sign, "body", "ink2"))
            self._row.addWidget(field, 1)
        self._row.addWidget(self.button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self._row)
        self._column.addWidget(self.result)
        self._task = Task(bridge, self)
        self._task.done.connect(self._done)
        self._task.failed.connect(self._failed)
        self.button.clicked.connect(self._ask)
        look.changed.connect(self._restyle)
        self._restyle()

    def forget(self) -> None:
        """Another model: its words lie elsewhere."""
        self._task.drop()
        self.found = None
        self.result.setText(INVITE)

    def drop(self) -> None:
        if self._task.running:
            self.forget()

    def words(self) -> tuple[str, str, str]:
        first, less, more = (field.text().strip() for field in self.fields)
        return first, less, more

    def let_ask(self, reason: str) -> None:
        """`reason` says why nothing can be asked now; empty when it can."""
        self._reason = reason
        self._check()

    @Slot()
    def _check(self) -> None:
        if self.words()[0] and not self._reason:
            self.button.enable()
        else:
            self.button.disable(self._reason or "There is no word to start from.")

    @Slot()
    def _ask(self) -> None:
        word, less, more = self.words()
        if word and not self._reason:
            self.found = None
            self.result.setText("Comparing words")
            self._task.start(FindNeighbours, word=word, less=less, more=more, top=TOP)

    @Slot(object)
    def _done(self, found: Neighbours) -> None:
        self.found = found
        items = ", ".join(f"{shown(item.text)} {item.similarity:.2f}" for item in found.items)
        self.result.setText(f"Closest to the result: {items}. Words that were given are left out.")
        announce(self, self.result.text())

    @Slot(object)
    def _failed(self, failed: Failed) -> None:
        self.result.setText(told(failed))

    @Slot()
    def _restyle(self) -> None:
        self._row.setSpacing(self._look.px(8))
        self._column.setSpacing(self._look.px(4))
        for field in self.fields:
            field.setFont(self._look.font("body"))
            field.setMinimumWidth(self._look.px(64))
