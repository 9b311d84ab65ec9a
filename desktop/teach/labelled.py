"""A control under its name. Knows neither."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.label import Label


def labelled(look: Look, title: str, control: QWidget) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(look.px(2))
    column.addWidget(Label(look, title, "small", "ink2"))
    column.addWidget(control)
    column.addStretch(1)
    return column
