"""A row of the settings has room for all lines of its help, however narrow it is and however large the text."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from desktop.forms import Form, SettingRow
from desktop.theme import Look
from desktop.widgets.label import Label
from engine.settings import SettingsStore

LONG = "a help of several lines, since it has much to say about what the three choices beside it come to " * 2


def clipped(row: QWidget) -> list[str]:
    return [
        label.text()
        for label in row.findChildren(Label)
        if label.text() and label.height() < label.heightForWidth(label.width())
    ]


@pytest.mark.parametrize("size", ["usual", "large"])
@pytest.mark.parametrize("width", [340, 440, 590])
def test_no_line_of_a_help_is_cut_off(width: int, size: str, look: Look, settings: SettingsStore, qtbot: QtBot) -> None:
    if size == "large":
        settings.set("general.text_size", 150)
    scroll = QScrollArea(widgetResizable=True)
    form = Form(look, settings, ("hardware.precision",))
    control = QWidget()
    control.setFixedSize(QSize(180, 30))
    form.add_row(SettingRow(look, "Name", LONG, control))
    scroll.setWidget(form)
    qtbot.addWidget(scroll)
    scroll.resize(width, 600)
    scroll.show()
    qtbot.waitExposed(scroll)
    assert not clipped(form)
