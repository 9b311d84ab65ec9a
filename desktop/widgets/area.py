"""Plain surfaces: a part of the window in one of the theme's fills, and the hairline between two parts."""

from __future__ import annotations

from typing import Literal

from PySide6.QtWidgets import QFrame, QWidget

Fill = Literal["win", "panel", "surface", "sunken", "card", "well", "popover", "segments", "notice", "notice-error"]


def area(fill: Fill, parent: QWidget | None = None) -> QFrame:
    """`win` chrome, `panel` lists and inspectors, `surface` reading; `card` has an edge, `well` an edge and a fill."""
    frame = QFrame(parent)
    frame.setProperty("area", fill)
    return frame


def hairline(*, vertical: bool = False) -> QFrame:
    line = QFrame()
    line.setProperty("area", "line")
    if vertical:
        line.setFixedWidth(1)
    else:
        line.setFixedHeight(1)
    return line
