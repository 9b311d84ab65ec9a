"""Every widget below one that the keyboard can reach, and which of them has no name. Not a test."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QScrollBar, QWidget

INNER_EDIT = "qt_spinbox_lineedit"


def reachable(root: QWidget) -> list[QWidget]:
    return [
        widget
        for widget in [root, *root.findChildren(QWidget)]
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not isinstance(widget, QScrollBar)
        and widget.objectName() != INNER_EDIT
    ]


def nameless(root: QWidget) -> list[str]:
    """Those with nothing to be called by; the text on a button is a name."""
    return [f"{type(widget).__name__} {widget.objectName()}" for widget in reachable(root) if not name_of(widget)]


def name_of(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text
