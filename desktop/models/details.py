"""What is known of one model, and what may be done with it. Knows no list and no engine."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.models import wording
from desktop.models.check import CheckLine
from desktop.models.damage import Damage
from desktop.models.memory import MemoryBar
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.button import Button
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import ElidedLabel, Label
from engine.messages import ModelInfo

NOT_OURS = {
    "package": "This model came as a Python package and goes when that package is removed.",
    "shipped": "This model ships with Nextword.",
}
IN_USE = "Load another model first: this one is in use."


class Details(QWidget):
    """Shows nothing until `show_model` is called."""

    use = Signal(object)  # ModelInfo
    renamed = Signal(object, str)  # ModelInfo, the new name
    delete = Signal(object)  # ModelInfo

    def __init__(self, look: Look, check: CheckLine, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.info: ModelInfo | None = None
        self.check = check
        self.setProperty("area", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._build_head()
        self.damage = Damage(look)
        self.memory = MemoryBar(look)
        self._facts = QFormLayout()
        self._facts_box = QWidget()
        self._facts_box.setLayout(self._facts)
        self.delete_button = Button(look, "Delete", "trash-2", kind="danger")
        self.delete_button.clicked.connect(lambda: self.delete.emit(self.info))
        self._lay_out()
        look.changed.connect(self._restyle)
        self._restyle()
        self.setVisible(False)

    def _build_head(self) -> None:
        self.title = ElidedLabel(self._look, "", "section")
        self.name_field = QLineEdit()
        self.name_field.setAccessibleName("New name of the model")
        self.name_field.returnPressed.connect(self._rename)
        self.name_field.installEventFilter(self)
        self.name_field.hide()
        self.rename_button = IconButton(self._look, "pencil", "Rename this model")
        self.rename_button.clicked.connect(self.edit_name)
        self.subtitle = Label(self._look, "", "small", "ink2", wrap=True)
        self.chat = Button(self._look, "Chat", "message-square", primary=True)
        self.chat.clicked.connect(lambda: self.use.emit(self.info))

    def _lay_out(self) -> None:
        head, actions, foot = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for widget in (self.title, self.name_field, self.rename_button):
            head.addWidget(widget, 0 if widget is self.rename_button else 1)
        actions.addWidget(self.chat)
        actions.addStretch(1)
        foot.addWidget(self.check.button)
        foot.addStretch(1)
        foot.addWidget(self.delete_button)
        self._lines = [hairline(), hairline(), hairline()]
        self._column = QVBoxLayout(self)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addLayout(head)
        names.addWidget(self.subtitle)
        self._column.addLayout(names)
        self._column.addWidget(self.damage)
        self._column.addLayout(actions)
        self._column.addWidget(self._lines[0])
        self._column.addWidget(self._facts_box)
        self._column.addWidget(self._lines[1])
        self._column.addWidget(self.memory)
        self._column.addWidget(self._lines[2])
        self._column.addWidget(self.check)
        self._column.addStretch(1)
        self._column.addLayout(foot)

    def show_model(self, info: ModelInfo | None, *, in_use: bool, total: int, free: int) -> None:
        """`total` and `free` memory in bytes."""
        self._leave_name()
        self.info = info
        self.setVisible(info is not None)
        if info is None:
            return
        whole = not info.problem
        self.title.setText(info.title)
        self.subtitle.setText(wording.origin(info))
        self.damage.show_problem(info)
        for widget in (self.chat, self._facts_box, self.memory, *self._lines):
            widget.setVisible(whole)
        self._fill_facts(info)
        self.memory.show_memory(total, free, info.fit.needed)
        self.check.show_model(info)
        self._allow(info, in_use)

    def _allow(self, info: ModelInfo, in_use: bool) -> None:
        for button in (self.rename_button, self.delete_button):
            if info.source in NOT_OURS:
                button.disable(NOT_OURS[info.source])
            elif in_use and button is self.rename_button:
                button.disable(IN_USE)
            else:
                button.enable()

    def _fill_facts(self, info: ModelInfo) -> None:
        while self._facts.rowCount():
            self._facts.removeRow(0)
        for name, value in wording.facts(info):
            shown = ElidedLabel(self._look, value)
            shown.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            shown.setAccessibleName(f"{name}: {value}")
            self._facts.addRow(Label(self._look, name, color="ink2"), shown)

    # ---- renaming in place ------------------------------------------------------------------
    @Slot()
    def edit_name(self) -> None:
        if self.info is None or not self.rename_button.isEnabled():
            return
        self.title.hide()
        self.name_field.setText(self.info.title)
        self.name_field.show()
        self.name_field.selectAll()
        self.name_field.setFocus()

    @Slot()
    def _rename(self) -> None:
        name, info = self.name_field.text().strip(), self.info
        self._leave_name()
        if info is not None and name and name != info.title:
            self.renamed.emit(info, name)

    def _leave_name(self) -> None:
        self.name_field.hide()
        self.title.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self._leave_name()
            self.rename_button.setFocus()
            return True
        return super().eventFilter(watched, event)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setContentsMargins(px(20), px(16), px(20), px(16))
        self._column.setSpacing(px(10))
        self._facts.setContentsMargins(0, 0, 0, 0)
        self._facts.setVerticalSpacing(px(10))
        self._facts.setHorizontalSpacing(px(16))
